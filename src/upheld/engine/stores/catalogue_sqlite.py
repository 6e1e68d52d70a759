"""A live SQLite file becomes a StoreCatalogue, in six queries over the pragma functions whatever the number of tables.

Reads schemas only, never a row. What pragmas do not tell, checks and deferrable keys, is read from the CREATE statements, which
SQLite keeps as they were written. Not taken: a general SQL parser; a scanner of words, strings and parentheses is enough here.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import defaultdict
from contextlib import suppress
from typing import Any, Literal

from upheld.engine.estate.model import LiveColumn, LiveForeignKey, LiveIndex, LiveTable, LiveTrigger, StoreCatalogue

Rows = list[tuple[Any, ...]]
Family = Literal["text", "integer", "number", "boolean", "date", "timestamp", "json", "binary", "uuid", "other"]


def reflect(connection: sqlite3.Connection, store: str) -> StoreCatalogue:
    """The schema of every table and view of the main database, as the connection sees it. Cost: six statements and one
    per hundred tables for the estimates (largest rowid, or what ANALYZE left)."""
    masters = _rows(connection, _MASTERS)
    sources = {name: sql or "" for type_, name, _, sql in masters if type_ in ("table", "view")}
    columns = _columns(connection, sources)
    keys = {name: _key(found) for name, found in columns.items()}
    foreign_keys = _foreign_keys(connection, keys, sources)
    indexes = _indexes(connection, masters)
    triggers: dict[str, list[LiveTrigger]] = defaultdict(list)
    for type_, name, table, sql in masters:
        if type_ == "trigger":
            triggers[table].append(LiveTrigger(name, (_event(sql),), sql))
    tables = [name for type_, name, _, _ in masters if type_ == "table"]
    estimates, shadows = _estimates(connection, tables), _shadows(connection)
    live = {
        name: LiveTable(
            name=name,
            columns=tuple(column for column, _ in columns.get(name, ())),
            primary_key=keys.get(name, ()),
            foreign_keys=tuple(foreign_keys.get(name, ())),
            indexes=tuple(indexes.get(name, ())),
            checks=tuple((f"check {n}", text) for n, text in enumerate(_checks(sources[name]), 1)),
            triggers=tuple(triggers.get(name, ())),
            estimate=estimates.get(name, 0),
            kind="partition" if name in shadows else "table" if name in estimates else "view",
            part_of=shadows.get(name, ""),
        )
        for name in sorted(sources)
    }
    return StoreCatalogue(store, "sqlite", sqlite3.sqlite_version, live, fingerprint(connection))


def fingerprint(connection: sqlite3.Connection) -> str:
    """SHA-256 (hex) over every CREATE statement, by kind and name. One statement; needs no row of the firm's."""
    lines = sorted(f"{type_}|{name}|{sql}" for type_, name, _, sql in _rows(connection, _MASTERS) if sql)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


_MASTERS = """
SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name
"""


def _rows(connection: sqlite3.Connection, sql: str) -> Rows:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(sql).fetchall()


def _columns(connection: sqlite3.Connection, sources: dict[str, str]) -> dict[str, list[tuple[LiveColumn, int]]]:
    computed: dict[str, dict[str, str]] = {}  # the pragmas keep it to themselves
    columns: dict[str, list[tuple[LiveColumn, int]]] = defaultdict(list)
    for table, position, name, type_, not_null, default, key, hidden in _described(connection, sources):
        if hidden in (2, 3) and table not in computed:
            computed[table] = _computed(sources[table])
        length = re.search(r"char\w*\s*\((\d+)\)", type_, re.IGNORECASE)
        column = LiveColumn(
            name=name,
            type=type_.lower(),
            family=_family(type_),
            # An INTEGER key is the rowid and never NULL, though the pragma says it may be.
            nullable=not (not_null or (key and type_.upper() == "INTEGER")),
            default=computed[table].get(name.lower()) if hidden in (2, 3) else default,
            generated=hidden in (2, 3),
            length=int(length[1]) if length else None,
            position=position + 1,
        )
        columns[table].append((column, key))
    return columns


