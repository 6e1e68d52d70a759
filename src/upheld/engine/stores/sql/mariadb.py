"""MariaDB's way of saying a step: keys as lists of literals, rows with their subjects as a JSON table, documents by JSON functions.

A parameter is a mark in the text, `⟦p0⟧`, or `⟦p0?left side⟧` for membership; the session writes values in as literals, or FALSE where a list is
empty. Not taken for effects: a JSON parameter. MariaDB 10.11 runs a subquery of a single-table UPDATE once for every row, and locks
them all: measured 47 s where the list of the same 1,000 keys takes 0.1 s. Nor LATERAL, which it lacks: recursion is tagged UNION members. Texts are
compared by their column's collation only where keys are; identifiers and words are compared as bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from upheld.engine.estate.forms import twin
from upheld.engine.estate.mariadb.key_columns import is_found, key_column
from upheld.engine.estate.model import LiveColumn, LiveTable, StoreCatalogue
from upheld.engine.plan.ends import Dated
from upheld.engine.plan.model import Coarser, DueAfter, Mark, Put, RemovePaths, Replacement, SetNull, SetToken, SetValue
from upheld.engine.stores.sql.coarsening import coarser, marked
from upheld.engine.stores.sql.conditions.moments import is_past
from upheld.engine.stores.sql.postgresql import Tree, tree_of
from upheld.engine.stores.sql.statements import Param
from upheld.engine.stores.sql.writer import Build, quoted

HELD = "@upheld_held"  # rows that an UPDATE of this session left as they should be
FIRST_TIMESTAMP = "1970-01-01 00:00:01"  # what TIMESTAMP can hold; a second earlier is refused
SPATIAL = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection")


class MariaDB:
    """See `writer.Dialect`."""

    returns = False
    for_update = "FOR UPDATE"

    def keys_hold(self, store: StoreCatalogue) -> bool:
        # A trigger runs in our session, where it may switch off what every connection of ours switches on (foreign_key_checks).
        return not store.version.startswith("mysql") and not any(table.triggers for table in store.tables.values())

    def place(self, name: str) -> str:
        return ".".join(quoted(part) for part in name.split("."))

    def delete_from(self, name: str) -> tuple[str, str]:
        # A delete of one table may name no alias. With one it is a delete of several, which notes the rows first: measured over 8,000, a twentieth more.
        return (
            (f"DELETE FROM {quoted(name)}", quoted(name))
            if "." not in name
            else (f"DELETE t FROM {self.place(name)} AS t", "t")
        )

    def counting(self, build: Build, live: LiveColumn, how: Replacement) -> tuple[str, str]:
        # Assignments are done from left to right here, so that the last sees the row as the others left it; it leaves its column as it is. The
        # count comes back with the statement's own answer. An assignment of every column at once (SIMULTANEOUS_ASSIGNMENT) takes no column twice.
        if build.store.version.startswith("mysql") or not (isinstance(how, SetNull) or _keeps(live)):
            return "", ""
        name = quoted(live.name)
        return f"{name} = IF(LAST_INSERT_ID({HELD} := {HELD} + (NOT (", f"))) IS NULL, NULL, t.{name})"

    def gathered(self, columns: list[tuple[str, LiveColumn]]) -> str:
        # The driver reads row by row: measured over 5,500 keys, 16 ms of our own. Numbers alone, which have one writing.
        [(sql, live), *more] = columns
        plain = live.family == "integer" and not live.nullable and not live.type.startswith("bit")
        return f"GROUP_CONCAT({sql})" if plain and not more else ""

    def matches(self, build: Build, columns: list[tuple[str, LiveColumn]], param: Param) -> str:
        names = ", ".join(sql for sql, _ in columns)
        collations = [(live.collation or "") if live.family == "text" else "" for _, live in columns]
        return _among(build.param(param), names if len(columns) == 1 else f"({names})", collations)

    def joined(self, build: Build, place: str, column: str, live: LiveColumn, param: Param) -> str:
        # A list of literals is prepared range by range. Measured over 4,000 keys: 13 ms become 11, of a primary key 9 become 7.
        keys = f"JSON_TABLE(⟦{build.param(param)}:rows⟧, '$[*]' COLUMNS (k {_table_type(live)} PATH '$')) AS p"
        return f"{keys} STRAIGHT_JOIN {place} AS t ON {column} = p.k"

    def form(self, build: Build, column: str, param: Param) -> str:
        name, live = build.param(param), build.store.tables[param.table]
        key = _among(name, self.form_key(param.form, column, live))
        if param.form == "exact/1" and live.column(_bare(column)).family == "text":
            # The column's own index narrows: equal bytes are equal in any collation.
            return f"({_among(name, column, [live.column(_bare(column)).collation or ''])} AND {key})"
        return key

    def is_alive(self, build: Build, column: str, live: LiveColumn, ends: DueAfter) -> str:
        day = f"⟦{build.param(Param('first-day', ends=ends))}⟧"
        return f"({is_past('mariadb', column, live, day)}) IS NOT TRUE"

    def is_past(self, build: Build, column: str, live: LiveColumn, ends: Dated) -> str:
        day = f"⟦{build.param(Param('first-day', ends=ends))}⟧"
        return is_past("mariadb", column, live, day)

    def says_something(self, column: str) -> str:
        return f"{column} REGEXP '[^[:space:]]'"

    def differs(self, left: str, right: str) -> str:
        if right.startswith(_DOCUMENT):
            # A document that is written anew has other spaces and means the same.
            return f"NOT COALESCE(JSON_EQUALS({left}, {right}), FALSE)"
        if right.startswith(_DOCUMENT_MYSQL):
            return f"NOT COALESCE(CAST({left} AS JSON) = CAST({right} AS JSON), FALSE)"
        return f"NOT ({left} <=> {right})"

    def replaced(self, build: Build, table: str, key: list[str], live: LiveColumn, replacement: Replacement) -> str:
        match replacement:
            case SetNull():
                return "NULL"
            case SetToken(length=length):
                secret = f"⟦{build.param(Param('secret'))}⟧"
                place = f"{table}.{live.name}".replace("'", "''")
                text = f"CONCAT_WS('/', {secret}, '{place}', {', '.join(f'CONVERT({k} USING utf8mb4)' for k in key)})"
                token = f"SUBSTR(SHA2({text}, 256), 1, {length or 32})"
                # A column beyond Unicode is compared with nothing but its own character set and collation (1267).
                own = live.family == "text" and live.collation and not live.collation.startswith("utf")
                return f"CONVERT({token} USING {_charset(live)}) COLLATE {live.collation}" if own else token
            case SetValue(value=value) | Put(value=value):
                if live.type == "timestamp" and live.family == "timestamp":
                    value = FIRST_TIMESTAMP
                return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
            case RemovePaths():
                return _removed(f"t.{quoted(live.name)}", live, replacement, build.store.version.startswith("mysql"))
            case Coarser():
                return self.coarser(f"t.{quoted(live.name)}", live, replacement)
            case Mark():
                return marked(live)

    def coarser(self, column: str, live: LiveColumn, how: Coarser) -> str:
        return coarser("mariadb", column, live, how)

    def is_word(self, column: str, word: str) -> str:
        # The first half finds an index, the second tells letters apart where the collation does not.
        literal = "'" + word.replace("'", "''") + "'"
        return f"{column} = {literal} AND CAST(CONVERT({column} USING utf8mb4) AS BINARY) = {literal}"

    def untouched(self, live: LiveTable) -> list[str]:
        """Columns that the engine would date anew at any update stay as they are."""
        names = [quoted(c.name) for c in live.columns if c.default and "on update" in c.default.lower()]
        return [f"{name} = t.{name}" for name in names]

    def deletes_some(self, place: str, key: tuple[str, ...], where: str, at_most: int) -> str:
        # LIMIT is not allowed in a subquery of IN, nor in a delete that names an alias.
        some = f"SELECT {', '.join(f't.{quoted(c)}' for c in key)} FROM {place} AS t WHERE {where} LIMIT {at_most}"
        on = " AND ".join(f"t.{quoted(c)} = d.{quoted(c)}" for c in key)
        return f"DELETE t FROM {place} AS t JOIN ({some}) AS d ON {on}"

    # ---- reading ----

    cross = "STRAIGHT_JOIN"

    def source(self, build: Build, columns: list[LiveColumn | None], param: Param) -> tuple[str, list[str]]:
        made = [f"k{n} {_table_type(live)} PATH '$[{n}]'" for n, live in enumerate(columns)]
        made.append(f"s INT PATH '$[{len(columns)}]'")
        names = [_SOURCES.get(live.family if live else "", "{}").format(f"p.k{n}") for n, live in enumerate(columns)]
        return f"JSON_TABLE(⟦{build.param(param)}:rows⟧, '$[*]' COLUMNS ({', '.join(made)})) AS p", [*names, "p.s"]

    def narrowed(self, build: Build, column: str, live: LiveColumn | None, param: Param) -> str:
        return ""  # the order of the join is given, and its index with it

    def form_key(self, form: str, column: str, live: LiveTable) -> str:
        """The generated column that holds the key, if the table has one, since only that can have an index; else the expression."""
        alias, name = column.rpartition(".")[0], _bare(column)
        found = key_column(live, name, form)
        return f"{alias}.{quoted(found)}" if found else twin(form, "mariadb", column).key

    def form_joins(self, form: str, column: str, name: str, live: LiveTable) -> str:
        return f"{self.form_key(form, column, live)} = {name}"

    def as_array(self, columns: list[tuple[str, LiveColumn]]) -> str:
        return f"JSON_ARRAY({', '.join(_cell(sql, live) for sql, live in columns)})"

    def deletes(self, build: Build, deletes: list[str]) -> tuple[str, tuple[str, ...]]:
        # INVARIANT: no plan deletes a circle of tables here (L106): keys are checked row by row.
        return deletes[0], tuple(deletes[1:])

    def same_type(self, sql: str, live: LiveColumn) -> str:
        kind = _cast_type(live)
        return f"CAST({sql} AS {kind})" + (f" COLLATE {live.collation}" if live.family == "text" and live.collation else "")

    def recursive(self, columns: list[str], base: list[str], members: list[tuple[str, str]]) -> str:
        parts = [*base, *(f"{source.format(lead='r STRAIGHT_JOIN ')} ON {on}" for source, on in members)]
        return f"WITH RECURSIVE r ({', '.join(columns)}) AS ({' UNION '.join(parts)}) SELECT * FROM r"

    def indexes(self, store: StoreCatalogue, table: str, column: str, form: str) -> bool:
        return is_found(store.tables[table], column, form)


def _keeps(live: LiveColumn) -> bool:
    """Whether a cell that is set to what it holds stays as it is, to the letter."""
    return live.family in ("text", "integer", "date", "timestamp") and not live.type.startswith(("bit", "enum", "set"))


def _bare(column: str) -> str:
    """The name in `t."name"`."""
    return column.split(".", 1)[1].strip('"').replace('""', '"')


def _among(name: str, left: str, collations: Sequence[str] = ()) -> str:
    """Texts are written in their column's character set and collation. Measured: of several rows of values MariaDB 10.11 finds none where it must convert a letter."""
    said = f"@{','.join(collations)}" if any(not one.startswith("utf8mb4_") for one in collations if one) else ""
    return f"⟦{name}{said}?{left}⟧"


