"""PostgreSQL's way of saying a step: key sets as array parameters, rows locked, documents as jsonb.

Arrays are cast to the column's own type, so that its index serves. Composite keys come by `unnest`. Tokens are the hash of the ask's
secret, column and key: the same row gets the same token on every attempt, and nobody can compute it once the secret is gone.
"""

from __future__ import annotations

import re
from dataclasses import replace

from upheld.engine.estate.forms import twin
from upheld.engine.estate.model import LiveColumn, LiveTable, StoreCatalogue, steps_of
from upheld.engine.plan.ends import Dated
from upheld.engine.plan.model import Coarser, DueAfter, Mark, Put, RemovePaths, Replacement, SetNull, SetToken, SetValue
from upheld.engine.stores.sql.coarsening import coarser, marked
from upheld.engine.stores.sql.conditions.moments import is_past
from upheld.engine.stores.sql.statements import Param
from upheld.engine.stores.sql.writer import Build, deletes_some, is_word, quoted


class PostgreSQL:
    """See `writer.Dialect`."""

    returns = True
    for_update = "FOR UPDATE OF t"

    def keys_hold(self, store: StoreCatalogue) -> bool:
        return True

    def place(self, name: str) -> str:
        return ".".join(quoted(part) for part in name.split("."))

    def delete_from(self, name: str) -> tuple[str, str]:
        return f"DELETE FROM {self.place(name)} AS t", "t"

    def counting(self, build: Build, live: LiveColumn, how: Replacement) -> tuple[str, str]:
        return "", ""

    def gathered(self, columns: list[tuple[str, LiveColumn]]) -> str:
        return ""

    def matches(self, build: Build, columns: list[tuple[str, LiveColumn]], param: Param) -> str:
        names = [f"%({build.param(param_column(param, n))})s::{base_type(live)}[]" for n, (_, live) in enumerate(columns)]
        if len(columns) == 1:
            return f"{columns[0][0]} = ANY({names[0]})"
        return f"({', '.join(c for c, _ in columns)}) IN (SELECT * FROM unnest({', '.join(names)}))"

    def joined(self, build: Build, place: str, column: str, live: LiveColumn, param: Param) -> str:
        return ""  # the planner joins an array by itself

    def form(self, build: Build, column: str, param: Param) -> str:
        return f"{twin(param.form, 'postgresql', column).key} = ANY(%({build.param(param)})s::text[])"

    def is_alive(self, build: Build, column: str, live: LiveColumn, ends: DueAfter) -> str:
        day = f"%({build.param(Param('first-day', ends=ends))})s"
        return f"({is_past('postgresql', column, live, day)}) IS NOT TRUE"

    def is_past(self, build: Build, column: str, live: LiveColumn, ends: Dated) -> str:
        day = f"%({build.param(Param('first-day', ends=ends))})s"
        return is_past("postgresql", column, live, day)

    def says_something(self, column: str) -> str:
        return f"({column})::text ~ '[^[:space:]]'"

    def differs(self, left: str, right: str) -> str:
        # The plain json type has no equality.
        both = "::jsonb" if right.endswith("::json") else ""
        return f"{left}{both} IS DISTINCT FROM {right}{both}"

    def replaced(self, build: Build, table: str, key: list[str], live: LiveColumn, replacement: Replacement) -> str:
        match replacement:
            case SetNull():
                return "NULL"
            case SetToken(length=length):
                secret = f"%({build.param(Param('secret'))})s::text"
                text = f"concat_ws('/', {secret}, '{_literal(table)}.{_literal(live.name)}', {', '.join(f'{k}::text' for k in key)})"
                token = f"substr(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), 1, {length or 32})"
                return f"{token}::uuid" if live.family == "uuid" else token
            case SetValue(value=value) | Put(value=value):
                return f"{_constant(value)}::{base_type(live)}"
            case RemovePaths():
                return _removed(f"t.{quoted(live.name)}", live, replacement)
            case Coarser():
                return self.coarser(f"t.{quoted(live.name)}", live, replacement)
            case Mark():
                return marked(live)

    def coarser(self, column: str, live: LiveColumn, how: Coarser) -> str:
        return coarser("postgresql", column, live, how)

    def is_word(self, column: str, word: str) -> str:
        return is_word(column, word)

    def untouched(self, live: LiveTable) -> list[str]:
        return []

    def deletes_some(self, place: str, key: tuple[str, ...], where: str, at_most: int) -> str:
        return deletes_some(place, key, where, at_most)

    # ---- reading ----

    cross = "JOIN"

    def source(self, build: Build, columns: list[LiveColumn | None], param: Param) -> tuple[str, list[str]]:
        types = [base_type(c) if c else "text" for c in columns]
        arrays = [f"%({build.param(param_column(param, n))})s::{type_}[]" for n, type_ in enumerate([*types, "integer"])]
        names = [*(f"k{n}" for n in range(len(columns))), "s"]
        return f"unnest({', '.join(arrays)}) AS p ({', '.join(names)})", [f"p.{name}" for name in names]

    def narrowed(self, build: Build, column: str, live: LiveColumn | None, param: Param) -> str:
        # The join says it already; said of the array, the planner reads the index and not the whole table.
        array = f"%({build.param(param_column(param, 0))})s::{base_type(live) if live else 'text'}[]"
        return f" AND {column} = ANY({array})"

    def form_key(self, form: str, column: str, live: LiveTable) -> str:
        return twin(form, "postgresql", column).key

    def form_joins(self, form: str, column: str, name: str, live: LiveTable) -> str:
        return f"{self.form_key(form, column, live)} = {name}"

    def as_array(self, columns: list[tuple[str, LiveColumn]]) -> str:
        # The plain json type keeps line breaks between its tokens; a row must be one line.
        parts = [f"{sql}::jsonb" if live.type == "json" and sql.startswith("t.") else sql for sql, live in columns]
        return f"json_build_array({', '.join(parts)})::text"

    def deletes(self, build: Build, deletes: list[str]) -> tuple[str, tuple[str, ...]]:
        if len(deletes) == 1:
            return deletes[0], ()
        parts = ", ".join(f"d{n} AS ({sql} RETURNING 1)" for n, sql in enumerate(deletes))
        total = " + ".join(f"(SELECT count(*) FROM d{n})" for n in range(len(deletes)))
        return f"WITH {parts} SELECT {total}", ()

    def same_type(self, sql: str, live: LiveColumn) -> str:
        return f"{sql}::{base_type(live)}"

    def recursive(self, columns: list[str], base: list[str], members: list[tuple[str, str]]) -> str:
        # The recursive name may stand once: the members hang on it side by side, and the server iterates.
        steps = " UNION ALL ".join(f"{source.format(lead='')} WHERE {on}" for source, on in members)
        first = f"({' UNION ALL '.join(base)})"
        return (
            f"WITH RECURSIVE r ({', '.join(columns)}) AS ({first} UNION SELECT n.* FROM r CROSS JOIN LATERAL ({steps}) AS n) "
            "SELECT * FROM r"
        )

    def indexes(self, store: StoreCatalogue, table: str, column: str, form: str) -> bool:
        wanted = _squashed(twin(form, "postgresql", column).key)
        return any(not i.partial and i.columns and _squashed(i.columns[0]) == wanted for i in store.tables[table].indexes)


