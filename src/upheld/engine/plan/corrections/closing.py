"""An account is closed: in each table that says how, the columns that let somebody in and show her are set, and nothing else of the row changes.

What remains is judged by the calendar, as everything is. Which columns, the estate says (`closing:`), or its `soft-delete` column is the mark. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from upheld.engine.estate.model import Catalogue, Estate, LiveColumn, StoreCatalogue, StoreMap, Table
from upheld.engine.plan.corrections.planning import stands_in_the_way
from upheld.engine.plan.corrections.values import TRUTHS, unfit
from upheld.engine.plan.digest import digest_of
from upheld.engine.plan.errors import refused
from upheld.engine.plan.from_asks import run_order
from upheld.engine.plan.keeps import granting
from upheld.engine.plan.model import Ask, Mark, Put, Refused, Replacement, SetNull, Why
from upheld.engine.plan.passes.hard.derived import refreshed
from upheld.engine.plan.passes.of_owners import owner_steps
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import BlankColumns, ByKey, ReadBackKeys, Rows, Step
from upheld.language.promises.model import Program


def plan_closing(program: Program, estate: Estate, catalogue: Catalogue, ask: Ask) -> Plan | Refused:
    """The plan that closes these people's accounts; L141 where the estate does not say how."""
    granted = granting(program, "account-closing", ask.regime)
    clauses = tuple(sorted({clause for promise in granted for clause in promise.source.clauses}))
    cites = tuple(sorted({cite for promise in granted for cite in promise.source.cites}))
    why = Why(clauses, cites, "the account is closed")
    stores = []
    for name in run_order(estate):
        store, live = estate.stores[name], catalogue.stores.get(name)
        if store.kind == "backup" or live is None:
            continue
        tables = _closing(store, live)
        if isinstance(tables, Refused):
            return tables
        if not tables:
            continue
        problem = next((found for table in tables if (found := stands_in_the_way(store, live, table)) is not None), None)
        if problem is not None:
            return problem
        steps: list[Step] = [*owner_steps(store, tables, why)]
        first = len(steps)
        for table, columns in tables.items():
            steps.append(BlankColumns(Rows(table, store.tables[table].key, (ByKey(),)), columns, why))
        steps.append(ReadBackKeys(tuple(range(first, len(steps))), why))
        stores.append(StorePlan(name, store.engine, live.fingerprint, (*steps, *refreshed(store, live, why))))
    if not stores:
        help = (
            "Say in the estate, at the table of accounts, which columns close one: `closing: {closed_at: now, visible: false}`."
        )
        return refused("L141", "no table has `closing:`, and no table of people a `soft-delete` column", help)
    return Plan(ask, tuple(stores), (), digest_of(ask, tuple(stores), ()))


def _closing(store: StoreMap, live: StoreCatalogue) -> dict[str, tuple[tuple[str, Replacement], ...]] | Refused:
    found: dict[str, tuple[tuple[str, Replacement], ...]] = {}
    for name, table in store.tables.items():
        if name not in live.tables:
            continue
        columns = []
        for column, word in _said(table).items():
            if column not in {one.name for one in live.tables[name].columns}:
                return refused("L105", f"{store.store}.{name}.{column} is not in the catalogue", "Run `upheld scan` again.")
            replacement = _replacement(live.tables[name].column(column), word)
            if replacement is None:
                return refused(
                    "L141",
                    f"{store.store}.{name}.{column} cannot become `{word}`",
                    "Write `now`, `empty`, or a value that the column takes.",
                )
            columns.append((column, replacement))
        if columns:
            found[name] = tuple(columns)
    return found


def _said(table: Table) -> Mapping[str, str]:
    if table.closing:
        return table.closing
    return {table.soft_delete: "now"} if table.root is not None and table.soft_delete else {}


def _replacement(live: LiveColumn, word: str) -> Replacement | None:
    """What the estate's word means in this column; None where it cannot hold that."""
    if word == "now":
        return Mark() if live.family in ("timestamp", "date", "boolean", "integer") else None
    if word == "empty":
        return SetNull() if live.nullable else None
    if unfit(live, word):
        return None
    match live.family:
        case "boolean":
            return Put(TRUTHS[word.strip().lower()])
        case "integer":
            return Put(int(word))
        case "text" | "date" | "timestamp" | "number":
            return Put(word)
        case _:
            return None
