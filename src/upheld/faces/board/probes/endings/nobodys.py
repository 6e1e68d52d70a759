"""Rows of the invented person that are to become nobody's: after the calendar's run each still stands, leads to nobody, and holds nothing of hers.

Looked at beside the calendar's canary, in the same shadows and after the same run. A row that went whole was erased, which is another promise. Rows of
two people are rare by nature, so what is rare in a row is gone as well: nothing of hers may be left in it, coarse or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upheld.engine.estate.model import is_personal, leaves_of
from upheld.engine.plan.calendar.anonymous import links_of
from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.canary import CANARY, Cell, World
from upheld.faces.board.probes.context import ProbeContext, evidence
from upheld.faces.board.probes.people import Row
from upheld.language.diagnostic import counted
from upheld.language.promises.model import Program

FORM = "form:anonymise"


@dataclass(frozen=True, slots=True)
class Owed:
    """One row: the cells that tell it from others, those that lead to her, each with its value, and its clauses."""

    table: tuple[str, str]
    keys: Mapping[Cell, str]
    links: Mapping[Cell, str]
    clauses: frozenset[str]


def owed(world: World, program: Program) -> tuple[Owed, ...]:
    """The rows with data that some promise lets become nobody's, as they stand before the run."""
    found = []
    for name, rows in world.rows.items():
        for row in (row for row in rows if row.person == CANARY):
            clauses = _clauses(world, program, name, row)
            if clauses:
                table = world.estate.stores[name].tables[row.table]
                keys, links = _valued(name, row, table.key), _valued(name, row, links_of(table))
                found.append(Owed((name, row.table), keys, links, clauses))
    return tuple(found)


def _clauses(world: World, program: Program, store: str, row: Row) -> frozenset[str]:
    table = world.estate.stores[store].tables.get(row.table)
    if table is None or table.shared:
        return frozenset()
    leaves = {leaf for column in table.columns if is_personal(column.role) for leaf in leaves_of(column.role)}
    return frozenset(
        clause
        for promise in program.promises
        if promise.verb == "retain" and promise.then == "anonymise" and leaves & {name.id for name in promise.object}
        for clause in promise.source.clauses
    )


def _valued(store: str, row: Row, columns: tuple[str, ...]) -> dict[Cell, str]:
    return {(store, row.table, column): str(row.values[column]) for column in columns if row.values.get(column) is not None}


def became(
    context: ProbeContext, version: str, rows: tuple[Owed, ...], world: World, left: Mapping[Cell, int]
) -> list[Evidence]:
    """By clause, what came of its rows. `left`: cells with her token after the run."""
    unknown = sum(n for (store, table, _), n in left.items() if table not in world.estate.stores[store].tables)
    return [
        _of_clause(context, version, clause, [row for row in rows if clause in row.clauses], world, left, unknown)
        for clause in sorted({clause for row in rows for clause in row.clauses})
    ]


def _of_clause(
    context: ProbeContext, version: str, clause: str, rows: list[Owed], world: World, left: Mapping[Cell, int], unknown: int
) -> Evidence:
    gone = [row for row in rows if not all(_stands(world, cell, value) for cell, value in row.keys.items())]
    led = sum(_stands(world, cell, value) for row in rows for cell, value in row.links.items())
    hers = sum(n for cell, n in left.items() if cell[:2] in {row.table for row in rows})
    looked = sum(len(row.keys) + len(row.links) for row in rows)
    wrong = [
        *([f"{counted(led, 'row')} still lead to her"] if led else []),
        *([f"{counted(hers, 'cell')} of hers stand in them"] if hers else []),
        *([f"{counted(unknown, 'cell')} of hers stand where no map knows them"] if unknown else []),
    ]
    says = (
        "; ".join(wrong)
        or f"{counted(len(rows) - len(gone), 'row')} of an invented person stand, lead to nobody and hold nothing of hers"
    )
    return evidence(
        context, FORM, version, looked, "failed" if wrong else "held", says, "shadow", scope=frozenset({clause}),
        coverage=Coverage(len(rows) - len(gone), len(rows), "rows"), detail={"rows": len(rows), "gone whole": len(gone)},
        mend="Look at the tables with `upheld retain`, and at `anonymous:` in the estate." if wrong else "",
    )  # fmt: skip


def _stands(world: World, cell: Cell, value: str) -> bool:
    store, table, column = cell
    return bool(world.shadows[store].found(value).get((table, column)))
