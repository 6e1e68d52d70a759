"""Restriction: the person's data lie still from the moment she is known, on every gate; and nobody lifts that before she was told.

On the day that she was told it ends by itself. Recipients are told to let theirs lie, too, and whoever was told is told again when it ends. GDPR
Art. 18 and 19.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from upheld.duties.recipients.orders import orders_of
from upheld.duties.requests import Case, details_of, note_event, request_of
from upheld.faces.app.desk import telling, writing
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, person_of
from upheld.faces.app.desk.works.nobody import nobody
from upheld.records.people.choices import restrict
from upheld.records.people.rights import RightsFault, restrictions_of
from upheld.records.people.rights import announce_lifting as announced
from upheld.records.people.rights import lift as lifted
from upheld.records.people.rights.restrictions import due_liftings

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

LIFT = "lift restrictions"
LIFTED = "restriction lifted"
ASKED = "asked"  # the ground where the person names none of the law's


class RestrictionWork(AtOnce):
    """Nothing is weighed first: what lies still harms nobody while it is looked into, and an operator may announce its end."""

    rights = frozenset({"restriction"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        return Prepared(approval=False)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        try:
            ref = person_of(desk, case)
        except AWAY:
            return Done(waits=UNREACHED, again=desk.now + AGAIN)
        if ref is None:
            return nobody(desk, case)
        with desk.own.transaction() as connection:
            said = details_of(connection, desk.master, case.number, ["grounds", "purposes", "data"])
            ground, purposes, data = (
                said.get("grounds") or ASKED,
                said.get("purposes", "").split(),
                said.get("data", "").split(),
            )
            # One whose end she was told of does not answer her who asks again: only a new one keeps it from ending on that day.
            known = {
                (one.ground, one.purposes, one.data) for one in restrictions_of(connection, ref) if one.announced_at is None
            }
            if (ground, tuple(sorted(purposes)), tuple(sorted(data))) not in known:
                restrict(connection, ref, ground, desk.now, case.clauses, purposes, data)
        return Done("answer", values={"done_on": desk.now.date().isoformat()}, tell="restrict", counts={"restrictions": 1})


def announce_lifting(desk: Desk, number: int, lift_day: date, reasons: str, by: str) -> Case:
    """The person is told that her restriction ends on `lift_day`, and why. On that day it is lifted by itself. RightsFault R212 where nothing is restricted."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        ref, ground = _whose(case), _ground(desk, connection, number)
        first = min((one.restricted_at for one in restrictions_of(connection, ref) if one.ground == ground), default=desk.now)
        announced(connection, ref, ground, "letter", desk.now, case.clauses, lift_day)
        values = {"restricted_on": first.date(), "lift_day": lift_day, "reasons": reasons}
        writing.write(desk, connection, case, "restriction-lifting", values)
        return note_event(connection, desk.master, desk.law, number, "told", desk.now, by=by, note=lift_day.isoformat())


def lift_restriction(desk: Desk, number: int, by: str) -> Case:
    """The restriction of this case is over, and recipients are told. RightsFault R211 before the person was told, or before the day that she was told; R212
    where nothing is restricted."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        lifted(connection, _whose(case), _ground(desk, connection, number), desk.now, case.clauses)
        _told(desk, connection, case)
        return note_event(connection, desk.master, desk.law, number, "note", desk.now, by=by, note=LIFTED)


def lift_due(desk: Desk) -> int:
    """Every restriction whose announced day has come is lifted, and whoever was told of it is told; how many. For an hourly schedule; a transaction a
    person and ground, so that a killed worker leaves the rest to the next."""
    with desk.own.connection() as connection:
        due = due_liftings(connection, desk.now.date())
    for ref, ground in due:
        with desk.own.transaction() as connection:
            rows = connection.execute(
                "SELECT number FROM request WHERE subject = %s AND 'restriction' = ANY(rights) AND purged_at IS NULL ORDER BY number FOR UPDATE",
                [ref],
            ).fetchall()
            if (ref, ground) not in due_liftings(connection, desk.now.date()):
                continue  # another worker, or an operator, was quicker
            cases = [request_of(connection, number) for (number,) in rows if _ground(desk, connection, number) == ground]
            lifted(connection, ref, ground, desk.now, cases[0].clauses if cases else ())
            for case in cases:
                _told(desk, connection, case)
                note_event(connection, desk.master, desk.law, case.number, "note", desk.now, note=LIFTED)
    return len(due)


def _told(desk: Desk, connection: Any, case: Case) -> None:
    """Whoever was to let her data lie because of this case hears that it is over."""
    names = {order.recipient for order in orders_of(connection, case.id) if order.act == "restrict"}
    telling.place(desk, connection, case, "lift", {"only": " ".join(sorted(names))})


def _whose(case: Case) -> str:
    if case.subject is None:
        raise RightsFault("R212", f"{case.id} restricted nothing of anybody.", "Look at what stands.")
    return case.subject


def _ground(desk: Desk, connection: object, number: int) -> str:
    return details_of(connection, desk.master, number, ["grounds"]).get("grounds") or ASKED  # type: ignore[arg-type]