def _described(connection: sqlite3.Connection, sources: dict[str, str]) -> Rows:
    """The columns of every table and view. A view of what is gone, or a table whose module is not there, has none; it must not hide the others."""
    asked = """SELECT m.name, p.cid, p.name, p.type, p."notnull", p.dflt_value, p.pk, p.hidden
               FROM sqlite_master m, pragma_table_xinfo(m.name) p WHERE m.type IN ('table', 'view') AND p.hidden <> 1 AND """
    try:
        return _rows(connection, asked + "m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, p.cid")
    except sqlite3.OperationalError:
        found: Rows = []
        for name in sorted(sources):
            with suppress(sqlite3.OperationalError):
                found += _rows(connection, asked + "m.name = '" + name.replace("'", "''") + "' ORDER BY p.cid")
        return found


def _shadows(connection: sqlite3.Connection) -> dict[str, str]:
    """The tables in which a virtual table keeps its rows, each with that table."""
    kinds: dict[str, str] = dict(
        _rows(connection, "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('virtual', 'shadow')")
    )
    virtual = sorted((name for name, kind in kinds.items() if kind == "virtual"), key=len, reverse=True)
    owners = {
        name: next((one for one in virtual if name.startswith(f"{one}_")), "")
        for name, kind in kinds.items()
        if kind == "shadow"
    }
    return {name: owner for name, owner in owners.items() if owner}


def _key(columns: list[tuple[LiveColumn, int]]) -> tuple[str, ...]:
    return tuple(column.name for column, n in sorted(columns, key=lambda pair: pair[1]) if n)


_FAMILIES: tuple[tuple[str, Family], ...] = (
    ("BOOL", "boolean"), ("UUID", "uuid"), ("JSON", "json"), ("INT", "integer"), ("CHAR", "text"), ("CLOB", "text"), ("TEXT", "text"),
    ("BLOB", "binary"), ("DATETIME", "timestamp"), ("TIMESTAMP", "timestamp"), ("DATE", "date"), ("REAL", "number"), ("FLOA", "number"),
    ("DOUB", "number"), ("NUMERIC", "number"), ("DECIMAL", "number"),
)  # fmt: skip


def _family(type_: str) -> Family:
    for word, family in _FAMILIES:
        if word in type_.upper():
            return family
    return "other"


def _foreign_keys(
    connection: sqlite3.Connection, keys: dict[str, tuple[str, ...]], sources: dict[str, str]
) -> dict[str, list[LiveForeignKey]]:
    grouped: dict[tuple[str, int], Rows] = defaultdict(list)
    for table, number, *rest in _rows(
        connection,
        """SELECT m.name, f.id, f."table", f."from", f."to", f.on_delete, f.on_update FROM sqlite_master m, pragma_foreign_key_list(m.name) f
           WHERE m.type = 'table' ORDER BY m.name, f.id DESC, f.seq""",
    ):
        grouped[table, number].append(tuple(rest))
    names = {name.lower(): name for name in keys}
    result: dict[str, list[LiveForeignKey]] = defaultdict(list)
    for (table, _), parts in grouped.items():
        target, _, _, deleted, updated = parts[0]
        # SQLite matches names without case; the map needs the name as the table was created.
        target = names.get(str(target).lower(), str(target))
        columns = tuple(part[1] for part in parts)
        targets = tuple(part[2] for part in parts if part[2]) or keys.get(target, ())
        deferred = _deferred(sources[table])
        late = deferred[len(result[table])] if len(result[table]) < len(deferred) else False
        name = f"{table}_{'_'.join(columns)}"
        result[table].append(LiveForeignKey(name, columns, target, targets, deleted.lower(), updated.lower(), late, late))
    return result


def _indexes(connection: sqlite3.Connection, masters: Rows) -> dict[str, list[LiveIndex]]:
    sources = {name: sql for type_, name, _, sql in masters if type_ == "index"}
    columns: dict[tuple[str, str, int, int], list[str]] = defaultdict(list)
    for table, name, unique, partial, number, column in _rows(
        connection,
        """SELECT m.name, i.name, i."unique", i.partial, x.seqno, x.name
           FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x
           WHERE m.type = 'table' AND x.key = 1 ORDER BY m.name, i.name, x.seqno""",
    ):
        parts = _parts(_inside(sources.get(name) or ""))
        text = parts[number] if number < len(parts) else ""
        columns[table, name, unique, partial].append(column or text)
    result: dict[str, list[LiveIndex]] = defaultdict(list)
    for (table, name, unique, partial), found in columns.items():
        result[table].append(LiveIndex(name, tuple(found), bool(unique), bool(partial)))
    return result


