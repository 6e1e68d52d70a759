"""What was done of a case becomes orders to everybody who got the data; the case goes on when all have answered.

An order that is open holds the case, unless the regime's words let it close without that recipient, and then the answer says so.
Recipients are those of the notice and of `recipients.yaml`; one without an entry becomes work for a person, never nothing. Whose disclosures
are all on record (`recorded: yes`) is told only of people whose data it got; everybody else is told of everybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from upheld.duties.recipients import OrderState, open_orders, place_orders
from upheld.duties.recipients.orders import orders_of
from upheld.duties.recipients.registry import may_close_without
from upheld.duties.requests import Case, details_of
from upheld.faces.app.desk.disclosures.knowing import spared
from upheld.faces.app.desk.opening import FOR, known_by
from upheld.faces.app.desk.standing.registry import registry_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

FORMS = {"email": "email/1", "phone": "phone/1"}


def place(desk: Desk, connection: Any, case: Case, act: str, told: Mapping[str, str]) -> int:
    """How many orders were placed, in the caller's transaction. `told`: corrections by leaf, `only` (names, by spaces) of who got data."""
    said = details_of(connection, desk.master, case.number, [*FORMS, *(FOR + kind for kind in FORMS), "identifiers"])
    identifiers = [(FORMS[kind], value) for kind, value in known_by(said).items()]
    identifiers += [(form, value) for form, value in json.loads(said.get("identifiers", "[]"))]
    corrections = {leaf: value for leaf, value in told.items() if leaf != "only"}
    only = told["only"].split() if "only" in told else None
    registry = registry_of(desk)
    placed = place_orders(
        connection,
        desk.master,
        case.id,
        registry,
        act,  # type: ignore[arg-type]
        list(dict.fromkeys(identifiers)),
        desk.now,
        regime=case.regime,
        corrections=corrections or None,
        only=only,
        without=() if only else spared(desk, connection, case, registry),
    )
    return len(placed)


def holding(desk: Desk, case: Case) -> tuple[OrderState, ...]:
    """Orders without which the case may not go on."""
    registry = registry_of(desk)
    with desk.own.connection() as connection:
        found = open_orders(connection, case.id)
    return tuple(order for order in found if not may_close_without(registry.entries.get(order.recipient), case.regime))


def nobody_to_tell(desk: Desk) -> bool:
    """Whether no recipient of the deployment is ever told anything."""
    registry = registry_of(desk)
    return not registry.unlisted and all(entry.connector == "none" for entry in registry.entries.values())


def told_rows(desk: Desk, case: Case) -> list[list[object]]:
    """Who was told and when they answered, for the answer: (recipient, words of a letter)."""
    with desk.own.connection() as connection:
        found = orders_of(connection, case.id)
    return [[desk.labels.word(order.recipient, case.language, first=True), _answered(order)] for order in found]


def _answered(order: OrderState) -> dict[str, str]:
    if order.ended_at is not None:
        return {"say": "answered" if order.state == "done" else "could-not", "day": f"{order.ended_at:%Y-%m-%d}"}
    return {"say": "told", "day": f"{order.told_at:%Y-%m-%d}"} if order.told_at else {"say": "not-told"}