# ---- types ---------------------------------------------------------------------------------------------------------


def _charset(live: LiveColumn) -> str:
    return live.collation.partition("_")[0] if live.collation else "utf8mb4"


def _cast_type(live: LiveColumn) -> str:
    """What CAST calls the column's type. `NULL AS` this has the type too, as a recursive query demands of its first part."""
    match live.family:
        case "integer" | "boolean":
            return "UNSIGNED" if "unsigned" in live.type or live.type.startswith("bit") else "SIGNED"
        case "number":
            return live.type.replace(" unsigned", "").upper() if live.type.startswith("decimal") else "DOUBLE"
        case "text" | "json":
            return f"CHAR({live.length or 16383}) CHARACTER SET {_charset(live)}"
        case "date":
            return "DATE"
        case "timestamp":
            return "DATETIME(6)"
        case "binary":
            return "BINARY"
        case "uuid":
            return "UUID"
    return "CHAR(255)"


def _table_type(live: LiveColumn | None) -> str:
    """The type of a JSON table's column that such keys are read from; an identifier's key is a text."""
    if live is None:
        return "VARCHAR(1000) CHARACTER SET utf8mb4"
    match live.family:
        case "integer" | "boolean":
            return "BIGINT UNSIGNED" if "unsigned" in live.type or live.type.startswith("bit") else "BIGINT"
        case "number":
            return live.type.replace(" unsigned", "") if live.type.startswith("decimal") else "DOUBLE"
        case "text":
            return f"VARCHAR({live.length or 16383}) CHARACTER SET {_charset(live)}" + (
                f" COLLATE {live.collation}" if live.collation else ""
            )
        case "date":
            return "DATE"
        case "timestamp":
            return "DATETIME(6)"
        case "binary":
            return "VARCHAR(6000) CHARACTER SET ascii"
    return "VARCHAR(255)"