def _estimates(connection: sqlite3.Connection, tables: list[str]) -> dict[str, int]:
    known = {}
    if _rows(connection, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
        for name, stat in _rows(connection, "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"):
            known[name] = int(stat or 0)
    rest = [name for name in tables if name not in known]
    without_rowid = {
        name
        for (name,) in _rows(connection, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND (wr OR type <> 'table')")
    }
    known |= dict.fromkeys(without_rowid & set(rest), 0)
    rest = [name for name in rest if name not in without_rowid]
    for start in range(0, len(rest), 100):
        quoted = [(name, name.replace("'", "''"), name.replace('"', '""')) for name in rest[start : start + 100]]
        sql = " UNION ALL ".join(f"SELECT '{text}', (SELECT max(rowid) FROM \"{ident}\")" for _, text, ident in quoted)
        known |= {name: int(rows or 0) for name, rows in _rows(connection, sql)}
    return known


# ---- what only the CREATE statement says ----------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[A-Za-z_][A-Za-z0-9_$]*|\(|\)|,|[^\sA-Za-z_]""",
    re.DOTALL,
)


def _tokens(sql: str) -> list[tuple[str, int, int]]:
    return [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(sql) if not m.group().startswith(("--", "/*"))]


def _closing(tokens: list[tuple[str, int, int]], opening: int) -> int:
    depth = 0
    for at in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at][0], 0)
        if depth == 0:
            return at
    return len(tokens) - 1


def _checks(sql: str) -> list[str]:
    tokens = _tokens(sql)
    found = []
    for at, (word, _, _) in enumerate(tokens[:-1]):
        if word.upper() == "CHECK" and tokens[at + 1][0] == "(":
            closing = _closing(tokens, at + 1)
            found.append(sql[tokens[at + 1][2] : tokens[closing][1]].strip())
    return found


def _computed(sql: str) -> dict[str, str]:
    """By name in small letters, what each generated column is computed from: `… AS (expression)` among the columns of a CREATE TABLE."""
    tokens, found, depth, name = _tokens(sql), {}, 0, ""
    for at, (word, _, _) in enumerate(tokens[:-1]):
        if depth == 1 and tokens[at - 1][0] in ("(", ","):
            name = _unquoted(word).lower()
        if depth == 1 and word.upper() == "AS" and tokens[at + 1][0] == "(":
            found[name] = sql[tokens[at + 1][2] : tokens[_closing(tokens, at + 1)][1]].strip()
        depth += {"(": 1, ")": -1}.get(word, 0)
    return found


def _unquoted(word: str) -> str:
    quote = word[0]
    if quote == "[":
        return word[1:-1]
    return word[1:-1].replace(quote * 2, quote) if quote in "\"`'" else word


def _deferred(sql: str) -> list[bool]:
    """For each REFERENCES clause in order, whether it is DEFERRABLE INITIALLY DEFERRED (the only kind SQLite defers)."""
    words = [word.upper() for word, _, _ in _tokens(sql)]
    starts = [at for at, word in enumerate(words) if word == "REFERENCES"]
    found = []
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        clause = " ".join(words[start:end])
        found.append("DEFERRABLE INITIALLY DEFERRED" in clause and "NOT DEFERRABLE" not in clause)
    return found


def _inside(sql: str) -> str:
    """What stands in the first parentheses after ON: the parts of an index."""
    tokens = _tokens(sql)
    on = next((at for at, (word, _, _) in enumerate(tokens) if word.upper() == "ON"), len(tokens))
    opening = next((at for at in range(on, len(tokens)) if tokens[at][0] == "("), None)
    return sql[tokens[opening][2] : tokens[_closing(tokens, opening)][1]] if opening is not None else ""


def _parts(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for word, at, end in _tokens(text):
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = end
    return [*parts, text[start:].strip()]


def _event(sql: str) -> Literal["insert", "update", "delete"]:
    words = [word.lower() for word, _, _ in _tokens(sql)]
    for word in words:
        if word in ("insert", "update", "delete"):
            return word  # type: ignore[return-value]
    return "update"
