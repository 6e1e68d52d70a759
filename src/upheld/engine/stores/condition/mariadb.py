"""A MariaDB or MySQL store becomes its Condition: what new sessions begin with, what a crash would take back, whose rights views and routines use.

Read as whatever role is connected: without SHOW VIEW the text of a view is not told, without rights on a routine its source is not, and other
databases only as far as the role sees them. What only this session set for itself is not asked: all settings are the server's own. Statistics tell
here neither their age nor how many rows changed since, so that nothing is said of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from upheld.engine.estate.drift.condition import Condition, Routine, TableState, View
from upheld.engine.estate.model import LiveForeignKey, StoreCatalogue
from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.mariadb import MariaDB
from upheld.engine.stores.sql.statements import Statement
from upheld.engine.stores.sql.writer import quoted

WELL = {
    "innodb_flush_log_at_trx_commit": ("1", "3"),
    "sync_binlog": ("1",),
    "innodb_doublewrite": ("ON", "FAST", "DETECT_AND_RECOVER", "1"),
    "innodb_file_per_table": ("ON", "1"),
    "innodb_stats_auto_recalc": ("ON", "1"),
    "foreign_key_checks": ("ON", "1"),
    "check_constraint_checks": ("ON", "1"),
}
STRICT = ("STRICT_TRANS_TABLES", "STRICT_ALL_TABLES")
ASKED = (*WELL, "sql_mode", "log_bin")
_ELSEWHERE = "NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')"

SETTINGS = f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({', '.join(repr(name) for name in ASKED)})"
TABLES = """
SELECT TABLE_NAME, COALESCE(TABLE_ROWS, 0), COALESCE(CREATE_OPTIONS, '') FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME
"""
VIEWS = f"""
SELECT TABLE_SCHEMA, TABLE_NAME, SECURITY_TYPE, COALESCE(VIEW_DEFINITION, ''), DATABASE() FROM information_schema.VIEWS
WHERE TABLE_SCHEMA {_ELSEWHERE} ORDER BY 1, 2
"""
ROUTINES = f"""
SELECT ROUTINE_SCHEMA, ROUTINE_NAME, LOWER(ROUTINE_TYPE), DEFINER, COALESCE(ROUTINE_DEFINITION, ''), DATABASE() FROM information_schema.ROUTINES
WHERE SECURITY_TYPE = 'DEFINER' AND ROUTINE_SCHEMA {_ELSEWHERE} ORDER BY 1, 2
"""
EVENTS = f"""
SELECT EVENT_SCHEMA, EVENT_NAME, 'event', DEFINER, EVENT_DEFINITION, DATABASE() FROM information_schema.EVENTS
WHERE EVENT_SCHEMA <> DATABASE() AND EVENT_SCHEMA {_ELSEWHERE} ORDER BY 1, 2
"""


def read(store: Store) -> Condition:
    """The catalogue's statements and five; one more for each foreign key, which looks each of its child rows up once and locks none."""
    return Condition(
        settings=_settings({str(name).lower(): str(value).upper() for name, value in _rows(store, SETTINGS)}),
        tables={
            str(name): TableState("", autovacuum="stats_auto_recalc=0" not in str(options).lower(), rows=int(str(rows)))
            for name, rows, options in _rows(store, TABLES)
        },
        routines=tuple(one for row in _rows(store, ROUTINES) + _rows(store, EVENTS) if (one := _routine(*row)) is not None),
        views=_views(_rows(store, VIEWS)),
        breaking=_breaking(store, store.catalogue()),
    )


def _settings(told: Mapping[str, str]) -> dict[str, bool]:
    """Whether each setting that this server has is as it should be; a binary log that is not written needs no care."""
    said = {name: told[name] in well for name, well in WELL.items() if name in told}
    said["sync_binlog"] = said.get("sync_binlog", True) or told.get("log_bin") in ("OFF", "0")
    said["sql_mode"] = any(mode in told.get("sql_mode", "").split(",") for mode in STRICT)
    return said


def _routine(schema: Any, name: Any, kind: Any, owner: Any, text: Any, here: Any) -> Routine | None:
    """None for one of another database that does not name this one."""
    if schema != here and not re.search(rf"(?<!\w){re.escape(str(here))}(?!\w)", str(text)):
        return None
    return Routine(str(name) if schema == here else f"{schema}.{name}", str(owner), str(text), str(kind))


def _views(rows: list[tuple[Any, ...]]) -> tuple[View, ...]:
    """Each view with the tables of this database that it reads, also through other views. The server keeps texts with every name in full."""
    reads: dict[str, set[str]] = {}
    for schema, name, _, text, here in rows:
        database = re.escape(str(here))
        places = {str(s) for s, *_ in rows} - {here}
        own = re.findall(rf"[`\"]{database}[`\"]\.[`\"]([^`\"]+)[`\"]", text)
        others = [f"{s}.{n}" for s in places for n in re.findall(rf"[`\"]{re.escape(s)}[`\"]\.[`\"]([^`\"]+)[`\"]", text)]
        reads[_place(schema, name, here)] = {*own, *others}
    while True:
        wider = {name: seen.union(*(reads.get(one, set()) for one in seen)) for name, seen in reads.items()}
        if wider == reads:
            break
        reads = wider
    return tuple(
        View(place, False, tuple(sorted(reads[place])), security == "INVOKER")
        for schema, name, security, _, here in rows
        for place in [_place(schema, name, here)]
    )


def _place(schema: Any, name: Any, here: Any) -> str:
    return str(name) if schema == here else f"{schema}.{name}"


def _breaking(store: Store, live: StoreCatalogue) -> dict[str, int]:
    """Rows that lead to rows that are not there, by table. Keys into other databases are left out: the role may not read there."""
    found: Counter[str] = Counter()
    # A count takes as long as its table is long, and holds nothing up.
    unlimited = "" if live.version.startswith("mysql") else "SET STATEMENT max_statement_time = 0 FOR "
    for name, table in live.tables.items():
        for key in table.foreign_keys:
            if key.target in live.tables:
                [(rows,)] = _rows(store, unlimited + _orphans(name, key))
                found[name] += int(str(rows))
    return {name: rows for name, rows in found.items() if rows}


def _orphans(table: str, key: LiveForeignKey) -> str:
    pairs = [(quoted(mine), quoted(theirs)) for mine, theirs in zip(key.columns, key.target_columns, strict=True)]
    joined = " AND ".join(f"child.{mine} = parent.{theirs}" for mine, theirs in pairs)
    leads = " AND ".join(f"child.{mine} IS NOT NULL" for mine, _ in pairs)
    child, parent = MariaDB().place(table), MariaDB().place(key.target)
    return f"SELECT COUNT(*) FROM {child} AS child LEFT JOIN {parent} AS parent ON {joined} WHERE {leads} AND parent.{pairs[0][1]} IS NULL"


def _rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return store.rows(Statement(sql, {}), lambda _: None)
