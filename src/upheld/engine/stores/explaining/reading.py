"""A statement becomes the tables that the engine would read from end to end, without running it and without any value.

Asked inside a read-only transaction of the caller. An engine that is not known here says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from upheld.engine.stores.explaining import postgresql, sqlite
from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Statement

EXPLAINED = frozenset({"postgresql", "sqlite"})  # engines that are asked
COUNTED_ROWS = 100_001  # a table is counted so far where the engine keeps no estimate


def sizes(store: Store, tables: Iterable[str]) -> dict[str, int]:
    """Rows by table, as the engine estimates; where it keeps none, counted up to COUNTED_ROWS. One statement, in SQLite one a table."""
    wanted = sorted(set(tables))
    if store.engine == "postgresql":
        return postgresql.sizes(store, wanted)
    return sqlite.sizes(store, wanted, COUNTED_ROWS) if store.engine == "sqlite" else {}


def whole_reads(store: Store, statement: Statement) -> frozenset[str]:
    """The tables that the engine would read from end to end for this statement. Nothing runs; no value is sent."""
    if store.engine == "postgresql":
        return postgresql.whole_reads(store, statement)
    return sqlite.whole_reads(store, statement) if store.engine == "sqlite" else frozenset()
