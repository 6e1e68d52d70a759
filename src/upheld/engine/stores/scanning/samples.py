"""A table of a live store becomes a bounded sample of each column: distinct values, in memory only.

One statement a table. Small tables are read from their start; large ones in steps over their whole length, so that an old
corner of the table does not speak for all. A sample shows no value when printed. Not taken: DISTINCT in the store; it reads
the whole table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
import pymysql
from psycopg.rows import tuple_row

from upheld.engine.estate.model import LiveTable

Connection = psycopg.Connection[Any] | sqlite3.Connection | pymysql.Connection
LONGEST_VALUE = 400  # characters of a value that are looked at
LARGE_TABLE = 50_000  # rows above which PostgreSQL draws the sample from random pages


@dataclass(frozen=True, slots=True)
class Sample:
    """Distinct non-blank values of one column as text, in the order they were met; `filled` of `rows` rows held one."""

    values: tuple[str, ...] = field(default=(), repr=False)
    filled: int = 0
    rows: int = 0


def samples_of(connection: Connection, table: LiveTable, size: int) -> dict[str, Sample]:
    """A sample of every column but binary ones, of at most `size` rows. Cost: one statement."""
    columns = [column.name for column in table.columns if column.family != "binary"]
    if not columns:
        return {}
    rows = _rows(connection, table, columns, size)
    return {name: _sample([row[place] for row in rows]) for place, name in enumerate(columns)}


def _sample(values: Sequence[object]) -> Sample:
    texts = [text for value in values if value is not None and (text := str(value).strip())]
    return Sample(tuple(dict.fromkeys(texts)), len(texts), len(values))


def _rows(connection: Connection, table: LiveTable, columns: Sequence[str], size: int) -> Sequence[tuple[Any, ...]]:
    if isinstance(connection, sqlite3.Connection):
        return _sqlite_rows(connection, table, columns, size)
    if isinstance(connection, pymysql.Connection):
        return _mariadb_rows(connection, table, columns, size)
    return _pg_rows(connection, table, columns, size)


def _mariadb_rows(
    connection: pymysql.Connection, table: LiveTable, columns: Sequence[str], size: int
) -> Sequence[tuple[Any, ...]]:
    said = ", ".join(f"LEFT(CONVERT({_quoted(name)} USING utf8mb4), {LONGEST_VALUE})" for name in columns)
    place = ".".join(_quoted(part) for part in table.name.split("."))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {said} FROM {place} LIMIT {size}")
        return list(cursor.fetchall())


# Each step is one seek in the table's tree: the cost does not grow with the table. The words are ours alone: a table may have a column `n`.
_STEPS = """WHERE rowid IN (WITH RECURSIVE upheld_step(upheld_n) AS (SELECT 0 UNION ALL SELECT upheld_n + 1 FROM upheld_step WHERE upheld_n + 1 < {size})
  SELECT (SELECT rowid FROM {table} WHERE rowid >= upheld_lowest + upheld_n * max(1, (upheld_highest - upheld_lowest + 1) / {size}) ORDER BY rowid LIMIT 1)
  FROM upheld_step, (SELECT (SELECT min(rowid) FROM {table}) AS upheld_lowest, (SELECT max(rowid) FROM {table}) AS upheld_highest))"""


def _sqlite_rows(connection: sqlite3.Connection, table: LiveTable, columns: Sequence[str], size: int) -> list[tuple[Any, ...]]:
    kept, connection.text_factory = connection.text_factory, _text
    try:
        return _sqlite_texts(connection, table, columns, size)
    finally:
        connection.text_factory = kept


def _text(value: bytes) -> str:
    """A value that somebody wrote in another encoding is looked at as far as it can be read."""
    return value.decode("utf-8", "replace")


def _sqlite_texts(connection: sqlite3.Connection, table: LiveTable, columns: Sequence[str], size: int) -> list[tuple[Any, ...]]:
    said = ", ".join(f"substr({_quoted(name)}, 1, {LONGEST_VALUE})" for name in columns)
    place = _quoted(table.name)
    cursor = connection.cursor()
    cursor.row_factory = None
    if not any(column.name.lower() == "rowid" for column in table.columns):
        try:
            return cursor.execute(f"SELECT {said} FROM {place} {_STEPS.format(size=size, table=place)}").fetchall()
        except sqlite3.OperationalError as error:
            if "rowid" not in str(error):  # a table WITHOUT ROWID is read from its start
                raise
    return cursor.execute(f"SELECT {said} FROM {place} LIMIT {size}").fetchall()


def _pg_rows(connection: psycopg.Connection[Any], table: LiveTable, columns: Sequence[str], size: int) -> list[tuple[Any, ...]]:
    said = ", ".join(f"left({_quoted(name)}::text, {LONGEST_VALUE})" for name in columns)
    name = ".".join(_quoted(part) for part in table.name.split("."))
    drawn = ""
    if table.estimate > max(LARGE_TABLE, 20 * size) and table.kind == "table":
        drawn = f" TABLESAMPLE SYSTEM ({min(100.0, 300.0 * size / table.estimate):.6f}) REPEATABLE (1)"
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(cast("Any", f"SELECT {said} FROM {name}{drawn} LIMIT {size}")).fetchall()
        if drawn and not rows:  # the estimate was of a time when the table was larger
            rows = cursor.execute(cast("Any", f"SELECT {said} FROM {name} LIMIT {size}")).fetchall()
    return rows


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
