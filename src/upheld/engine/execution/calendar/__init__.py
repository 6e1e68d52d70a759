"""What the calendar asks for is counted, carried out and recorded, by the same chunks as an erasure."""

from upheld.engine.execution.calendar.journal import CalendarJournal, token_secret
from upheld.engine.execution.calendar.preview import count_bare, keys_to_review, preview_due
from upheld.engine.execution.calendar.run import Ended, run_calendar

__all__ = ["CalendarJournal", "Ended", "count_bare", "keys_to_review", "preview_due", "run_calendar", "token_secret"]
