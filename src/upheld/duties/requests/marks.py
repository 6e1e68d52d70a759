"""Who decides on what they saw is held to it: a case's mark, and a verb that happens only while the case still bears it.

The mark is looked at with the case's row locked, in the transaction of the verb: of two who saw the same, one is refused, whatever the moment.
Not taken: a parameter of every verb (most callers saw nothing); looking before the verb alone (another may come between).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import psycopg

from upheld.duties.requests.model import Case


class CaseMoved(Exception):
    """Something happened in the case since it was seen. No fault of the request: nothing was done."""


@dataclass(slots=True)
class _Seen:
    number: int
    marks: frozenset[str]
    held: bool = False  # once the verb's own events move the case, its mark is another


_seen: ContextVar[_Seen | None] = ContextVar("seen", default=None)


def mark_of(case: Case, events: int) -> str:
    """The same as long as nothing happened in the case; for whoever acts on what they saw. `events`: how many its timeline has."""
    seen = f"{case.id} {events} {case.state} {case.owner} {case.answer_by}"
    return hashlib.sha256(seen.encode()).hexdigest()[:20]


@contextmanager
def only_as_seen(number: int, marks: Collection[str]) -> Iterator[None]:
    """Within, the first transaction that locks this case goes on only if the case bears one of these marks; CaseMoved otherwise."""
    token = _seen.set(_Seen(number, frozenset(marks)))
    try:
        yield
    finally:
        _seen.reset(token)


def hold_to_seen(connection: psycopg.Connection, case: Case) -> None:
    """For whoever has just locked the case's row. CaseMoved where it is not what was seen; without anything seen, nothing. 1 statement."""
    seen = _seen.get()
    if seen is None or seen.held or seen.number != case.number:
        return
    row = connection.execute("SELECT count(*) FROM request_event WHERE request = %s", [case.number]).fetchone()
    assert row is not None
    if mark_of(case, row[0]) not in seen.marks:
        raise CaseMoved
    seen.held = True
