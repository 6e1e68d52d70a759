"""Rows alike, in SQL: rare rows emptied, the test that none is left, and rows counted as they go.

A group is named by its quasi-identifiers as one JSON text, so that NULL is a value like any other and no two groups share a name. The table is read
once per statement, grouped by hash. Not taken: a window over the table; it sorts, and engines differ in what may stand in an update.
"""

from __future__ import annotations

from typing import assert_never

from upheld.engine.plan.steps import Alike, CountInto, ReadBackGroups, SuppressGroups
from upheld.engine.stores.sql.statements import Statement
from upheld.engine.stores.sql.writer import Build, any_of, condition, quoted

Grouped = SuppressGroups | ReadBackGroups | CountInto


def write_grouped(step: Grouped, build: Build) -> Statement:
    """The statement of a step about groups of rows."""
    conditions = [condition(build, step.rows.table, step.rows.key, path) for path in step.rows.paths]
    where, needs = any_of(sql for sql, _ in conditions), tuple(param for _, param in conditions)
    place = build.dialect.place(step.rows.table)
    match step:
        case SuppressGroups(columns=columns, alike=alike):
            sets = ", ".join(f"{quoted(c)} = NULL" for c in columns)
            some = any_of(f"t.{quoted(c)} IS NOT NULL" for c in columns)
            sql = f"UPDATE {place} AS t SET {sets} WHERE {where} AND {some} AND {_failing(build, step.rows.table, alike)}"
        case ReadBackGroups(alike=alike):
            some = any_of(f"t.{quoted(c)} IS NOT NULL" for c in (*alike.quasi, *alike.sensitive))
            sql = f"SELECT 1 FROM {place} AS t WHERE {where} AND {some} AND {_failing(build, step.rows.table, alike)} LIMIT 1"
        case CountInto():
            sql = _count(build, step, where)
        case _:
            assert_never(step)
    return Statement(sql, build.params, needs)


def _failing(build: Build, table: str, alike: Alike) -> str:
    """The row's group is too small, or all of it says the same of what is sensitive. A group without any value left says nothing."""
    name = build.dialect.as_array([(f"t.{quoted(c)}", build.live(table, c)) for c in alike.quasi])
    fails = [f"count(*) < {alike.group}"]
    for column in alike.sensitive if alike.diversity > 1 else ():
        sql = f"t.{quoted(column)}"
        fails.append(f"count({sql}) > 0 AND count(DISTINCT {sql}) < {alike.diversity}")
    inner = f"SELECT {name} AS named FROM {build.dialect.place(table)} AS t WHERE {_nameless(alike)} GROUP BY {name} HAVING {any_of(fails)}"
    return f"{name} IN (SELECT named FROM ({inner}) AS failing)"


def _nameless(alike: Alike) -> str:
    return " AND ".join(f"t.{quoted(c)} IS NULL" for c in alike.marks)


def _count(build: Build, step: CountInto, where: str) -> str:
    place, into = build.dialect.place(step.rows.table), build.dialect.place(step.into)
    names = [f"g{n}" for n in range(len(step.by))]
    values = []
    for column, how in step.by:
        live = build.live(step.rows.table, column)
        values.append(f"t.{quoted(column)}" if how is None else build.dialect.coarser(f"t.{quoted(column)}", live, how))
    named = "".join(f"{value} AS {name}, " for value, name in zip(values, names, strict=True))
    grouped = f" GROUP BY {', '.join(values)}" if values else " HAVING count(*) > 0"
    inner = f"SELECT {named}count(*) AS n FROM {place} AS t WHERE {where}{grouped}"
    shown = [f"CASE WHEN n < {step.group} THEN NULL ELSE {name} END" for name in names]
    outer = "".join(f"{one}, " for one in shown)
    again = f" GROUP BY {', '.join(shown)}" if shown else " HAVING count(*) > 0"
    columns = ", ".join(quoted(c) for c in (*(c for c, _ in step.by), step.count))
    return f"INSERT INTO {into} ({columns}) SELECT {outer}sum(n) FROM ({inner}) AS counted{again}"
