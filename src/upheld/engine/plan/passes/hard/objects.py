"""Columns that point to files become the steps that note the files before the rows let go, and erase them after.

A file of another store cannot go in the row's transaction: its name is noted there, and it goes after the commit, when no row points to it. PostgreSQL's own
large objects go in the transaction. Not taken: erasing files first; a transaction that then fails would leave rows that point to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upheld.engine.estate.model import LARGE_OBJECT, Column, Estate, StoreMap, Table
from upheld.engine.plan.model import Why
from upheld.engine.plan.passes.work import Work
from upheld.engine.plan.steps import BlankColumns, DeleteObjects, DeleteRows, ReadPaths, Rows, Step, UnlinkLarge


def with_files(work: Work, effects: Sequence[Step]) -> list[Step]:
    """The effects, each behind the erasure of the large objects that its rows let go; what is noted stands before all of them."""
    return taking_files(work.store, effects, work.why)


def taking_files(store: StoreMap, effects: Sequence[Step], why: Why) -> list[Step]:
    """The same for effects on rows of this store, whichever plan they are of."""
    noted: dict[ReadPaths, None] = {}
    steps: list[Step] = []
    for step in effects:
        for rows, column in _let_go(store, step):
            if column.file == LARGE_OBJECT:
                steps.append(UnlinkLarge(rows, column.name, _large(store), why))
            else:
                noted[ReadPaths(rows, column.name, column.file, why)] = None
        steps.append(step)
    return [*noted, *steps]


def _let_go(store: StoreMap, step: Step) -> Iterator[tuple[Rows, Column]]:
    """Rows and columns whose pointer the step takes away."""
    if isinstance(step, DeleteRows):
        for rows in (step.rows, *step.along):
            yield from ((rows, column) for column in _files(store.tables[rows.table]))
    elif isinstance(step, BlankColumns):
        blanked = {name for name, _ in step.columns}
        yield from ((step.rows, column) for column in _files(store.tables[step.rows.table]) if column.name in blanked)


def _files(table: Table) -> list[Column]:
    return [column for column in table.columns if column.file]


def _large(store: StoreMap) -> tuple[tuple[str, str], ...]:
    return tuple((name, c.name) for name, t in sorted(store.tables.items()) for c in _files(t) if c.file == LARGE_OBJECT)


def deletes_of_objects(estate: Estate, why: Why) -> tuple[DeleteObjects, ...]:
    """One step for each object store that a column of the estate's own stores points to, in the order of names; rows of any store keep a file."""
    pointers: dict[str, list[tuple[str, str, str]]] = {}
    for store in (s for _, s in sorted({**estate.beside, **estate.stores}.items()) if s.kind != "backup"):
        for name, table in sorted(store.tables.items()):
            for column in _files(table):
                if column.file != LARGE_OBJECT:
                    pointers.setdefault(column.file, []).append((store.store, name, column.name))
    return tuple(
        DeleteObjects(name, tuple(places), why)
        for name, places in sorted(pointers.items())
        if any(store in estate.stores for store, _, _ in places)
    )
