"""A person's own root rows, cell by cell, as the stores hold them now: for her own eyes, in memory, and nowhere else.

A short access: the rows that are she, not all that hangs on them. Read in one snapshot a store, by the statements with which a correction reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue, StoreMap, Table, is_personal, leaves_of
from upheld.engine.execution.chunks.chunk import SELECTS
from upheld.engine.execution.chunks.owned import answered_rows, take_owned
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.plan.corrections.resolving import why_not
from upheld.engine.plan.corrections.values import CORRECTABLE
from upheld.engine.plan.model import Binding, Why
from upheld.engine.plan.passes.of_owners import owner_steps
from upheld.engine.plan.plans import StorePlan
from upheld.engine.plan.steps import ByKey, CorrectColumns, Rows
from upheld.engine.stores import Store
from upheld.engine.stores.sql.corrections import correcting_sql

OWN = Why((), (), "the person's own row")


@dataclass(frozen=True, slots=True)
class OwnCell:
    """One cell; `why_not`: why it cannot be corrected by anybody, empty if it can."""

    store: str
    table: str
    column: str
    leaf: str
    value: str | None
    why_not: str


def own_cells(
    estate: Estate, catalogue: Catalogue, binding: Binding, stores: Mapping[str, Store], today: date
) -> tuple[OwnCell, ...]:
    """The personal cells of the person's root rows, in the order of the estate. StoreFault where a store is out of reach."""
    found: list[OwnCell] = []
    for name, store in estate.stores.items():
        live = catalogue.stores.get(name)
        tables = {t: columns for t in store.tables if live and (columns := _columns(store.tables[t], live))}
        if live is not None and tables and any((name, table) in binding.roots for table in tables):
            found += _read(store, live, binding, stores[name], tables, today)
    return tuple(found)


def _columns(table: Table, live: StoreCatalogue) -> tuple[str, ...]:
    if table.root is None or table.shared or table.name not in live.tables:
        return ()
    families = {column.name: column.family for column in live.tables[table.name].columns}
    return tuple(c.name for c in table.columns if is_personal(c.role) and families.get(c.name) in CORRECTABLE)


def _read(
    store: StoreMap, live: StoreCatalogue, binding: Binding, session: Store, tables: Mapping[str, tuple[str, ...]], today: date
) -> list[OwnCell]:  # fmt: skip
    region = store.region or store.place
    steps = owner_steps(store, tables, OWN)
    part = StorePlan(store.store, store.engine, live.fingerprint, steps)
    script, _ = session.reading(part, live, region)
    values, found = ChunkValues(store, {"": [binding]}, today, ""), []
    session.begin(snapshot=True)
    try:
        for number, step in enumerate(steps):
            if isinstance(step, SELECTS):
                (answered,) = session.together([script.statements[number]], values)
                take_owned(values, step, answered_rows(answered))
        for table, columns in tables.items():
            rows = Rows(table, store.tables[table].key, (ByKey(),))
            sql = correcting_sql(CorrectColumns(rows, columns, OWN), live, store.engine, region)
            for row in session.rows(sql.cells, values):
                for column, value in zip(columns, row[1 + len(rows.key) :], strict=True):
                    leaf = leaves_of(store.tables[table].column(column).role)[0]
                    text = None if value is None else str(value)
                    found.append(OwnCell(store.store, table, column, leaf, text, why_not(store, live, table, column)))
    finally:
        session.rollback()
    return found
