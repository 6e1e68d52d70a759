"""A case's asks become what an operator sees before and while they run: tables, rows, actions and reasons; stores that are done, and those that wait.

Reads what the planner stored with the plan: nothing is counted again, and no store is asked. The fingerprint is that of the plan that would run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from upheld.engine.execution.asks import find_ask
from upheld.engine.plan.explain import Line, explain
from upheld.engine.plan.plans import Plan, Preview
from upheld.faces.app.installation import Installation

ACTIONS = {"erased": "erased", "blanked": "blanked", "cut": "cut loose", "held": "held", "read": "read"}
SHORT = 16


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One table: rows that the preview counted (None: only the reading can tell), the action and its reason."""

    table: str
    rows: int | None
    action: str
    because: str
    held: bool

    @property
    def act(self) -> str:
        """The statute's word: `Erase`, `Blank`, `Cut link`, `Hold`."""
        words = 2 if self.action.startswith("cut link") else 1
        return " ".join(self.action.split()[:words]).capitalize()

    @property
    def rest(self) -> str:
        """What it is done to."""
        return self.action[len(self.act) :].strip()


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A plan as a person reads it. `stores`: name and rows of each; `by`: rows by action; `told`: who hears of it after."""

    ask: str
    kind: str
    digest: str
    stores: tuple[tuple[str, tuple[PlanRow, ...]], ...]
    total: int
    by: tuple[tuple[int, str], ...]
    told: tuple[str, ...]
    statements: int

    @property
    def short(self) -> str:
        """`77ab 0c1e 93f4 5d42`."""
        return " ".join(self.digest[at : at + 4] for at in range(0, SHORT, 4))

    @property
    def tables(self) -> int:
        return len({(store, row.table) for store, rows in self.stores for row in rows})

    @property
    def held(self) -> tuple[tuple[str, PlanRow], ...]:
        """What stays, with its store."""
        return tuple((store, row) for store, rows in self.stores for row in rows if row.held)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: statements' chunks done of one store; `state`: `done`, `working` or `waiting`."""

    store: str
    state: str


def plan_of_ask(app: Installation, ask: str) -> PlanShown | None:
    """The newest plan of the ask; None where there is no such ask, or it has no plan."""
    with app.own.connection() as connection:
        found = find_ask(connection, app.master, ask)
    if found is None or found.plan is None:
        return None
    return shown(ask, found.ask.kind, found.plan, found.preview or Preview({}, 0))


def shown(ask: str, kind: str, plan: Plan, counts: Preview) -> PlanShown:
    """The plan's effects that find rows, by store in the order of the run. Pure."""
    lines = [line for line in explain(plan) if line.effect and line.store and _finds(line, counts)]
    stores = []
    for store, of in groupby(lines, key=lambda line: line.store):
        stores.append((store, tuple(_row(line, counts) for line in of)))
    by_mark: dict[str, int] = {}
    for line in lines:
        by_mark[line.mark] = by_mark.get(line.mark, 0) + (counts.rows.get((line.store, line.number)) or 0)
    return PlanShown(
        ask=ask,
        kind=kind,
        digest=plan.digest,
        stores=tuple(stores),
        total=sum(by_mark.values()),
        by=tuple((by_mark[mark], word) for mark, word in ACTIONS.items() if by_mark.get(mark)),
        told=tuple(line.place for line in explain(plan) if line.effect and not line.store),
        statements=sum(len(part.steps) for part in plan.stores),
    )


def progress_of(app: Installation, digest: str, stores: Sequence[str]) -> tuple[Progress, ...]:
    """Each store of the plan with how far its run is. One statement."""
    with app.own.connection() as connection:
        rows: list[Any] = connection.execute(
            "SELECT store, bool_and(state = 'done') FROM chunk WHERE plan = %s GROUP BY store", [digest]
        ).fetchall()
    found = {str(store): "done" if done else "working" for store, done in rows}
    return tuple(Progress(store, found.get(store, "waiting")) for store in stores)


def _finds(line: Line, counts: Preview) -> bool:
    rows = counts.rows.get((line.store, line.number))
    return bool(rows) or (rows is None and line.mark == "read")


def _row(line: Line, counts: Preview) -> PlanRow:
    table = line.place.removeprefix(f"{line.store}.")
    return PlanRow(table, counts.rows.get((line.store, line.number)), line.action, line.short, line.mark == "held")
