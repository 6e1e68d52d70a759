"""A hold that ends, or a day that has come, becomes an ordinary erasure of what was kept: planned, shown, and carried out like any other.

The rows are found by the sealed keys of the time, for nothing in them need name anybody. Promises and holds that still stand keep what they keep. When the
ask is done the entries go, and with them every way from a person to these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.kept.ending import begin_ending, due, open_endings, under_living_holds
from upheld.faces.app.asks.firm import opened_firm
from upheld.faces.app.asks.planning import Planned, planned_now
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.people.holds import all_holds, end_hold


@dataclass(frozen=True, slots=True)
class Ending:
    """A hold that ended just now, if one was named, and the plans that erase what has ended: one, or one for each way of sharing rows."""

    hold: str
    planned: tuple[Planned, ...]
    under_way: tuple[str, ...] = ()  # asks planned before, which are to erase what ended and have not yet

    def says(self) -> list[str]:
        """Which hold is over, and whether anything is left to erase."""
        over = [f"{self.hold} is over."] if self.hold else []
        if self.under_way:
            asks = ", ".join(self.under_way)
            over.append(
                f"Planned before, and still to be carried out: {asks}. Look at it again: upheld plan FOLDER --again {self.under_way[0]}"
            )
        elif not self.planned:
            over.append("Nothing that it kept is left to erase." if over else "Nothing has ended.")
        return over

    def as_json(self) -> dict[str, Any]:
        """The same for machines; each of `plans` as `upheld plan --json` gives it."""
        return {"hold": self.hold or None, "plans": [one.as_json() for one in self.planned], "under_way": list(self.under_way)}


def end(app: Installation, folder: Path, hold: str) -> Ending:
    """The hold is over (none named: nothing but days ends); what has ended is bound and planned. Unusable (X250) for an unknown hold."""
    with opened_firm(app, folder) as firm:
        if hold:
            _over(app, hold)
        with app.own.transaction() as connection:
            now, today = app.settings.now(), app.settings.today
            before = open_endings(connection, hold)
            planned = []
            for found in due(connection, app.master, today):
                under_living_holds(connection, app.master, [one.ref for one in found.bindings], today)
                ask = asks.next_ask(connection, "erasure", len(found.bindings), None, now, version=firm.version)
                asks.store_bindings(connection, app.master, ask, found.bindings, now)
                begin_ending(connection, ask.id, found.entries)
                plan, counts = planned_now(app, firm, connection, ask, found.bindings)
                planned.append(Planned(ask, plan, counts, None, folder))
    return Ending(hold, tuple(planned), before)


def _over(app: Installation, hold: str) -> None:
    with app.own.transaction() as connection:
        known = {one.hold.id: one for one in all_holds(connection)}
        if hold not in known:
            raise Unusable("X250", f"There is no hold `{hold[:12]}`.", "Look at them: upheld hold list")
        if known[hold].ended_at is not None and not known[hold].kept:
            raise NotNow("X253", f"{hold} has ended, and nothing stands on it.", "Look at them: upheld hold list")
        end_hold(connection, hold, app.settings.now())
    app.seal()
