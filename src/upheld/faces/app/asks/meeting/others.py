"""Whom a case names and an ask does not: rows that both share must stay for the case, so the plan knows where the other one's rows begin.

Only tables that several people share are looked at; of a row with one owner the case of somebody else says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from upheld.engine.estate.model import Estate
from upheld.engine.execution import asks
from upheld.engine.plan.keeps import Hold, shared_leaves
from upheld.engine.plan.model import Binding
from upheld.faces.app.installation import Installation
from upheld.records.people.decisions import one_person
from upheld.records.people.holds import holds_about


@dataclass(frozen=True, slots=True)
class Others:
    """Holds on data of shared rows: as plans take them, where their people's rows begin, and the ids that a plan then knows."""

    holds: tuple[Hold, ...] = ()
    bindings: tuple[Binding, ...] = ()
    known: frozenset[str] = frozenset()


def others_held(app: Installation, connection: Any, estate: Estate, bindings: Sequence[Binding]) -> Others:
    """Cases that protect rows which people of this ask share with somebody else. None, and no statement, where nobody shares rows."""
    leaves = shared_leaves(estate)
    if not leaves:
        return Others()
    asked = {name for names in one_person(connection, [one.ref for one in bindings]).values() for name in names}
    holds: list[Hold] = []
    found: dict[str, Binding] = {}
    about = holds_about(connection, sorted(leaves), app.settings.today)
    for one in about:
        rows = connection.execute(
            "SELECT subject, binding FROM hold_subject WHERE hold = %s AND binding IS NOT NULL AND subject <> ALL (%s)",
            [one.id, sorted(asked)],
        ).fetchall()
        theirs = asks.opened_bindings(connection, app.master, f"hold:{one.id}", dict(rows)) if rows else ()
        if theirs:
            subjects = frozenset(binding.ref for binding in theirs)
            holds.append(Hold(one.id, one.ground, frozenset(one.leaves), one.until, subjects, (one.cites,), shared_only=True))
            found |= {binding.ref: binding for binding in theirs}
    return Others(tuple(holds), tuple(found.values()), frozenset(one.id for one in about))
