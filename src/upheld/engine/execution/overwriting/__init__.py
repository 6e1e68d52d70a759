"""The second date of an erasure: what was promised to be overwritten, by when, and since when it is."""

from upheld.engine.execution.overwriting.duties import (
    Duty,
    due_of,
    duties_of,
    note_overwritten,
    note_unreachable,
    open_duties,
)

__all__ = ["Duty", "due_of", "duties_of", "note_overwritten", "note_unreachable", "open_duties"]
