"""Stores become counts of half-erased rows, by table: children with personal data whose person is gone or blank.

A standing question, asked daily and by drift; rows that an erasure kept on a ground are among them, and the caller takes them off by
their stored keys. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.stores import Store
from upheld.engine.stores.sql.ruins import ruins_of


def half_erased(estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store]) -> dict[tuple[str, str], int]:
    """Half-erased rows by (store, table), tables without any left out. One statement per owned table; StoreFault where one fails.

    Not promised: what a NOT NULL column says; its replacement cannot be told from a value.
    """
    found: dict[tuple[str, str], int] = {}
    for name, store in estate.stores.items():
        if name not in stores or name not in catalogue.stores or store.kind == "backup":
            continue
        for table in store.tables.values():
            statement = ruins_of(store, table, catalogue.stores[name])
            if statement is None:
                continue
            [(count,)] = stores[name].rows(statement, lambda _: None)
            if int(str(count)):
                found[name, table.name] = int(str(count))
    return found
