"""How many copies a person had in the last twelve months, by a keyed hash of what she proved: a fee is possible from the second on, never before.

The hash is kept for the window and no longer. What a fee is, and whether there is one, an operator says beforehand, where notice and law allow;
the person may then withdraw. GDPR Art. 12(5), 15(3); CCPA 1798.100.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, RequestFault, details_of, note_details, note_event
from upheld.duties.requests.cases import kinds_of, locked
from upheld.duties.requests.offers import offer_of
from upheld.faces.app.desk import writing
from upheld.faces.app.desk.opening import FOR, WAYS, known_by
from upheld.records.keys import hash_key, keyed_hash

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

WINDOW = timedelta(days=366)
USE, EVER = "copies", "1"
OF = frozenset({"access", "confirm", "information"})  # rights that end in a copy
FEE = "fee"
ASKED, PAID = "fee-asked", "fee-paid"
MONEY = re.compile(r"\d{1,6}(\.\d{2})? [A-Z]{3}")  # 12.50 EUR: the letters of ISO 4217


@dataclass(frozen=True, slots=True)
class FeeNow:
    """How a case stands to a fee: `rights` of which one may be asked now; the `amount` that was told; `owed`: told, and not paid."""

    rights: tuple[str, ...] = ()
    amount: str = ""
    owed: bool = False


def _hashes(desk: Desk, case: Case) -> Sequence[bytes]:
    with desk.own.connection() as connection:
        noted = details_of(connection, desk.master, case.number, [*WAYS, *(FOR + kind for kind in WAYS), "account"])
        key = hash_key(connection, desk.master, USE, EVER, desk.now)
    said = known_by(noted) | ({"account": noted["account"]} if noted.get("account") else {})
    return [keyed_hash(key, kind, value.strip().casefold()) for kind, value in sorted(said.items())]


def copies_before(desk: Desk, case: Case) -> int:
    """How many copies the person of this case had within the window, other than by this case."""
    with desk.own.connection() as connection:
        row = connection.execute(
            "SELECT count(DISTINCT request) FROM request_copy WHERE person = ANY(%s) AND given_at > %s AND request <> %s",
            [list(_hashes(desk, case)), desk.now - WINDOW, case.number],
        ).fetchone()
    assert row is not None
    return int(row[0])


def note_copy(desk: Desk, case: Case) -> None:
    """She has a copy by this case; counted once, however often it is noted. Hashes older than the window go."""
    with desk.own.transaction() as connection:
        for person in _hashes(desk, case):
            connection.execute(
                "INSERT INTO request_copy (person, request, given_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [person, case.number, desk.now],
            )
        connection.execute("DELETE FROM request_copy WHERE given_at <= %s", [desk.now - WINDOW])


def may_cost(desk: Desk, case: Case, right: str) -> bool:
    """Whether a fee may be asked of this case: a further copy, under a notice that promises no copy of it free and a law that knows such a fee."""
    offer = offer_of(desk.program, desk.law, case.regime, right)
    if offer is None or not copies_before(desk, case):
        return False
    further = [way for way in offer.ways if "further-copy" in way.forms]
    free = any(way.fee == "none" and not way.forms & {"copy", "further-copy"} for way in offer.ways)
    return any(way.fee == "cost" for way in further) or (
        not further and not free and bool(offer.laws) and all("fee" in terms.fee.text for terms in offer.laws)
    )


def fee_now(desk: Desk, case: Case) -> FeeNow:
    """Of what a fee may be asked now, and what became of one that was. Nothing is asked once the copy is being made: it is told beforehand."""
    if not case.open:
        return FeeNow()
    with desk.own.connection() as connection:
        amount = details_of(connection, desk.master, case.number, [FEE]).get(FEE, "")
        happened = kinds_of(connection, case.number)
    if amount:
        return FeeNow(amount=amount, owed=PAID not in happened)
    before = case.state == "approval"
    return FeeNow(tuple(right for right in case.rights if right in OF and may_cost(desk, case, right)) if before else ())


def ask_fee(desk: Desk, number: int, right: str, amount: str, what_for: str, by: str) -> Case:
    """The person is told what the copy would cost before it is made. R124 where none may be asked: of a first copy, against the notice, twice,
    or of a copy that is made already; R125 for an amount that is none, or that covers no named cost."""
    amount, what_for = amount.strip(), what_for.strip()
    if not MONEY.fullmatch(amount) or not Decimal(amount[:-4]) or not what_for:
        raise RequestFault("R125", "A fee is an amount and the cost that it covers.", "Write it so: 12.50 EUR, and for what.")
    with desk.own.transaction() as connection:
        case = locked(connection, number)  # of two who ask at once the second is told that one was asked
        if right not in fee_now(desk, case).rights:
            raise RequestFault(
                "R124",
                "No fee may be asked for this.",
                "The first copy is free; a further one costs what notice and law allow.",
            )
        note_details(connection, desk.master, number, {FEE: amount}, desk.now)
        until = desk.now.date() + timedelta(days=desk.policy.reminder_days)
        writing.write(
            desk, connection, case, "fee", {"right": right, "amount": amount, "fee_for": [[what_for, amount]], "until": until}
        )
        return note_event(connection, desk.master, desk.law, number, ASKED, desk.now, by=by)


def fee_paid(desk: Desk, number: int, by: str) -> Case:
    """The fee came in; the clock goes on as the law says. R126 where none is owed."""
    with desk.own.transaction() as connection:
        if not fee_now(desk, locked(connection, number)).owed:
            raise RequestFault("R126", "No fee is owed in this case.", "Look at the case again.")
        return note_event(connection, desk.master, desk.law, number, PAID, desk.now, by=by)
