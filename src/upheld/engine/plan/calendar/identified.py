"""A table and an identity link become the other tables that say something of the same person: root tables of the kind first, then further bearers.

The identifier stands in the row, or in the nearest row that owns it; a root row bears its own. Other stores count like this one: with an identity link
they are as near. Backups say nothing of today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from upheld.engine.estate.model import Estate, StoreMap, Table
from upheld.engine.plan.calendar.ways import ways
from upheld.engine.plan.ends import UNTOLD, Elsewhere, Ends, Hop, Over, is_known, last

Ask = Callable[[StoreMap, Table], Ends]


@dataclass(frozen=True, slots=True)
class Bearer:
    """`hops` lead from a row to the one that bears an identifier of a person of `kind` in `column`."""

    hops: tuple[Hop, ...]
    table: str
    column: str
    form: str
    kind: str


def elsewhere(estate: Estate, store: StoreMap, table: Table, ask: Ask) -> Ends:
    """What the nearest tables answer of the row's person; unknown where none can. `ask` is asked of each such table, within its own store."""
    found: list[Ends] = []
    for bearer in bearers(store, table):
        for level in (_roots, _others):
            told = [(s, t, at, ask(s, t)) for s, t, at in level(estate, store, bearer)]
            here = [
                Elsewhere(bearer.column, bearer.form, bearer.kind, s.store, t.name, at, ends)
                for s, t, at, ends in told
                if is_known(ends)
            ]
            found += [Over(bearer.hops, one) if bearer.hops else one for one in here]
            if here:
                break
    return last(*found) if found else UNTOLD


def bearers(store: StoreMap, table: Table) -> Iterator[Bearer]:
    """Where the row's person is named: in the row, else in the nearest rows that own it."""
    for way in ways(store, table.name, _identifying, far=False):
        there = store.tables[way.table]
        for link in there.identity:
            yield Bearer(way.hops, there.name, link.column, link.form, link.kind)
        for identifier in there.identifies if there.root else ():
            yield Bearer(way.hops, there.name, identifier.column, identifier.form, there.root or "")


def _identifying(table: Table) -> tuple[str, ...]:
    own = (i.column for i in table.identifies) if table.root else ()
    return tuple(dict.fromkeys((*(link.column for link in table.identity), *own)))


def _roots(estate: Estate, store: StoreMap, bearer: Bearer) -> Iterator[tuple[StoreMap, Table, str]]:
    for other, table in _tables(estate, store, bearer):
        for identifier in table.identifies if table.root == bearer.kind else ():
            if identifier.form == bearer.form:
                yield other, table, identifier.column


def _others(estate: Estate, store: StoreMap, bearer: Bearer) -> Iterator[tuple[StoreMap, Table, str]]:
    for other, table in _tables(estate, store, bearer):
        for link in table.identity if table.root != bearer.kind else ():
            if (link.form, link.kind) == (bearer.form, bearer.kind):
                yield other, table, link.column


def _tables(estate: Estate, store: StoreMap, bearer: Bearer) -> Iterator[tuple[StoreMap, Table]]:
    for _, other in sorted(estate.stores.items()):
        for table in other.tables.values() if other.kind != "backup" else ():
            if (other.store, table.name) != (store.store, bearer.table):
                yield other, table
