"""A Rekey step becomes one update of the rows and one of each column that follows, all by the token of the value that was there.

The token is a hash of the ask's secret and the old value, so that parent and child get the same without either being read.
"""

from __future__ import annotations

from upheld.engine.plan.model import SetToken
from upheld.engine.plan.steps import Rekey
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build, quoted, rows_where


def write_rekey(step: Rekey, build: Build) -> Statement:
    """All updates; together in one statement where the engine can."""
    where, needs = rows_where(build, step.rows)
    # Followers first: what a trigger copies while keys change then bears the old key, and is found by it.
    updates = [_update(step, build, table, column, _leads(step, build, table, column)) for table, column in step.followers]
    updates.append(_update(step, build, step.rows.table, step.column, where))
    sql, more = build.dialect.deletes(build, updates)
    return Statement(sql, build.params, needs, more)


def write_rekey_count(step: Rekey, build: Build) -> Statement:
    """How many rows the step would touch, those that follow included."""
    where, needs = rows_where(build, step.rows)
    counts = [f"(SELECT count(*) FROM {build.dialect.place(step.rows.table)} AS t WHERE {where})"]
    for table, column in step.followers:
        counts.append(f"(SELECT count(*) FROM {build.dialect.place(table)} AS t WHERE {_leads(step, build, table, column)})")
    return Statement(f"SELECT {' + '.join(counts)}", build.params, needs)


def old_keys_left(step: Rekey, build: Build) -> list[tuple[str, str]]:
    """(table, condition) of rows that still bear a key as it was."""
    places = [(step.rows.table, step.column), *step.followers, *step.cascading]
    return [(table, _leads(step, build, table, column)) for table, column in places]


def _update(step: Rekey, build: Build, table: str, column: str, where: str) -> str:
    live = build.live(step.rows.table, step.column)
    token = build.dialect.replaced(build, step.rows.table, [f"t.{quoted(column)}"], live, SetToken(step.length))
    return f"UPDATE {build.dialect.place(table)} AS t SET {quoted(column)} = {token} WHERE {where}"


def _leads(step: Rekey, build: Build, table: str, column: str) -> str:
    part = next(getattr(path, "part", "") for path in step.rows.paths)
    param = Param("set", step.rows.table, part, (step.column,))
    return build.dialect.matches(build, [(f"t.{quoted(column)}", build.live(table, column))], param)