_SOURCES = {"binary": "UNHEX({})", "uuid": "CAST({} AS UUID)"}  # what a JSON table cannot hold itself


def _cell(sql: str, live: LiveColumn) -> str:
    """One column as a JSON array's element: texts in one character set, bytes in hex. A document is a text here, and read again later."""
    if not sql.startswith("t."):
        return sql
    if live.family == "binary" or live.type.startswith(SPATIAL):
        return f"CONCAT('\\x', LOWER(HEX({sql})))"
    if live.type.startswith("bit"):
        return f"({sql} + 0)"
    if live.family in ("text", "json", "uuid", "other"):
        return f"CONVERT({sql} USING utf8mb4)"
    return sql


# ---- documents -----------------------------------------------------------------------------------------------------

_DOCUMENT = "(CASE WHEN NOT JSON_VALID("
_DOCUMENT_MYSQL = "(CASE WHEN 0 = JSON_VALID("  # says the same, and that the server knows no JSON_EQUALS


def _removed(column: str, live: LiveColumn, replacement: RemovePaths, mysql: bool) -> str:
    whole = "NULL" if live.nullable else "'null'"
    otherwise = whole if replacement.others else column
    tree = tree_of(replacement)
    kinds = ""
    if "[*]" in tree:
        kinds = f"WHEN JSON_TYPE({column}) = 'ARRAY' THEN JSON_EXTRACT({_elements(column, tree['[*]'], replacement.others, 0)}, '$') "
    if members := {name: below for name, below in tree.items() if name != "[*]"}:
        kinds += (
            f"WHEN JSON_TYPE({column}) = 'OBJECT' THEN JSON_EXTRACT({_object(column, members, (), replacement.others)}, '$') "
        )
    # What cannot be read cannot be told apart: it is undeclared as a whole.
    return f"{_DOCUMENT_MYSQL if mysql else _DOCUMENT}{column}) THEN {whole} {kinds}ELSE {otherwise} END)"


