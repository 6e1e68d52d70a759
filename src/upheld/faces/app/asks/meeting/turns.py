"""Whose turn it is: asks that meet on one person run in the order of the matrix, and nothing runs that is suspended."""

from __future__ import annotations

from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import StoredAsk
from upheld.engine.plan.matrix import Turn, waits_for
from upheld.engine.plan.model import Ask
from upheld.faces.app.errors import NotNow
from upheld.faces.app.installation import Installation


def turns(app: Installation, connection: Any, ask: Ask, *, batch: bool = False) -> tuple[Turn, ...]:
    """All that this ask must wait for now; none: it may run. Two statements.

    `batch`: it carries asks that came earlier than itself, each of which had its turn; what was asked after them does not come first.
    """
    before = [] if batch else asks.asks_before(connection, ask.id, app.settings.now())
    return waits_for(ask.kind, before, asks.standing(connection, ask.id))


def in_turn(app: Installation, found: StoredAsk) -> None:
    """It is this ask's turn; NotNow (X208, X258) names the first thing that it waits for."""
    with app.own.connection() as connection:
        waits = turns(app, connection, found.ask, batch=found.batch == found.ask.id)
    if waits and waits[0].ask:
        reason = f"{found.ask.id} waits for {waits[0].ask}: {waits[0].why}."
        raise NotNow("X208", reason, f"Answer {waits[0].ask} first.")
    if waits:
        reason = f"{found.ask.id} is suspended for one of its people: {waits[0].why}."
        raise NotNow("X258", reason, "Lift the restriction, after telling the person; then run the same command again.")


def said(waits: tuple[Turn, ...]) -> list[str]:
    """What a plan says of the asks that it waits for."""
    return [f"It waits for {one.ask}: {one.why}." if one.ask else f"It is suspended: {one.why}." for one in waits]
