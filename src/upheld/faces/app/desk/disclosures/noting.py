"""What the desk itself hands over is on record with the act: identifiers and corrections in an order, a bundle that goes to another firm.

Noted in the transaction that records the order as told, or beside the receipt. A person who is no longer known has no row any more, and gets none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from upheld.duties.recipients import OrderState
from upheld.duties.recipients.orders import handed_by
from upheld.duties.requests import Case, RequestFault, request_of
from upheld.faces.app.desk.disclosures.knowing import people_of
from upheld.records.people.disclosures import Disclosure, How, record_disclosures

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

KINDS = {"email/1": "email-address", "phone/1": "telephone-number"}
PURPOSE = "legal-compliance"  # the vocabulary's word: what the desk hands over, a right made it
_CASE = re.compile(r"R-(\d+)\Z")


def note_order(desk: Desk, connection: Any, order: OrderState) -> None:
    """The recipient of an order was told by which identifiers it knows the person, and what is right now."""
    match = _CASE.match(order.reference)
    if match is None:
        return
    try:
        case = request_of(connection, int(match.group(1)))
    except RequestFault:
        return
    forms, leaves = handed_by(connection, desk.master, order.number)
    kinds = {KINDS[form] for form in forms if form in KINDS} | set(leaves) | ({"identifier"} if _keyed(forms) else set())
    _note(desk, connection, case, order.recipient, kinds, "order")


def note_push(desk: Desk, case: Case, recipient: str, kinds: Iterable[str]) -> None:
    """A bundle went to another firm at the person's word. One transaction."""
    with desk.own.transaction() as connection:
        _note(desk, connection, case, recipient, kinds, "handed-over")


def _note(desk: Desk, connection: Any, case: Case, recipient: str, kinds: Iterable[str], how: How) -> None:
    given = [Disclosure(recipient, kind, desk.now.date(), PURPOSE, how) for kind in sorted(set(kinds))]
    for ref in sorted(people_of(desk, connection, case)) if given else ():
        record_disclosures(connection, ref, given, desk.now, case.clauses)


def _keyed(forms: Iterable[str]) -> bool:
    return any(form.startswith("key:") for form in forms)
