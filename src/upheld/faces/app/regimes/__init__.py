"""The law under the notices, for people and scripts: its regimes, their facts, and the dates that a request must meet."""

from upheld.faces.app.regimes.dates import Dates, dates_of
from upheld.faces.app.regimes.facts import facts_of, list_regimes

__all__ = ["Dates", "dates_of", "facts_of", "list_regimes"]
