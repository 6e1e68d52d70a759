"""A proven case becomes the person whom our records know: the ref under which choices, objections and restrictions stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from upheld.duties.requests import Case
from upheld.duties.requests.cases import asks_of, bind
from upheld.engine.execution import asks
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.firm import opened_firm
from upheld.faces.app.asks.meaning import who_is_meant_with_held
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.desk.model import Done
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.errors import NotNow, OutOfReach
from upheld.records.people.decisions import one_person

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

AGAIN = timedelta(minutes=15)
UNREACHED = "a store is out of reach"
AWAY = (OutOfReach, StoreFault)
NOBODY = ("X201", "X204")


class AtOnce:
    """What every work of this room is: done when it is carried out; when the recipients have answered, the answer names them."""

    def conclude(self, desk: Desk, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        """Nothing is left to do."""
        return None


def person_of(desk: Desk, case: Case) -> str | None:
    """The person's ref; None where the stores know nobody of these identifiers. Whoever is met for the first time is enrolled.

    NotNow where several are meant or nothing was said by which anybody could be found; OutOfReach, StoreFault where a store is away.
    """
    if case.subject is not None:
        return case.subject
    with opened_firm(desk.app, desk.folder) as firm:
        try:
            found = who_is_meant_with_held(desk.app, firm, read_subjects([subject_line(desk, case)], firm.estate))
        except NotNow as refusal:
            if refusal.code in NOBODY:
                return None
            raise
    with desk.own.transaction() as connection:
        (known,) = asks.known_people(connection, desk.master, found, desk.now)
        bind(connection, case.number, known.ref)
    return known.ref


def names_of(desk: Desk, ref: str) -> tuple[str, ...]:
    """Every ref of the person, where a merge knows her under several."""
    with desk.own.connection() as connection:
        return tuple(one_person(connection, [ref])[ref])


def ask_of(desk: Desk, case: Case, purpose: str) -> str:
    """The case's newest ask for this; empty if there is none."""
    with desk.own.connection() as connection:
        found = [ask for ask, what in asks_of(connection, case.number) if what == purpose]
    return max(found, default="")


def watched_by_nobody(*_: object, **__: object) -> None:
    """A worker shows no progress."""
