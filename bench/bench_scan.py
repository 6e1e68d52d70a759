"""Scan of 500 tables in PostgreSQL, 1,000 rows of each: the catalogue, the samples, the judgement of every column, the draft.

By hand: the same samples read by the same statements, and thrown away; nothing is judged. The first row's goal is in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import psycopg

from bench.alternating import row, times_of
from bench.linked import FIRM, server
from upheld.engine.stores import catalogue_postgresql
from upheld.engine.stores.scanning import scan
from upheld.engine.stores.scanning.samples import samples_of

TABLES = 500
ROWS = 1_200
SAMPLE = 1_000
ROUNDS = 3
GOAL_S = 60.0
GOAL_RATIO = 12.0  # judging in Python beside reading in C; the seconds are the promise

# One of each kind that costs something to judge: names, addresses, telephone numbers, cards, text, a document, moments, amounts.
_TABLE = """
CREATE TABLE t{n} (id bigint PRIMARY KEY, first_name text, last_name text, mail text, phone text, street text, city text, card text, ip inet,
  born date, made timestamptz, amount numeric(10, 2), note text, state text, extra jsonb);
INSERT INTO t{n} SELECT i, (array['Anna', 'Piet', 'Luca', 'Marie', 'Jürgen', 'Carmen'])[1 + i % 6], 'Person' || chr(97 + i % 26) || chr(97 + i / 26 % 26),
  'p' || i || '@example.test', '+3538712' || lpad(i::text, 5, '0'), 'Canal Street ' || i, (array['Delft', 'Bonn', 'Lucca'])[1 + i % 3],
  '4' || lpad((i::bigint * 7919 * {n})::text, 15, '0'), ('192.0.2.' || i % 250)::inet, date '1940-01-01' + i * 20, now() - i * interval '1 hour', i * 1.37,
  'asked us in the spring whether number ' || i || ' would come back, and was told no', (array['new', 'paid', 'sent'])[1 + i % 3],
  jsonb_build_object('theme', 'dark', 'mail', 'q' || i || '@example.test') FROM generate_series(1, {rows}) i;
"""


def run(tables: int = TABLES, rows: int = ROWS, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Two rows: seconds of a scan against the goal, and its ratio to the bare reading of the same samples."""
    with server() as running:
        running.create_database("scanned")
        with psycopg.connect(running.url("scanned", FIRM), autocommit=True) as connection:
            for n in range(1, tables + 1):
                connection.execute(cast("Any", _TABLE.format(n=n, rows=rows)))
            connection.execute("ANALYZE")
            took = times_of({"ours": _ours(connection), "reading": _bare(connection)}, rounds, warm=1)
    columns = tables * 15
    ratio = row(f"scan of {tables} tables, PostgreSQL", took, GOAL_RATIO, f"{columns:,} columns, {SAMPLE:,} rows a table")
    seconds = {
        **ratio,
        "name": f"scan of {tables} tables: seconds",
        "limit_s": GOAL_S,
        "ratio": round(ratio["ours_s"] / GOAL_S, 3),
        "goal": 1.0,
    }
    return [{**seconds, "detail": f"{columns:,} columns; the goal is the limit"}, ratio]


def _ours(connection: psycopg.Connection) -> Callable[[int], Callable[[], object]]:
    return lambda _: lambda: scan(connection, "scanned", "IE", SAMPLE)


def _bare(connection: psycopg.Connection) -> Callable[[int], Callable[[], object]]:
    def work() -> None:
        for table in catalogue_postgresql.reflect(connection, "scanned").tables.values():
            samples_of(connection, table, SAMPLE)

    return lambda _: work
