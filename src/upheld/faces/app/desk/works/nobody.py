"""Nobody is found by what was proven: the answer says where we looked, and when she was erased, if a tombstone still knows it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from upheld.duties.requests import Case
from upheld.faces.app.asks.meaning import erased_before
from upheld.faces.app.desk.model import Done
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.errors import Unusable

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


def nobody(desk: Desk, case: Case) -> Done:
    """The letter `nothing-found`."""
    values: dict[str, object] = {"looked": [desk.labels.word(store, case.language, first=True) for store in desk.stores]}
    with suppress(Unusable):  # a line that names nobody by anything has no tombstone
        day = erased_before(desk.app, desk.estate, subject_line(desk, case)) if desk.estate else None
        if day is not None:
            values["erased_on"] = day.isoformat()
    return Done("nothing-found", values)
