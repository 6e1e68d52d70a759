"""The queue becomes pages: after a case's place, the next ones in the same order, whatever came or went meanwhile.

A place is the last case's own day and number, so that a page stays right while cases come and end. Not taken: offsets; they skip who moved up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from upheld.duties.requests import Case
from upheld.duties.requests.cases import queue_after

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: number of its last case, with the day (open) or moment (ended) by which it is ordered; None: without a day."""

    number: int
    at: date | datetime | None


def queue_page(desk: Desk, ended: bool, after: Place | None, limit: int) -> tuple[tuple[Case, ...], Place | None]:
    """At most `limit` cases behind `after`, and the place where the page ends; None where nothing follows. One statement."""
    with desk.own.connection() as connection:
        found = queue_after(connection, ended, (after.at, after.number) if after else None, limit + 1)
    page, more = found[:limit], found[limit:]
    if not more:
        return page, None
    last = page[-1]
    return page, Place(last.number, last.ended_at if ended else last.answer_by)
