"""A plan and its stores become advice: which steps read a large table from end to end, what that costs, and the index that would end it.

Each data step is explained to its engine in a transaction that is rolled back; nothing runs and no value of anybody is sent. Small stores are asked for their sizes and no
more. Asked when a plan is made and never while it runs: the plan bears the fingerprint of a schema whose indexes are part of it, and each
executing transaction asks for that fingerprint again. Source of the factor: measured on one estate of 2.5 million rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from upheld.engine.estate.model import Catalogue, Engine, Estate, StoreCatalogue
from upheld.engine.execution.advice.searches import Search, searches
from upheld.engine.execution.errors import refused
from upheld.engine.plan.model import Refused
from upheld.engine.plan.passes.indexes import LARGE_ROWS
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import Guard, Step
from upheld.engine.stores import Store
from upheld.engine.stores.explaining import COUNTED_ROWS, sizes, whole_reads
from upheld.engine.stores.sql.statements import Statement

ADVISE_ROWS = 10_000  # fewer are read in milliseconds
FACTOR = "Measured on another estate, a missing index made the erasure of one person 350 to 2,000 times as long, of 10,000 people 2 to 6 times."


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """A table that a step would read from end to end. `rows` are estimated, or counted so far; `statement` ends it."""

    code: str
    store: str
    table: str
    by: str
    rows: int
    statement: str

    @property
    def says(self) -> str:
        """What is so here, and what it costs; the factor is told as measured elsewhere."""
        how = f"is found by {self.by}, and no index leads there" if self.code != "E413" else f"is found by {self.by}"
        return (
            f"{self.store}.{self.table} {how}: the engine would read about {self.rows:,} rows for every 1,000 people. {FACTOR}"
        )

    @property
    def help(self) -> str:
        """What to do about it; the statement stands beside."""
        if self.code == "E413":
            return "Take statistics anew, or see that the index is of the column's own type."
        return "Create the index, freeze the schema anew (`upheld drift --relock`), and plan again."


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found, the largest tables first."""

    missing: tuple[Missing, ...]

    def refusal(self) -> Refused | None:
        """Why the plan may not run at any time of day, or None: a table over LARGE_ROWS would be read whole while writers wait."""
        large = [one for one in self.missing if one.code == "E412"]
        if not large:
            return None
        reason = " ".join(one.says.replace(FACTOR, "").strip() for one in large)
        statements = " ".join(one.statement for one in large)
        help = f"Run: {statements} Then freeze the schema anew with `upheld drift --relock`, and plan again; or let the ask wait for the daily batch: --wait-for-batch."
        return refused("E412", f"{reason} {FACTOR}", help)


def advise(plan: Plan, estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store]) -> Advice:
    """What each store's engine says of the plan's steps. One statement a store where its tables are small; StoreFault where one is out of reach.

    Access reads a snapshot and locks nothing, so that its advice never refuses.
    """
    found: set[Missing] = set()
    for part in plan.stores:
        live = catalogue.stores[part.store]
        store = estate.stores[part.store]
        found |= _of_store(part, live, stores[part.store], store.region or store.place, plan.ask.kind == "erasure")
    return Advice(tuple(sorted(found, key=lambda one: (-one.rows, one))))


def _of_store(part: StorePlan, live: StoreCatalogue, session: Store, region: str, erases: bool) -> set[Missing]:
    session.begin(snapshot=True)
    try:
        if session.fingerprint() != live.fingerprint:
            return set()  # the preview refuses it
        named = {search.table for step in part.steps for search in searches(step, part.engine)}
        large = {name: rows for name, rows in sizes(session, named & set(live.tables)).items() if rows > ADVISE_ROWS}
        if not large:
            return set()
        found: set[Missing] = set()
        for step, statement in _statements(part, live, session, region, erases):
            if {search.table for search in searches(step, part.engine)} & set(large):
                found |= set(_judged(part, live, step, whole_reads(session, statement, live), large, erases))
        return found
    finally:
        session.rollback()


def _statements(
    part: StorePlan, live: StoreCatalogue, session: Store, region: str, erases: bool
) -> Iterator[tuple[Step, Statement]]:
    """Each step with each of its statements, as they will run."""
    script, readings = (session.script(part, live, region), {}) if erases else session.reading(part, live, region)
    yield from ((script.steps[number], statement) for number, statement in script.statements.items())
    yield from ((script.steps[number], one.all) for number, of in readings.items() for one in of)


def _judged(part: StorePlan, live: StoreCatalogue, step: Step, read: frozenset[str], large: Mapping[str, int],
            erases: bool) -> Iterator[Missing]:  # fmt: skip
    asked = [search for search in searches(step, part.engine) if search.table in read and search.table in large]
    for search in asked:
        table = live.tables[search.table]
        counted = large[search.table]
        rows = counted if counted < COUNTED_ROWS else max(counted, table.estimate)
        if not search.served(table):
            code = "E412" if erases and rows > LARGE_ROWS else "E411"
            yield Missing(code, part.store, search.table, _by(search), rows, search.statement(part.engine))
        elif rows > LARGE_ROWS and not isinstance(step, Guard) and all(one.served(live.tables[one.table]) for one in asked):
            # A guard looks for one row and may find it soonest from the top.
            yield Missing("E413", part.store, search.table, _by(search), rows, _statistics(part.engine, search.table))


def _statistics(engine: Engine, table: str) -> str:
    return f"ANALYZE {'TABLE ' if engine == 'mariadb' else ''}{table};"


def _by(search: Search) -> str:
    return f"`{search.key}`" if search.key else "`" + ", ".join(search.columns) + "`"
