"""Doing it for a correction: cells counted, corrected chunk by chunk, and what they said before, sealed."""

from upheld.engine.execution.corrections.closing_journal import ClosingJournal
from upheld.engine.execution.corrections.journal import CorrectingJournal, corrections_of, forget_corrections
from upheld.engine.execution.corrections.run import preview_corrections, rehearse_corrections, run_corrections

__all__ = [
    "ClosingJournal",
    "CorrectingJournal",
    "corrections_of",
    "forget_corrections",
    "preview_corrections",
    "rehearse_corrections",
    "run_corrections",
]
