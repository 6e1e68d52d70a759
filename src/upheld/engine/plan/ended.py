"""Rows that stood on a ground which has ended become rows that an ordinary plan begins at, as it begins at a person's root row.

Nothing in such a row need name anybody any more, so it is bound by its own key; what hangs on it follows by the links of the estate, promises and holds
of now keep what they keep. Pure. Not taken: a plan of its own kind; what ends here is what every erasure ends, with the same guards and read-backs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from upheld.engine.estate.model import Estate, Event, Key, NotPersonal, Role, StoreMap, Table

HELD = "held row"  # no kind of person bears a blank


def rooted_at(estate: Estate, places: Iterable[tuple[str, str]], roles: frozenset[str] = frozenset()) -> Estate:
    """The estate in which rows of these (store, table) may be bound by key. Tables that are roots anyway stay as they are.

    Of a table that several share, a row's own part goes: the columns that the rules of `roles` call their own. Whether another owner is
    left is not asked again, so such a row is never deleted.
    """
    wanted: dict[str, set[str]] = {}
    for store, table in places:
        if store in estate.stores and table in estate.stores[store].tables and estate.stores[store].tables[table].root is None:
            wanted.setdefault(store, set()).add(table)
    if not wanted:
        return estate
    return replace(
        estate, stores={name: _store(store, wanted.get(name, set()), roles) for name, store in estate.stores.items()}
    )


def _store(store: StoreMap, tables: set[str], roles: frozenset[str]) -> StoreMap:
    if not tables:
        return store
    shared = {name for name in tables if store.tables[name].shared}
    found = {name: _rooted(table, roles) if name in tables else table for name, table in store.tables.items()}
    # A part of a shared row hands nothing on: its children were judged by the role in which they hung on it.
    for name, table in found.items():
        found[name] = replace(table, owning=tuple(link for link in table.owning if link.parent not in shared))
    return replace(store, tables=found)


def _rooted(table: Table, roles: frozenset[str]) -> Table:
    if not table.shared:
        # A row that is cut loose is blanked first; by key there is no link left to cut.
        erasure: Literal["delete", "blank"] = "delete" if table.erasure == "delete" else "blank"
        return replace(table, root=HELD, erasure=erasure)
    mine = {column for role, rule in table.shared.items() if role in roles and rule.erasure != "keep" for column in rule.mine}
    columns = tuple(column if column.name in mine else replace(column, role=_left(column.role)) for column in table.columns)
    return replace(table, root=HELD, erasure="blank", shared={}, owning=(), identity=(), columns=columns)


def _left(role: Role) -> Role:
    """A column that is not this owner's; days that an end is counted from still count."""
    match role:
        case Key():
            return role
        case Event():
            return replace(role, leaf=None)
        case _:
            return NotPersonal("another owner's")
