"""A program as linked data: W3C DPV 2.3 terms where DPV has them, our own where it has not."""

from upheld.language.promises.linked.from_program import to_jsonld
from upheld.language.promises.linked.vocabulary import NAMESPACES

__all__ = ["NAMESPACES", "to_jsonld"]
