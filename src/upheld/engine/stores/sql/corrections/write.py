"""A step that corrects columns becomes statements: read the cells with whose they are, write new values by key, count what does not hold them.

New values come as rows of (key, value), so that one statement corrects a thousand people's cells. Cells are read as text, whatever their type, and
compared in Python; the engine is asked letter by letter whether a cell holds what was written, for its collation may not tell `José` from `Jose`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from upheld.engine.estate.model import Engine, LiveColumn, StoreCatalogue
from upheld.engine.plan.steps import ByKey, CorrectColumns
from upheld.engine.stores.sql.dialects import AnyDialect, dialect_of
from upheld.engine.stores.sql.postgresql import base_type
from upheld.engine.stores.sql.reading import SUBJECT, source_of, subject_name
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build, quoted

VALUE = "="  # what the new value is called among the columns of a set of changes; no column of a store is


@dataclass(frozen=True, slots=True)
class CorrectingSQL:
    """One step. `cells` returns ordinal of the person, key, and each column as text; `locked` the same with the rows locked."""

    cells: Statement
    locked: Statement
    writes: Mapping[str, Statement]  # by column
    left: Mapping[str, Statement]  # by column: how many rows do not hold the new value


def changed_scope(column: str) -> str:
    """The scope under which the new values of this column stand among a chunk's sets."""
    return f"{VALUE}{column}"


def correcting_sql(step: CorrectColumns, live: StoreCatalogue, engine: Engine, region: str) -> CorrectingSQL:
    """The statements of one step. Pure; written anew for each run, which costs less than a round trip."""
    dialect = dialect_of(engine)
    build = Build(live, dialect, region=region)
    table, key = step.rows.table, step.rows.key
    source, on, param = source_of(build, dialect, table, key, ByKey())
    texts = ", ".join(_as_text(engine, live.tables[table].column(column)) for column in step.columns)
    keys = ", ".join(f"t.{quoted(column)}" for column in key)
    subject = subject_name(dialect, build, param)
    sql = f"SELECT {subject}, {keys}, {texts} FROM {source} {dialect.cross} {dialect.place(table)} AS t ON {on}"
    cells = Statement(sql, build.params, (param,))
    locked = Statement(f"{sql} {dialect.for_update}".rstrip(), build.params, (param,))
    writes = {column: _write(step, live, engine, dialect, column, region) for column in step.columns}
    left = {column: _left(step, live, engine, dialect, column, region) for column in step.columns}
    return CorrectingSQL(cells, locked, writes, left)


def _as_text(engine: Engine, live: LiveColumn) -> str:
    column = f"t.{quoted(live.name)}"
    if engine == "postgresql":
        return f"{column}::text"
    if engine == "sqlite":
        return f"CAST({column} AS TEXT)"
    return f"CONVERT({column} USING utf8mb4)" if live.family == "text" else f"CAST({column} AS CHAR)"


def _write(
    step: CorrectColumns, live: StoreCatalogue, engine: Engine, dialect: AnyDialect, column: str, region: str
) -> Statement:
    build = Build(live, dialect, region=region)
    table = step.rows.table
    source, on, value, param = _changes(step, build, dialect, column)
    found = live.tables[table].column(column)
    differs = _differs(engine, found, value)
    place = dialect.place(table)
    if engine == "mariadb":
        sets = ", ".join([f"t.{quoted(column)} = {value}", *(f"t.{one}" for one in dialect.untouched(live.tables[table]))])
        sql = f"UPDATE {source} STRAIGHT_JOIN {place} AS t ON {on} SET {sets} WHERE {differs}"
    else:
        typed = f"{value}::{base_type(found)}" if engine == "postgresql" else value
        sql = f"UPDATE {place} AS t SET {quoted(column)} = {typed} FROM {source} WHERE {on} AND {differs}"
    return Statement(sql, build.params, (param,))


def _left(
    step: CorrectColumns, live: StoreCatalogue, engine: Engine, dialect: AnyDialect, column: str, region: str
) -> Statement:
    build = Build(live, dialect, region=region)
    source, on, value, param = _changes(step, build, dialect, column)
    differs = _differs(engine, live.tables[step.rows.table].column(column), value)
    sql = f"SELECT count(*) FROM {source} {dialect.cross} {dialect.place(step.rows.table)} AS t ON {on} WHERE {differs}"
    return Statement(sql, build.params, (param,))


def _changes(step: CorrectColumns, build: Build, dialect: AnyDialect, column: str) -> tuple[str, str, str, Param]:
    """(rows of changes, how they join the table, the new value's name, their parameter)."""
    table, key = step.rows.table, step.rows.key
    live = build.store.tables[table]
    param = Param("set", table, columns=(*key, VALUE, SUBJECT), scope=changed_scope(column))
    value = live.column(column) if live.column(column).family == "text" else None
    source, names = dialect.source(build, [*(live.column(c) for c in key), value], param)
    # Measured: a JSON table cuts a text that is longer than its column, without a word, also where it is told to fail.
    source = re.sub(
        rf"\bk{len(key)} VARCHAR\(\d+\)(?: CHARACTER SET \w+)?(?: COLLATE \w+)?",
        f"k{len(key)} LONGTEXT CHARACTER SET utf8mb4",
        source,
    )
    on = " AND ".join(f"t.{quoted(c)} = {name}" for c, name in zip(key, names[: len(key)], strict=True))
    return source, on, names[len(key)], param


def _differs(engine: Engine, live: LiveColumn, value: str) -> str:
    """The condition that the cell does not hold the value, letter by letter where it is a text."""
    column, text = f"t.{quoted(live.name)}", live.family == "text"
    if engine == "postgresql":
        if text:
            return f'{column}::text COLLATE "C" IS DISTINCT FROM {value}::{base_type(live)}::text COLLATE "C"'
        both = "::jsonb" if live.family == "json" else ""  # the plain json type has no equality
        return f"{column}{both} IS DISTINCT FROM {value}::{base_type(live)}{both}"
    if engine == "sqlite":
        return f"{column} COLLATE BINARY IS NOT {value}"
    if text:
        bytes = "CAST(CONVERT({} USING utf8mb4) AS BINARY)"
        return f"NOT ({bytes.format(column)} <=> {bytes.format(value)})"
    return f"NOT ({column} <=> {value})"
