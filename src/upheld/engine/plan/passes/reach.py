"""Owning and identity links of one store become paths per table, and the order in which sets are read.

Parents first; tables that own each other are one component and one recursive statement. Only tables that a root or an
identity link reaches take part. Follows no foreign key: a link is what the estate says it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from upheld.engine.estate.model import OwningLink, StoreMap, Table
from upheld.engine.plan.passes.fates import Links
from upheld.engine.plan.passes.graph import components, is_cycle
from upheld.engine.plan.steps import ByForm, ByLink, ByRoots, Path


@dataclass(frozen=True, slots=True)
class Reached:
    """The reached tables of one store: components parents first, and each table's links."""

    order: tuple[tuple[str, ...], ...]
    cycles: frozenset[tuple[str, ...]]
    links: dict[str, Links]

    def tables(self) -> tuple[str, ...]:
        return tuple(t for component in self.order for t in component)

    def hanging_on(self, table: str) -> tuple[str, ...]:
        """Reached tables with an owning link to `table`."""
        return tuple(t for t in self.tables() if any(link.parent == table for link, _ in self.links[t].owning))


def reached(store: StoreMap) -> Reached:
    """What this store's links reach, starting from roots and identity links."""
    tables = _closure(store)
    edges = {t: frozenset(link.parent for link in store.tables[t].owning if link.parent in tables) for t in tables}
    order = components(tables, edges)
    links = {t: _links(store, store.tables[t], tables) for t in tables}
    return Reached(tuple(order), frozenset(c for c in order if is_cycle(c, edges)), links)


def _closure(store: StoreMap) -> frozenset[str]:
    known = {name for name, table in store.tables.items() if table.root is not None or table.identity}
    while True:
        more = {
            name
            for name, table in store.tables.items()
            if name not in known and any(link.parent in known for link in table.owning)
        }
        if not more:
            return frozenset(known)
        known |= more


def _links(store: StoreMap, table: Table, tables: frozenset[str]) -> Links:
    paths: list[tuple[str, Path]] = []
    owning: list[tuple[OwningLink, ByLink]] = []
    if table.root is not None:
        paths.append(("owner", ByRoots()))
    for link in table.owning:
        if link.parent not in tables:
            continue
        for role, path in _by_link(store, table, link):
            paths.append((role, path))
            owning.append((link, path))
    for identity in table.identity:
        paths.append((identity.role, ByForm(identity.column, identity.form, identity.kind)))
    return Links(tuple(paths), tuple(owning))


def _by_link(store: StoreMap, table: Table, link: OwningLink) -> list[tuple[str, ByLink]]:
    parent = store.tables[link.parent]
    if parent.shared and link.role == "owner" and table.shared:
        return [
            (role, ByLink(link.columns, link.parent, link.parent_columns, f"@{role}", link.when))
            for role in sorted(parent.shared)
            if role in table.shared
        ]
    return [(link.role, ByLink(link.columns, link.parent, link.parent_columns, "", link.when))]