At = tuple[str, ...]  # members by name, from a document's column or from an element on


def _path(at: At) -> str:
    return _text("$" + "".join('."' + step.replace('"', '\\"') + '"' for step in at))


def _text(said: str) -> str:
    return "'" + said.replace("'", "''") + "'"


def _at(column: str, at: At) -> str:
    return f"JSON_EXTRACT({column}, {_path(at)})" if at else column


def _object(column: str, tree: Tree, at: At, others: bool, depth: int = 0) -> str:
    """What stays of an object. Where undeclared members go it is put together of those that stay; otherwise what goes is taken out of it."""
    if others:
        members = [_member(column, name, below, at, depth) for name, below in sorted(tree.items()) if below != "personal"]
        return f"JSON_MERGE_PRESERVE('{{}}', {', '.join(members)})" if members else "'{}'"
    gone, lists = _leaves(tree, ())
    left = _at(column, at)
    if gone:
        left = f"JSON_REMOVE({left}, {', '.join(map(_path, gone))})"
    for path, below in lists:
        left = f"JSON_REPLACE({left}, {_path(path)}, JSON_EXTRACT({_value(column, below, (*at, *path), others, depth)}, '$'))"
    return left


def _leaves(tree: Tree, at: At) -> tuple[list[At], list[tuple[At, Tree]]]:
    """Of the members reached through objects alone: those that go, and those that may be arrays with a tree of their elements."""
    gone: list[At] = []
    lists: list[tuple[At, Tree]] = []
    for name, below in sorted(tree.items()):
        here = (*at, name)
        if below == "personal":
            gone.append(here)
        elif isinstance(below, dict) and "[*]" in below:
            lists.append((here, below))
        elif isinstance(below, dict):
            inside = _leaves(below, here)
            gone, lists = gone + inside[0], lists + inside[1]
    return gone, lists


def _member(column: str, name: str, below: Tree | str, at: At, depth: int) -> str:
    """An object of the member as it stays; empty where nothing of it does."""
    value = _value(column, below, (*at, name), True, depth)
    return f"COALESCE(CONCAT({_text('{' + json.dumps(name, ensure_ascii=False) + ':')}, {value}, '}}'), '{{}}')"


def _value(column: str, below: Tree | str, at: At, others: bool, depth: int = 0) -> str:
    """What stays of a value, NULL for nothing. Something else where an object or an array was declared is undeclared as a whole."""
    here = _at(column, at)
    if not isinstance(below, dict):
        return "NULL" if below == "personal" else here
    kinds = f" WHEN 'ARRAY' THEN {_elements(here, below['[*]'], others, depth)}" if "[*]" in below else ""
    if members := {name: tree for name, tree in below.items() if name != "[*]"}:
        kinds += f" WHEN 'OBJECT' THEN {_object(column, members, at, others, depth)}"
    return f"(CASE JSON_TYPE({here}){kinds} ELSE {'NULL' if others else here} END)"


def _elements(array: str, below: Tree | str, others: bool, depth: int) -> str:
    """What stays of each element, in their order. Put together as text: of a derived value this engine forgets that it is a document."""
    x = f"x{depth}"
    kept = _value(f"{x}.e", below, (), others, depth + 1)
    counted = f"JSON_TABLE({array}, '$[*]' COLUMNS (n FOR ORDINALITY, e JSON PATH '$')) AS {x}"
    return f"(SELECT CONCAT('[', COALESCE(GROUP_CONCAT({kept} ORDER BY {x}.n SEPARATOR ','), ''), ']') FROM {counted})"
