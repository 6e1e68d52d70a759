"""A live MariaDB or MySQL database becomes a StoreCatalogue, in nine queries whatever the number of tables.

Reads schemas only, never a row, and only the connection's database. The fingerprint is one statement whose lines are hashed here: GROUP_CONCAT would cut
them short without an error. Events of the scheduler count as triggers of every table that they name: they may copy what is erased.
Assumes the session's modes, under which the server shows names in double quotes.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import Any

from pymysql.connections import Connection

from upheld.engine.estate.model import LiveColumn, LiveForeignKey, LiveIndex, LiveTable, LiveTrigger, StoreCatalogue
from upheld.engine.stores.faults import StoreFault

Rows = list[tuple[Any, ...]]
SEES_ALL = "Give the role UPDATE, DELETE and TRIGGER on the whole database beside SELECT: with SELECT alone the server hides half of the schema."


def reflect(connection: Connection, store: str) -> StoreCatalogue:
    """The schema of every table and view of the current database. Cost: ten statements."""
    maria, version = _version(connection)
    checks, documents = _checks(connection, maria)
    columns = _columns(connection, documents)
    indexes, keys = _indexes(connection, maria)
    foreign_keys = _foreign_keys(connection, store)
    partitions = {name: expression for name, expression in _rows(connection, _PARTITIONS)}
    tables = _rows(connection, _TABLES)
    triggers = _triggers(connection, [name for name, *_ in tables])
    live = {}
    for name, type_, engine, estimate in tables:
        if type_ == "SEQUENCE":
            continue
        found = tuple(columns.get(name, ()))
        live[name] = LiveTable(
            name=name,
            columns=found,
            primary_key=keys.get(name, ()),
            foreign_keys=tuple(foreign_keys.get(name, ())),
            indexes=tuple(indexes.get(name, ())),
            checks=tuple(checks.get(name, ())),
            triggers=tuple(triggers.get(name, ())),
            estimate=int(estimate or 0),
            kind=_kind(type_, engine, name in partitions),
            partition_key=_named(partitions.get(name) or "", found),
            storage="versioned" if type_ == "SYSTEM VERSIONED" else engine or "",
        )
    return StoreCatalogue(store, "mariadb", version if maria else f"mysql {version}", live, fingerprint(connection))


def fingerprint(connection: Connection) -> str:
    """SHA-256 (hex) of the whole schema: columns, keys, indexes, checks, triggers and events with their source, views. One statement."""
    maria, _ = _version(connection)
    lines = sorted(str(line) for (line,) in _rows(connection, _fingerprint(maria)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _version(connection: Connection) -> tuple[bool, str]:
    whole = str(connection.get_server_info())
    return "mariadb" in whole.lower(), whole.removeprefix("5.5.5-").split("-")[0]


def _rows(connection: Connection, sql: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _kind(type_: str, engine: str | None, partitioned: bool) -> Any:
    if type_ in ("VIEW", "SYSTEM VIEW"):
        return "view"
    if (engine or "").upper() in ("FEDERATED", "FEDERATEDX", "CONNECT", "SPIDER", "S3"):
        return "foreign"
    return "partitioned" if partitioned else "table"


def _named(expression: str, columns: tuple[LiveColumn, ...]) -> tuple[str, ...]:
    """The columns that a partition's expression names, in the table's order."""
    words = set(re.findall(r"\w+", expression))
    return tuple(column.name for column in columns if column.name in words)


# ---- columns ---------------------------------------------------------------------------------------------------------


def _columns(connection: Connection, documents: set[tuple[str, str]]) -> dict[str, list[LiveColumn]]:
    found: dict[str, list[LiveColumn]] = defaultdict(list)
    for table, name, data, type_, nullable, default, extra, length, position, collation, expression in _rows(
        connection, _COLUMNS
    ):
        family: Any = "json" if (table, name) in documents else _family(data, type_)
        column = LiveColumn(
            name=name,
            type="json" if family == "json" else type_,
            family=family,
            nullable=nullable == "YES",
            default=_default(default, extra, expression),
            generated=bool(expression),
            length=length if data in ("varchar", "char") else None,
            position=position,
            collation=collation or "",
        )
        found[table].append(column)
    return found


def _default(default: str | None, extra: str, expression: str | None) -> str | None:
    """A generated column's expression stands where a default would; what the engine does at each update stands behind it."""
    if expression:
        return expression
    said = None if default in (None, "NULL") else str(default)
    changed = re.search(r"on update .*", extra or "", re.IGNORECASE)
    return f"{said or ''} {changed[0].lower()}".strip() if changed else said


