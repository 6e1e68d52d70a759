"""An access leaves out what every sentence that grants it leaves out: `will grant: access`, `without: [coach-note]`.

Rights add up: data stays in the answer as long as one of the promises that may grant this access to this person gives it.
A column left out is named with the clause, like every column that is withheld. Keys stay; they say which row is meant.
Rows that an erasure kept are answered by their ground and are not narrowed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from upheld.engine.estate.model import Estate, JsonPaths, Table, leaves_of
from upheld.engine.plan.keeps import granting
from upheld.engine.plan.plans import StorePlan
from upheld.engine.plan.steps import Document, ReadRows, ReviewRows, Step
from upheld.language.promises.model import Program

BECAUSE = "right"


def narrowed(stores: tuple[StorePlan, ...], program: Program, estate: Estate, regime: str | None) -> tuple[StorePlan, ...]:
    """The same plans, with the columns and paths of leaves outside the right named as withheld instead of read."""
    left_out, clauses = _left_out(program, regime)
    if not left_out:
        return stores
    says = f"{' and '.join(clauses)}: left out of the right of access"
    found = []
    for each in stores:
        tables = estate.stores[each.store].tables
        steps = (_step(step, tables, left_out, says) for step in each.steps)
        found.append(replace(each, steps=tuple(step for step in steps if step is not None)))
    return tuple(found)


def _left_out(program: Program, regime: str | None) -> tuple[frozenset[str], tuple[str, ...]]:
    """Leaves that every granting promise leaves out, and the clauses that say so."""
    promises = granting(program, "access", regime)
    sets = [frozenset(name.id for name in each.terms.get("without", ())) for each in promises]
    if not sets:
        return frozenset(), ()
    clauses = sorted({clause for each in promises if each.terms.get("without") for clause in each.source.clauses})
    return frozenset.intersection(*sets), tuple(clauses)


def _step(step: Step, tables: Mapping[str, Table], left_out: frozenset[str], says: str) -> Step | None:
    if isinstance(step, ReadRows):
        return _read(step, tables[step.rows.table], left_out, says)
    if isinstance(step, ReviewRows):
        gone = _gone(tables[step.table], left_out)
        waiting = tuple(column for column in step.columns if column not in gone)
        return replace(step, columns=waiting) if waiting else None
    return step


def _gone(table: Table, left_out: frozenset[str]) -> frozenset[str]:
    """Columns all of whose leaves are left out."""
    columns = (column for column in table.columns if column.name not in table.key)
    return frozenset(column.name for column in columns if (found := frozenset(leaves_of(column.role))) and found <= left_out)


def _read(step: ReadRows, table: Table, left_out: frozenset[str], says: str) -> ReadRows:
    gone = _gone(table, left_out)
    shown = [*step.columns, *step.review, *(each.column for each in step.documents)]
    withheld = [one for one in step.withheld if one[0] not in gone]
    withheld += [(column, BECAUSE, says) for column in shown if column in gone]
    return replace(
        step,
        columns=tuple(column for column in step.columns if column not in gone),
        documents=tuple(_document(each, table, left_out) for each in step.documents if each.column not in gone),
        review=tuple(column for column in step.review if column not in gone),
        withheld=tuple(withheld),
    )


def _document(document: Document, table: Table, left_out: frozenset[str]) -> Document:
    role = next(column.role for column in table.columns if column.name == document.column)
    assert isinstance(role, JsonPaths)
    gone = {path for path, part in role.paths.items() if (found := frozenset(leaves_of(part))) and found <= left_out}
    return replace(
        document,
        shown=tuple(path for path in document.shown if path not in gone),
        review=tuple(path for path in document.review if path not in gone),
        hidden=(*document.hidden, *sorted(gone)),
    )
