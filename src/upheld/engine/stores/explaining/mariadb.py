"""MariaDB explains: EXPLAIN FORMAT=JSON of the statement with ten keys that hardly any row bears, whose kinds are those of the columns.

With so few keys any index that fits is chosen; a table that is read from end to end all the same has none. The engine refuses to explain what writes
or locks in a READ ONLY transaction, so that the caller's transaction ends and one that may write is asked, runs nothing, and is rolled back by the
caller. Not taken: a SELECT in place of each UPDATE and DELETE; the engine may find rows by another way for it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from upheld.engine.estate.model import LiveColumn, StoreCatalogue
from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Param, Statement

KEYS = 10
HIGHEST = 2_147_483_647  # numbers that keys seldom come to; a column that cannot hold them is found by its index all the same
WHOLE = frozenset({"ALL", "index", "hash_ALL", "hash_index"})
SIZES = (
    "SELECT TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_ROWS IS NOT NULL"
)
_NAMED = re.compile(r'(?:FROM|JOIN|UPDATE|,)\s+"((?:[^"]|"")+)"\s+AS\s+(\w+)')
_FIRST_DAY = date(1000, 1, 1)


def sizes(store: Store, tables: Sequence[str]) -> dict[str, int]:
    """Rows of these tables, as InnoDB estimates. One statement."""
    found = {str(name): int(str(rows)) for name, rows in store.rows(Statement(SIZES, {}), lambda _: None)}
    return {name: found[name] for name in tables if name in found}


def whole_reads(store: Store, statement: Statement, live: StoreCatalogue) -> frozenset[str]:
    """Tables whose alias is read whole. Where several tables bear it, all of them: what they lack is asked afterwards."""
    writes = statement.sql.startswith(("DELETE", "UPDATE"))
    store.rollback()
    store.begin()
    found: set[str] = set()
    for sql in (statement.sql, *statement.columns) if writes else (statement.sql,):
        explained = Statement(f"EXPLAIN FORMAT=JSON {sql}", statement.params)
        [(plan,)] = store.rows(explained, lambda param: _stand_in(param, live))
        read = {str(one.get("table_name")) for one in _tables(json.loads(str(plan))) if one.get("access_type") in WHOLE}
        found |= {table.replace('""', '"') for table, alias in _NAMED.findall(sql) if alias in read or table in read}
    return frozenset(found)


def _tables(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield from (below for name, below in node.items() if name == "table" and isinstance(below, dict))
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _tables(below)


def _stand_in(param: Param, live: StoreCatalogue) -> object:
    """What the parameter might hold, of no person: rows of ten keys, a day, a word."""
    match param.kind:
        case "first-day":
            return _FIRST_DAY.isoformat()
        case "secret":
            return ""
        case "set" | "roots":
            columns = {column.name: column for column in live.tables[param.table].columns}
            rows = [tuple(_value(columns.get(name), n) for name in param.columns) for n in range(KEYS)]
            return rows if len(param.columns) != 1 else [row[0] for row in rows]
    if len(param.columns) > 1:
        return [(f"nobody-{n}", 0) for n in range(KEYS)]
    return [f"nobody-{n}" for n in range(KEYS)]


def _value(column: LiveColumn | None, n: int) -> object:
    """One key that such a column can hold. A column that is none of the table's is the number of a subject."""
    match column.family if column else "integer":
        case "integer" | "boolean" | "number":
            return HIGHEST - n
        case "date":
            return _FIRST_DAY + timedelta(n)
        case "timestamp":
            return datetime.combine(_FIRST_DAY, time()) + timedelta(n)
        case "binary":
            return b"nobody" + bytes([n])
        case "uuid":
            return uuid.UUID(int=n)
    return f"nobody-{n}"[-(column.length or 8) :] if column else n
