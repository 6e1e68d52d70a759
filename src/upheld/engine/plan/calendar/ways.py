"""A table and an event become the way from a row to the rows that bear it, along the owning links of the estate.

The row itself first; then the rows that own it, the nearest; then rows that it owns; then rows that its owners own. All tables at the nearest
distance count. Not taken: foreign keys; a key is no link until the file says so, or a definition names it as the way to its event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from upheld.engine.estate.model import Event, OwningLink, StoreCatalogue, StoreMap, Table
from upheld.engine.plan.ends import Hop

Bears = Callable[[Table], tuple[str, ...]]
FARTHEST = 8
Level = list[tuple[tuple[Hop, ...], str]]


@dataclass(frozen=True, slots=True)
class Way:
    """Hops to a table, none for the row itself, and the columns there."""

    hops: tuple[Hop, ...]
    table: str
    columns: tuple[str, ...]


def ways(store: StoreMap, table: str, bears: Bears, *, far: bool = True) -> tuple[Way, ...]:
    """The nearest tables that bear what is wanted. `far`: also down to rows that the row, or one of its owners, owns."""
    if own := bears(store.tables[table]):
        return (Way((), table, own),)
    owners = list(_levels(store, table, _up))
    found = _nearest(store, owners, bears)
    if found or not far:
        return found
    here: Level = [((), table)]
    for level in [here, *owners]:
        downs: list[Way] = []
        for hops, name in level:
            below = _nearest(store, _levels(store, name, _down), bears)
            downs += [Way((*hops, *way.hops), way.table, way.columns) for way in below if way.table != table or hops]
        if downs:
            return tuple(dict.fromkeys(downs))
    return ()


def along(
    store: StoreMap, live: StoreCatalogue | None, table: str, path: tuple[str, ...], bears: Bears, *, far: bool
) -> tuple[Way, ...]:
    """A key path from the nearest rows that have its first key: every key names its column, and is a foreign key or an owning link."""

    def begins(one: Table) -> tuple[str, ...]:
        return path[:1] if _key(store, live, one.name, path[0]) else ()

    found = []
    for way in ways(store, table, begins, far=far):
        hops, name = way.hops, way.table
        for column in path:
            hop = _key(store, live, name, column)
            if hop is None:
                break
            hops, name = (*hops, hop), hop.table
        else:
            if columns := bears(store.tables[name]):
                found.append(Way(hops, name, columns))
    return tuple(found)


def _key(store: StoreMap, live: StoreCatalogue | None, table: str, column: str) -> Hop | None:
    """The hop by the key that has this column; the narrowest, if several have."""
    linked = [hop for hop in _up(store, table) if column in hop.at]
    keys = live.tables[table].foreign_keys if live is not None and table in live.tables else ()
    led = [Hop(k.target, k.target_columns, k.columns, True) for k in keys if column in k.columns and k.target in store.tables]
    return min((*linked, *led), key=lambda hop: len(hop.at), default=None)


def owners(store: StoreMap, table: str) -> tuple[tuple[Hop, ...], ...]:
    """Every way from a row up to a row that is a person; none for a person's own."""
    found: list[tuple[Hop, ...]] = []
    open_ways: list[tuple[tuple[Hop, ...], str]] = [((), table)]
    while open_ways:
        hops, name = open_ways.pop()
        for hop in _up(store, name):
            if any(hop.table == before.table for before in hops) or hop.table == table:
                continue
            if store.tables[hop.table].root:
                found.append((*hops, hop))
            open_ways.append(((*hops, hop), hop.table))
    return tuple(sorted(found, key=repr))


def event_columns(event: str) -> Bears:
    """The columns of a table that hold the moment of this event."""
    return lambda table: tuple(c.name for c in table.columns if isinstance(c.role, Event) and c.role.event == event)


def back(store: StoreMap, table: str, hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """The same way walked from its end to a row of `table`."""
    tables = [table, *(hop.table for hop in hops)]
    return tuple(Hop(tables[n], hop.at, hop.columns, not hop.up, hop.when) for n, hop in reversed(list(enumerate(hops))))


def _levels(store: StoreMap, table: str, step: Callable[[StoreMap, str], Iterator[Hop]]) -> Iterator[Level]:
    """Tables one step away, two steps away … each once, with the hops to it."""
    seen = {table}
    level: Level = [((), table)]
    for _ in range(FARTHEST):
        further: Level = []
        for hops, name in level:
            for hop in step(store, name):
                if hop.table not in seen or any(hop.table == t for _, t in further):
                    further.append(((*hops, hop), hop.table))
        seen |= {name for _, name in further}
        if not further:
            return
        level = further
        yield level


def _nearest(store: StoreMap, levels: Iterator[Level] | list[Level], bears: Bears) -> tuple[Way, ...]:
    for level in levels:
        found = [Way(hops, name, columns) for hops, name in level if (columns := bears(store.tables[name]))]
        if found:
            return tuple(found)
    return ()


def _up(store: StoreMap, table: str) -> Iterator[Hop]:
    for link in store.tables[table].owning:
        if link.parent in store.tables:
            yield Hop(link.parent, link.parent_columns, link.columns, True, link.when)


def _down(store: StoreMap, table: str) -> Iterator[Hop]:
    for name in sorted(store.tables):
        for link in _links_to(store.tables[name], table):
            yield Hop(name, link.columns, link.parent_columns, False, link.when)


def _links_to(table: Table, parent: str) -> list[OwningLink]:
    return [link for link in table.owning if link.parent == parent]
