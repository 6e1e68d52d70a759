"""PostgreSQL explains: the statement is prepared and its generic plan shown, which reckons with about ten keys, whatever they are.

With so few keys any index that fits is chosen; a table that is read from end to end all the same has none. Not taken: EXPLAIN with a chunk's own
keys; a thousand of them may rightly read a whole table that has its index, and values would lie in the server's log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Statement

NAME = "CASE WHEN n.nspname = current_schema() THEN c.relname::text ELSE n.nspname || '.' || c.relname END"
SIZES = f"""
SELECT {NAME}, greatest(c.reltuples::bigint, coalesce(s.n_live_tup, 0),
  (SELECT coalesce(sum(greatest(k.reltuples, 0)), 0)::bigint FROM pg_partition_tree(c.oid) q JOIN pg_class k ON k.oid = q.relid WHERE c.relkind = 'p'), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan"
EXPLAINED = "upheld_explained"
_PARAM = re.compile(r"%\((\w+)\)s|%%")


def sizes(store: Store, tables: Sequence[str]) -> dict[str, int]:
    """Rows of these tables, by the catalogue. One statement."""
    found = {str(name): int(str(rows)) for name, rows in _rows(store, SIZES)}
    return {name: found[name] for name in tables if name in found}


def whole_reads(store: Store, statement: Statement) -> frozenset[str]:
    """Tables under a Seq Scan of the generic plan; a partition's under its parent's name where that is what the statement names."""
    text, count = _numbered(statement.sql)
    run = store.run
    run(Statement(GENERIC, {}), _nothing)
    run(Statement(f"PREPARE {EXPLAINED} AS {text}", {}), _nothing)
    try:
        given = f" ({', '.join(['NULL'] * count)})" if count else ""
        [(plan,)] = _rows(store, f"EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE {EXPLAINED}{given}")
        schema = str(_rows(store, "SELECT current_schema()")[0][0])
    finally:
        run(Statement(f"DEALLOCATE {EXPLAINED}", {}), _nothing)
    scans = {_named(node, schema) for node in _nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"}  # type: ignore[index]
    return frozenset(scans | _parents(store, scans))


def _numbered(sql: str) -> tuple[str, int]:
    """The driver's named parameters as $1, $2 …, doubled percent signs as one; percent signs doubled again for the driver."""
    names: dict[str, int] = {}

    def one(found: re.Match[str]) -> str:
        name = found[1]
        return "%" if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return _PARAM.sub(one, sql).replace("%", "%%"), len(names)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _named(node: dict[str, Any], schema: str) -> str:
    name = str(node["Relation Name"])
    return name if node.get("Schema") in (None, schema) else f"{node['Schema']}.{name}"


def _parents(store: Store, names: set[str]) -> set[str]:
    if not names:
        return set()
    parents = _rows(store, f"""
        SELECT (SELECT {NAME} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = pg_partition_root(i.inhrelid)),
               (SELECT {NAME} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = i.inhrelid)
        FROM pg_inherits i""")  # fmt: skip
    return {str(root) for root, part in parents if part in names and root is not None}


def _rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return store.rows(Statement(sql, {}), _nothing)


def _nothing(_: object) -> object:
    return None