def param_column(param: Param, number: int) -> Param:
    """One column of a composite parameter: each is an array of its own."""
    if not param.columns:
        return param
    return replace(param, columns=(param.columns[number],))


def base_type(live: LiveColumn) -> str:
    """The column's type without length: an array cast to varchar(3) would cut its values."""
    bare = re.sub(r"\(\d+(?:,\s*\d+)?\)", "", live.type)
    if live.family == "text":
        return "bpchar" if bare == "character" else "text" if bare in ("character varying", "text", "name") else bare
    return bare


def _literal(name: str) -> str:
    return name.replace("'", "''").replace("%", "%%")


def _constant(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _squashed(sql: str) -> str:
    """An expression without what PostgreSQL adds or drops when it shows one."""
    return re.sub(r"::(?:text|character varying|bpchar)|[\s\"()]", "", sql).lower()


# ---- documents -----------------------------------------------------------------------------------------------------

Tree = dict[str, "Tree | str"]  # member → subtree, "personal" or "stays"


def tree_of(replacement: RemovePaths) -> Tree:
    """The declared paths as a tree; `[*]` stands for every element of an array."""
    tree: Tree = {}
    for fate, paths in (("personal", replacement.paths), ("stays", replacement.declared)):
        for path in paths:
            node, steps = tree, steps_of(path)
            for step in steps[:-1]:
                below = node.setdefault(step, {})
                node = below if isinstance(below, dict) else {}
            node.setdefault(steps[-1], fate)
    return tree


def _removed(column: str, live: LiveColumn, replacement: RemovePaths) -> str:
    document = column if live.type == "jsonb" else f"{column}::jsonb"
    whole = "NULL" if live.nullable else "'null'::jsonb"
    value = _value(document, tree_of(replacement), replacement.others)
    if not live.nullable:
        value = f"coalesce({value}, {whole})"
    return value if live.type == "jsonb" else f"({value})::json"


def _node(document: str, tree: Tree, others: bool) -> str:
    parts = []
    if not others:
        names = ", ".join(_constant(name) for name in sorted(tree))
        parts.append(f"({document} - ARRAY[{names}]::text[])")
    for name, below in sorted(tree.items()):
        if below != "personal":
            parts.append(_member(document, name, below, others))
    return "(" + " || ".join(parts or ["'{}'::jsonb"]) + ")"


def _member(document: str, name: str, below: Tree | str, others: bool) -> str:
    """An object of the member as it stays; empty where nothing of it does."""
    value = _value(f"({document} -> {_constant(name)})", below, others)
    return f"coalesce((SELECT jsonb_build_object({_constant(name)}, q.v) FROM (SELECT {value} AS v) AS q WHERE q.v IS NOT NULL), '{{}}'::jsonb)"


def _value(value: str, below: Tree | str, others: bool, depth: int = 0) -> str:
    """What stays of a value, NULL for nothing. Something else where an object or an array was declared is undeclared as a whole."""
    if not isinstance(below, dict):
        return "NULL::jsonb" if below == "personal" else value
    kinds = ""
    if "[*]" in below:
        kinds += f" WHEN 'array' THEN {_elements(value, below['[*]'], others, depth)}"
    members = {name: tree for name, tree in below.items() if name != "[*]"}
    if members:
        kinds += f" WHEN 'object' THEN {_node(value, members, others)}"
    return f"(CASE jsonb_typeof({value}){kinds} ELSE {'NULL::jsonb' if others else value} END)"


def _elements(value: str, below: Tree | str, others: bool, depth: int) -> str:
    x = f"x{depth}"
    kept = _value(f"{x}.e", below, others, depth + 1)
    every = f"SELECT {kept} AS v, {x}.n FROM jsonb_array_elements({value}) WITH ORDINALITY AS {x} (e, n)"
    return f"(SELECT coalesce(jsonb_agg(y.v ORDER BY y.n) FILTER (WHERE y.v IS NOT NULL), '[]'::jsonb) FROM ({every}) AS y)"
