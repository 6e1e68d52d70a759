"""A statement becomes the tables that the engine would read from end to end, without running it and without any value of a person.

Asked inside a transaction of the caller, who rolls it back. An engine that is not known here says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.stores.explaining import mariadb, postgresql, sqlite
from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Statement

EXPLAINED = frozenset({"postgresql", "sqlite", "mariadb"})  # engines that are asked
COUNTED_ROWS = 100_001  # a table is counted so far where the engine keeps no estimate


def sizes(store: Store, tables: Iterable[str]) -> dict[str, int]:
    """Rows by table, as the engine estimates; where it keeps none, counted up to COUNTED_ROWS. One statement, in SQLite one a table."""
    wanted = sorted(set(tables))
    if store.engine == "postgresql":
        return postgresql.sizes(store, wanted)
    if store.engine == "mariadb":
        return mariadb.sizes(store, wanted)
    return sqlite.sizes(store, wanted, COUNTED_ROWS) if store.engine == "sqlite" else {}


def whole_reads(store: Store, statement: Statement, live: StoreCatalogue) -> frozenset[str]:
    """The tables that the engine would read from end to end for this statement. Nothing runs; no value of anybody is sent.

    `live` is the schema that the statement was written for. On MariaDB the caller's transaction ends and another begins.
    """
    if store.engine == "postgresql":
        return postgresql.whole_reads(store, statement)
    if store.engine == "mariadb":
        return mariadb.whole_reads(store, statement, live)
    return sqlite.whole_reads(store, statement) if store.engine == "sqlite" else frozenset()
