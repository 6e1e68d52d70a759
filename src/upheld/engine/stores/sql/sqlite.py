"""SQLite's way of saying a step: key sets as JSON parameters, documents and tokens by functions of our own connection.

`json_each` turns one parameter into rows, so that no number of keys changes the text. Not taken: temporary tables (they write
to the firm's disk) and one placeholder per key (the text would grow with rows).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from upheld.engine.estate.forms import twin
from upheld.engine.estate.model import LiveColumn, LiveTable, StoreCatalogue
from upheld.engine.plan.ends import Dated
from upheld.engine.plan.model import Coarser, DueAfter, Mark, Put, RemovePaths, Replacement, SetNull, SetToken, SetValue
from upheld.engine.stores.sql.coarsening import coarser, marked
from upheld.engine.stores.sql.conditions.moments import is_past
from upheld.engine.stores.sql.postgresql import Tree, tree_of
from upheld.engine.stores.sql.statements import Param
from upheld.engine.stores.sql.writer import Build, deletes_some, is_word, quoted


class SQLite:
    """See `writer.Dialect`."""

    returns = False
    for_update = ""

    def keys_hold(self, store: StoreCatalogue) -> bool:
        return True

    def place(self, name: str) -> str:
        return quoted(name)

    def delete_from(self, name: str) -> tuple[str, str]:
        return f"DELETE FROM {self.place(name)} AS t", "t"

    def counting(self, build: Build, live: LiveColumn, how: Replacement) -> tuple[str, str]:
        return "", ""

    def gathered(self, columns: list[tuple[str, LiveColumn]]) -> str:
        return ""

    def matches(self, build: Build, columns: list[tuple[str, LiveColumn]], param: Param) -> str:
        name = build.param(param)
        if len(columns) == 1:
            return f"{columns[0][0]} IN (SELECT value FROM json_each(:{name}))"
        # A word's member is called a text: by columns of two affinities the engine took only the first of an index's.
        members = [f"json_extract(value, '$[{n}]')" for n in range(len(columns))]
        said = [f"CAST({m} AS text)" if _is_text(live) else m for m, (_, live) in zip(members, columns, strict=True)]
        return f"({', '.join(c for c, _ in columns)}) IN (SELECT {', '.join(said)} FROM json_each(:{name}))"

    def joined(self, build: Build, place: str, column: str, live: LiveColumn, param: Param) -> str:
        # No tree of the list is built first. Measured over 4,000 keys: 6 ms become 5.
        return f"json_each(:{build.param(param)}) AS p CROSS JOIN {place} AS t ON {column} = p.value"

    def form(self, build: Build, column: str, param: Param) -> str:
        found, name = twin(param.form, "sqlite", column), build.param(param)
        if not found.may_be_odd:
            return f"{found.key} IN (SELECT value FROM json_each(:{name}))"
        function = f"upheld_{param.form.replace('/', '_')}"
        asked = f"{function}({column}) IN (SELECT {function}(value) FROM json_each(:{name}))"
        return f"{found.key} IN (SELECT lower(value) FROM json_each(:{name})) AND ({_key_decides(column)} OR {asked})"

    def is_alive(self, build: Build, column: str, live: LiveColumn, ends: DueAfter) -> str:
        day = f":{build.param(Param('first-day', ends=ends))}"
        return f"({is_past('sqlite', column, live, day)}) IS NOT TRUE"

    def is_past(self, build: Build, column: str, live: LiveColumn, ends: Dated) -> str:
        day = f":{build.param(Param('first-day', ends=ends))}"
        return is_past("sqlite", column, live, day)

    def says_something(self, column: str) -> str:
        return f"trim({column}, char(9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160)) <> ''"

    def differs(self, left: str, right: str) -> str:
        return f"{left} IS NOT {right}"

    def replaced(self, build: Build, table: str, key: list[str], live: LiveColumn, replacement: Replacement) -> str:
        match replacement:
            case SetNull():
                return "NULL"
            case SetToken(length=length):
                place = f"{table}.{live.name}".replace("'", "''")
                return f"upheld_token(:{build.param(Param('secret'))}, '{place}', {length or 32}, {', '.join(key)})"
            case SetValue(value=value) | Put(value=value):
                return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
            case RemovePaths(others=others):
                rule = json.dumps([tree_of(replacement), others, None if live.nullable else "null"]).replace("'", "''")
                return f"upheld_without(t.{quoted(live.name)}, '{rule}')"
            case Coarser():
                return self.coarser(f"t.{quoted(live.name)}", live, replacement)
            case Mark():
                return marked(live)

    def coarser(self, column: str, live: LiveColumn, how: Coarser) -> str:
        return coarser("sqlite", column, live, how)

    def is_word(self, column: str, word: str) -> str:
        return is_word(column, word)

    def untouched(self, live: LiveTable) -> list[str]:
        return []

    def deletes_some(self, place: str, key: tuple[str, ...], where: str, at_most: int) -> str:
        return deletes_some(place, key, where, at_most)

    # ---- reading ----

    cross = "CROSS JOIN"

    def source(self, build: Build, columns: list[LiveColumn | None], param: Param) -> tuple[str, list[str]]:
        name = build.param(param)
        return f"json_each(:{name}) AS p", [f"json_extract(p.value, '$[{n}]')" for n in range(len(columns) + 1)]

    def narrowed(self, build: Build, column: str, live: LiveColumn | None, param: Param) -> str:
        return ""  # the order of the join is given, and its index with it

    def form_key(self, form: str, column: str, live: LiveTable) -> str:
        return twin(form, "sqlite", column).key

    def form_joins(self, form: str, column: str, name: str, live: LiveTable) -> str:
        found = twin(form, "sqlite", column)
        if not found.may_be_odd:
            return f"{found.key} = {name}"
        function = f"upheld_{form.replace('/', '_')}"
        asked = f"{function}({column}) = {function}({name})"
        return f"{found.key} = lower({name}) AND ({_key_decides(column)} OR {asked})"

    def as_array(self, columns: list[tuple[str, LiveColumn]]) -> str:
        parts = [f"CASE WHEN typeof({sql}) = 'blob' THEN '\\x' || lower(hex({sql})) ELSE {sql} END" for sql, _ in columns]
        return f"json_array({', '.join(parts)})"

    def deletes(self, build: Build, deletes: list[str]) -> tuple[str, tuple[str, ...]]:
        # INVARIANT: the session defers foreign keys to the commit wherever rows of several tables go together.
        return deletes[0], tuple(deletes[1:])

    def same_type(self, sql: str, live: LiveColumn) -> str:
        return sql

    def recursive(self, columns: list[str], base: list[str], members: list[tuple[str, str]]) -> str:
        parts = [*base, *(f"{source.format(lead='r CROSS JOIN ')} ON {on}" for source, on in members)]
        return f"WITH RECURSIVE r ({', '.join(columns)}) AS ({' UNION '.join(parts)}) SELECT * FROM r"

    def indexes(self, store: StoreCatalogue, table: str, column: str, form: str) -> bool:
        wanted = twin(form, "sqlite", column).key.replace(" ", "").replace('"', "").lower()
        return any(
            not i.partial and i.columns and i.columns[0].replace(" ", "").replace('"', "").lower() == wanted
            for i in store.tables[table].indexes
        )


def _is_text(live: LiveColumn) -> bool:
    """Whether the column holds words as words, by its declared type: then a cast changes nothing."""
    return any(word in live.type.upper() for word in ("CHAR", "CLOB", "TEXT")) and "INT" not in live.type.upper()


def _key_decides(column: str) -> str:
    """That a text is of ASCII alone, so that its key is no other normal form's. The function is asked of the few others that the key found.

    Measured over 1,000 people: 2,000 calls into our own process, each of which waits for whatever else it does. GLOB would stop at a zero byte.
    """
    return f"(typeof({column}) = 'text' AND length({column}) = length(CAST({column} AS BLOB)))"


def functions() -> dict[str, tuple[int, Callable[..., str | None]]]:
    """Functions to register on a connection: name → (number of arguments, or −1; function)."""
    return {"upheld_token": (-1, _token), "upheld_without": (2, _without)}


def _token(secret: str, place: str, length: int, *key: object) -> str:
    text = "/".join([secret, place, *map(str, key)])
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _without(document: str | None, rule: str) -> str | None:
    """The document without its personal members; its very text where nothing changes."""
    if document is None:
        return None
    tree, others, whole = json.loads(rule)
    try:
        found = json.loads(document)
    except ValueError:
        return whole  # type: ignore[no-any-return]  # what cannot be read cannot be told apart
    left = _kept(found, tree, others)
    if left is _GONE:
        return whole  # type: ignore[no-any-return]  # nothing of it was declared
    return document if left == found else json.dumps(left, ensure_ascii=False, separators=(",", ":"))


def _pruned(document: dict[str, object], tree: Tree, others: bool) -> dict[str, object]:
    kept = {name: _kept(value, tree.get(name, "undeclared"), others) for name, value in document.items()}
    return {name: value for name, value in kept.items() if value is not _GONE}


_GONE = object()


def _kept(value: object, below: Tree | str, others: bool) -> object:
    """What stays of a value. Something else where an object or an array was declared is undeclared as a whole."""
    if not isinstance(below, dict):
        return value if below == "stays" or (below != "personal" and not others) else _GONE
    if isinstance(value, list) and "[*]" in below:
        elements = (_kept(element, below["[*]"], others) for element in value)
        return [element for element in elements if element is not _GONE]
    members = {name: tree for name, tree in below.items() if name != "[*]"}
    if isinstance(value, dict) and members:
        return _pruned(value, members, others)
    return _GONE if others else value