_FAMILIES = {
    "char": "text", "varchar": "text", "tinytext": "text", "text": "text", "mediumtext": "text", "longtext": "text", "enum": "text",
    "tinyint": "integer", "smallint": "integer", "mediumint": "integer", "int": "integer", "bigint": "integer", "year": "integer",
    "decimal": "number", "float": "number", "double": "number", "date": "date", "datetime": "timestamp", "timestamp": "timestamp",
    "json": "json", "binary": "binary", "varbinary": "binary", "tinyblob": "binary", "blob": "binary", "mediumblob": "binary",
    "longblob": "binary", "uuid": "uuid",
}  # fmt: skip


def _family(data: str, type_: str) -> Any:
    if type_ in ("tinyint(1)", "bit(1)"):
        return "boolean"
    return _FAMILIES.get(data, "other")


def _checks(connection: Connection, maria: bool) -> tuple[dict[str, list[tuple[str, str]]], set[tuple[str, str]]]:
    """Checks by table, and the columns that are documents: MariaDB's JSON is a text with a check that it can be read."""
    checks: dict[str, list[tuple[str, str]]] = defaultdict(list)
    documents: set[tuple[str, str]] = set()
    for table, name, clause in _rows(connection, _CHECKS_MARIADB if maria else _CHECKS_MYSQL):
        document = re.fullmatch(r"json_valid\([\"`](.*)[\"`]\)", clause)
        if document:
            documents.add((table, document[1]))
        else:
            checks[table].append((name, clause))
    return checks, documents


# ---- keys and triggers -----------------------------------------------------------------------------------------------


def _indexes(connection: Connection, maria: bool) -> tuple[dict[str, list[LiveIndex]], dict[str, tuple[str, ...]]]:
    parts: dict[tuple[str, str], list[tuple[str, bool, bool]]] = defaultdict(list)
    for table, name, column, unique, prefix, expression in _rows(connection, _indexes_sql(maria)):
        parts[table, name].append((column or f"({expression})", bool(unique), prefix is not None))
    found: dict[str, list[LiveIndex]] = defaultdict(list)
    keys: dict[str, tuple[str, ...]] = {}
    for (table, name), columns in parts.items():
        names = tuple(column for column, _, _ in columns)
        if name == "PRIMARY":
            keys[table] = names
        # An index of beginnings says nothing of whole values.
        whole = not any(prefix for _, _, prefix in columns)
        found[table].append(LiveIndex(name, names, columns[0][1] and whole))
    return found, keys


def _foreign_keys(connection: Connection, store: str) -> dict[str, list[LiveForeignKey]]:
    grouped: dict[tuple[str, str], Rows] = defaultdict(list)
    for table, name, *rest in _rows(connection, _KEY_COLUMNS):
        grouped[table, name].append(tuple(rest))
    actions = {
        (table, name): (deleted.lower(), updated.lower()) for table, name, deleted, updated in _rows(connection, _ACTIONS)
    }
    found: dict[str, list[LiveForeignKey]] = defaultdict(list)
    for (table, name), parts in grouped.items():
        if (table, name) not in actions:
            # A role that may only read sees that there is a key, and not what it does when a row goes: no plan is made of half of it.
            raise StoreFault("X161", f"{store} ({table}: what its foreign keys do)", help=SEES_ALL)
        columns, targets = tuple(part[0] for part in parts), tuple(part[2] for part in parts)
        found[table].append(LiveForeignKey(name, columns, parts[0][1], targets, *actions[table, name]))
    return found


def _triggers(connection: Connection, tables: list[str]) -> dict[str, list[LiveTrigger]]:
    found: dict[str, list[LiveTrigger]] = defaultdict(list)
    for table, name, event, timing, source in _rows(connection, _TRIGGERS):
        found[table].append(LiveTrigger(name, (event.lower(),), f"{timing} {event}\n{source}"))
    for name, source in _rows(connection, _EVENTS):
        words = set(re.findall(r"\w+", source))
        for table in tables:
            if table in words:
                found[table].append(LiveTrigger(name, ("update", "delete"), f"EVENT\n{source}"))
    return found


