"""SQLite explains: EXPLAIN QUERY PLAN names the alias of each table that it scans; the statement says which table bears it.

A scan along an index that is only read in its order is a scan all the same. Tables are counted to a bound, since SQLite keeps no estimate of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Statement
from upheld.engine.stores.sql.writer import quoted

_SCAN = re.compile(r"SCAN (?:TABLE )?(\S+)")
_NAMED = re.compile(r'(?:FROM|JOIN|UPDATE|,)\s+"((?:[^"]|"")+)"\s+AS\s+(\w+)')


def sizes(store: Store, tables: Sequence[str], at_most: int) -> dict[str, int]:
    """Rows of these tables, counted as far as `at_most`. One statement a table, some milliseconds each."""
    found = {}
    for name in tables:
        [(rows,)] = _rows(store, f"SELECT count(*) FROM (SELECT 1 FROM {quoted(name)} LIMIT {int(at_most)})")
        found[name] = int(str(rows))
    return found


def whole_reads(store: Store, statement: Statement) -> frozenset[str]:
    """Tables whose alias is scanned. Where several tables bear it, all of them: what they lack is asked afterwards."""
    found: set[str] = set()
    for sql in (statement.sql, *statement.columns) if _writes(statement) else (statement.sql,):
        explained = store.rows(Statement(f"EXPLAIN QUERY PLAN {sql}", statement.params), lambda _: None)
        scanned = {said[1] for row in explained if (said := _SCAN.match(str(row[3])))}
        for table, alias in _NAMED.findall(sql):
            if alias in scanned or table in scanned:
                found.add(table.replace('""', '"'))
    return frozenset(found)


def _writes(statement: Statement) -> bool:
    return statement.sql.startswith(("DELETE", "UPDATE"))


def _rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    return store.rows(Statement(sql, {}), lambda _: None)
