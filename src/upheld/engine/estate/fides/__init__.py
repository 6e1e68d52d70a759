"""Fides datasets become estate files, with a list of what Fides could not say. Written to fideslang 3; reads text, writes text."""

from upheld.engine.estate.fides.drafting import Draft, Unsaid, drafted
from upheld.engine.estate.fides.reading import Dataset, read_datasets

__all__ = ["Dataset", "Draft", "Unsaid", "drafted", "read_datasets"]
