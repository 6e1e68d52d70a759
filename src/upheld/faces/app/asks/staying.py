"""Who closes an account is told what would stay if all of hers were erased today: which cells, on which ground, until which day.

An erasure is planned of the same people and tried in their stores, and rolled back; nothing of it is stored. Must never: say of a row that it stays
which nobody has seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from upheld.engine.execution import asks
from upheld.engine.execution.advice.rehearsal import rehearsed_keeps
from upheld.engine.execution.kept.ending import places_of, roles_of
from upheld.engine.plan.ended import rooted_at
from upheld.engine.plan.from_asks import plan as plan_of
from upheld.engine.plan.model import Refused
from upheld.faces.app.asks.firm import opened_firm
from upheld.faces.app.asks.meeting.others import others_held
from upheld.faces.app.asks.planning import holds_of
from upheld.faces.app.installation import Installation


@dataclass(frozen=True, slots=True)
class Staying:
    """Cells of one table that stay on a ground. `until`: the last day of any of them; None: as long as the reason lasts."""

    table: str
    columns: tuple[str, ...]
    ground: str
    until: date | None


def what_stays(app: Installation, folder: Path, id: str) -> tuple[Staying, ...]:
    """Of the people of a stored ask; nothing where an erasure would be refused today. StoreFault where a store is away. Costs an erasure's rehearsal."""
    with app.own.connection() as connection:
        found = asks.find_ask(connection, app.master, id)
    if found is None or not found.bindings:
        return ()
    with opened_firm(app, folder) as firm, app.own.transaction() as connection:
        estate = rooted_at(firm.estate, places_of(found.bindings), roles_of(found.bindings))
        others = others_held(app, connection, estate, found.bindings)
        holds = (*holds_of(connection, found.bindings, app), *others.holds)
        erasing = replace(found.ask, kind="erasure")
        plan = plan_of(firm.program, estate, firm.catalogue, holds, erasing, app.settings.today, judge_indexes=False)
        if isinstance(plan, Refused):
            return ()
        kept = rehearsed_keeps(plan, estate, firm.catalogue, found.bindings, firm.stores, app.settings.today, others.bindings)
    if isinstance(kept, Refused):
        return ()
    return tuple(
        Staying(one.table, one.rule.columns, one.rule.ground, max((day for day in one.until if day), default=None))
        for of in kept.values()
        for one in of
    )
