"""A calendar plan becomes counts: rows past their date by step, and rows that no promise covers. Nothing is touched or locked.

One statement a table counts rows by their flags; parts are made of the flags as a run makes them. What goes first in a run is taken as gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.calendar.elsewhere import people_of
from upheld.engine.execution.calendar.lists import scopes_of
from upheld.engine.execution.chunks.sets import KeySet, divide
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.plan.calendar import Finding, Retention
from upheld.engine.plan.errors import drifted
from upheld.engine.plan.model import Binding, Refused
from upheld.engine.plan.plans import Preview, StorePlan
from upheld.engine.plan.steps import (
    BlankColumns,
    CountInto,
    CutLink,
    DeleteRows,
    HandOver,
    HoldRows,
    Past,
    SelectDue,
    SuppressGroups,
)
from upheld.engine.stores import Store
from upheld.engine.stores.sql.calendar import bare_rows, waiting_rows
from upheld.engine.stores.sql.statements import Script, Statement


def preview_due(found: Retention, estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store],
                lists: tuple[Binding, ...] = (), *, secret: str) -> Preview | Refused:  # fmt: skip
    """Rows by store and step. `secret`: the run's own, for a cell that bears its token is blank. `lists`: kept rows by key, as a run takes them. Refused: L202 drift. StoreFault where a store is out of reach. One snapshot a store."""
    rows: dict[tuple[str, int], int] = {}
    named = scopes_of(found.lists, lists)
    for part in found.plan.stores:
        store, live, session = estate.stores[part.store], catalogue.stores[part.store], stores[part.store]
        script = session.counting(part, live, store.region or store.place)
        people = people_of(script.statements.values(), part.store, estate, catalogue, stores, found.day, secret, named)
        values = ChunkValues(store, {"": (), **named}, found.day, secret, people=people)
        session.begin(snapshot=True)
        try:
            if session.fingerprint() != live.fingerprint:
                return drifted(part.store)
            rows |= counted(part, script, session, values)
        finally:
            session.rollback()
    return Preview(rows, 0)


def counted(part: StorePlan, script: Script, session: Store, values: ChunkValues) -> dict[tuple[str, int], int]:
    """Rows by store and step, in the session's open snapshot."""
    rows: dict[tuple[str, int], int] = {}
    parts: dict[str, dict[str, int]] = {}
    for number, step in enumerate(part.steps):
        match step:
            case SelectDue():
                parts[step.wanted.table] = _by_part(step, session.rows(script.statements[number], values))
                rows[part.store, number] = parts[step.wanted.table][""]
            case CutLink() | BlankColumns() | DeleteRows() if number in script.statements:
                [(count,)] = session.rows(script.statements[number], values)
                rows[part.store, number] = int(str(count))
            case HoldRows():
                rows[part.store, number] = parts[step.table].get(step.part, 0)
            case BlankColumns() | DeleteRows() | SuppressGroups() | CountInto() | HandOver():
                [path] = step.rows.paths
                rows[part.store, number] = parts[step.rows.table].get(getattr(path, "part", ""), 0)
            case _:
                pass
    return rows


def _by_part(step: SelectDue, counted: Iterable[tuple[object, ...]]) -> dict[str, int]:
    """Rows by part, and all under an empty name: each set of flags stands for as many rows as bear it."""
    kinds = list(counted)
    weights = [int(str(kind[-1])) for kind in kinds]
    found = KeySet((), [() for _ in kinds], 0)
    for at, flag in enumerate(f for f in step.wanted.flags if isinstance(f.test, Past)):
        found.flags[flag.name] = {n for n, kind in enumerate(kinds) if kind[at]}
    divide({step.wanted.table: found}, [step.wanted])
    return {"": sum(weights), **{name: sum(weights[n] for n in members) for name, members in found.parts.items()}}


def count_bare(found: Retention, estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store],
               lists: tuple[Binding, ...] = ()) -> dict[Finding, int]:  # fmt: skip
    """Rows that each finding concerns; findings without any are left out. `lists`: kept rows by key, as a run takes them."""
    concerned: dict[Finding, int] = {}
    for one in found.findings:
        store = estate.stores[one.store]
        if one.ends is None:
            statement = bare_rows(one.table, one.columns, store.engine)
        else:
            statement = waiting_rows(catalogue.stores[one.store], one.table, one.columns, one.ends, found.day, store.engine)
        [(count,)] = _of_finding(found, one, statement, estate, catalogue, stores, lists)
        if int(str(count)):
            concerned[one] = int(str(count))
    return concerned


def keys_to_review(found: Retention, one: Finding, estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store],
                   lists: tuple[Binding, ...] = ()) -> list[tuple[object, ...]]:  # fmt: skip
    """The keys of the rows that wait for a person by this finding (L312), in order."""
    store = estate.stores[one.store]
    assert one.ends is not None
    key = store.tables[one.table].key
    statement = waiting_rows(catalogue.stores[one.store], one.table, one.columns, one.ends, found.day, store.engine, key)
    return _of_finding(found, one, statement, estate, catalogue, stores, lists)


def _of_finding(found: Retention, one: Finding, statement: Statement, estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store],
                lists: tuple[Binding, ...]) -> list[tuple[object, ...]]:  # fmt: skip
    named = scopes_of(found.lists, lists)
    people = people_of([statement], one.store, estate, catalogue, stores, found.day, "", named)
    values = ChunkValues(estate.stores[one.store], {"": (), **named}, found.day, "", people=people)
    return list(stores[one.store].rows(statement, values))
