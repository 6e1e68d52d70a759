"""Law as data: regimes with their clocks, proofs, grounds, contents and ages, each fact with its citation."""

from upheld.language.law.clocks import (
    add_span,
    last_day,
    last_moment,
    law_terms,
    respond_by,
)
from upheld.language.law.from_files import load_law
from upheld.language.law.model import Clock, Fact, Law, LawTerms, Regime, Span

__all__ = [
    "Clock",
    "Fact",
    "Law",
    "LawTerms",
    "Regime",
    "Span",
    "add_span",
    "last_day",
    "last_moment",
    "law_terms",
    "load_law",
    "respond_by",
]