_TABLES = """
SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME
"""
_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, CHARACTER_MAXIMUM_LENGTH, ORDINAL_POSITION,
       COLLATION_NAME, NULLIF(GENERATION_EXPRESSION, '')
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
_CHECKS_MARIADB = """
SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()
ORDER BY TABLE_NAME, CONSTRAINT_NAME
"""
_CHECKS_MYSQL = """
SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS c
JOIN information_schema.TABLE_CONSTRAINTS t USING (CONSTRAINT_SCHEMA, CONSTRAINT_NAME)
WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.ENFORCED = 'YES' ORDER BY 1, 2
"""
_KEY_COLUMNS = """
SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME,
       CASE WHEN REFERENCED_TABLE_SCHEMA = DATABASE() THEN REFERENCED_TABLE_NAME
            ELSE CONCAT(REFERENCED_TABLE_SCHEMA, '.', REFERENCED_TABLE_NAME) END,
       REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
"""
_ACTIONS = """
SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()
"""
_TRIGGERS = """
SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, EVENT_MANIPULATION, ACTION_TIMING, ACTION_STATEMENT FROM information_schema.TRIGGERS
WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY EVENT_OBJECT_TABLE, TRIGGER_NAME
"""
_EVENTS = (
    "SELECT EVENT_NAME, EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY EVENT_NAME"
)
_PARTITIONS = """
SELECT DISTINCT TABLE_NAME, CONCAT_WS(' ', PARTITION_EXPRESSION, SUBPARTITION_EXPRESSION) FROM information_schema.PARTITIONS
WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL ORDER BY TABLE_NAME
"""


def _indexes_sql(maria: bool) -> str:
    expression = "NULL" if maria else "EXPRESSION"
    return f"""
SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, NON_UNIQUE = 0, SUB_PART, {expression} FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
"""


def _fingerprint(maria: bool) -> str:
    """Lines of everything that `reflect` looks at, estimates aside."""
    expression = "NULL" if maria else "EXPRESSION"
    checks = _CHECKS_MARIADB if maria else _CHECKS_MYSQL
    parts = {
        "r": "SELECT CONCAT_WS('|', 'r', TABLE_NAME, TABLE_TYPE, ENGINE) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
        "a": "SELECT CONCAT_WS('|', 'a', TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COALESCE(COLUMN_DEFAULT, '-'), EXTRA, "
        "COALESCE(COLLATION_NAME, '-'), COALESCE(GENERATION_EXPRESSION, '-'), ORDINAL_POSITION) "
        "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
        "i": f"SELECT CONCAT_WS('|', 'i', TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COALESCE(COLUMN_NAME, '-'), NON_UNIQUE, COALESCE(SUB_PART, '-'), "
        f"COALESCE({expression}, '-')) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()",
        # Two lists and no join, which costs ten times as much as all the rest here.
        "k": "SELECT CONCAT_WS('|', 'k', TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, "
        "REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME) FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE()",
        "f": "SELECT CONCAT_WS('|', 'f', TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE) "
        "FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()",
        "c": f"SELECT CONCAT_WS('|', 'c', TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE) FROM ({checks}) AS c",
        "t": f"SELECT CONCAT_WS('|', 't', EVENT_OBJECT_TABLE, TRIGGER_NAME, EVENT_MANIPULATION, ACTION_TIMING, ACTION_STATEMENT) FROM ({_TRIGGERS}) AS t",
        "e": f"SELECT CONCAT_WS('|', 'e', EVENT_NAME, EVENT_DEFINITION) FROM ({_EVENTS}) AS e",
        "v": "SELECT CONCAT_WS('|', 'v', TABLE_NAME, VIEW_DEFINITION) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()",
        "p": "SELECT CONCAT_WS('|', 'p', TABLE_NAME, PARTITION_NAME, PARTITION_EXPRESSION, PARTITION_DESCRIPTION) "
        "FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL",
    }
    return " UNION ALL ".join(parts.values())
