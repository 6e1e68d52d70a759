"""A live store becomes a draft of its estate file and a snapshot of its schema.

One catalogue reading and one sample per table; values are judged in memory and never kept, written or shown. Keys and links
come from the schema, kinds of data from validators, and only then from names. What is not at least likely stays
`undetermined`, so that `check` refuses the draft until a person has spoken. Reads only.
"""

from __future__ import annotations

import sqlite3
from typing import Any, cast

import pymysql

from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.stores import catalogue_postgresql, catalogue_sqlite
from upheld.engine.stores.mariadb import catalogue as catalogue_mariadb
from upheld.engine.stores.scanning.columns import guesses_of
from upheld.engine.stores.scanning.draft import draft
from upheld.engine.stores.scanning.model import OnTable, ScanResult
from upheld.engine.stores.scanning.people import findings
from upheld.engine.stores.scanning.samples import Connection, Sample, samples_of


def scan(
    connection: Connection,
    store: str,
    place: str,
    sample: int = 1000,
    on_table: OnTable | None = None,
) -> ScanResult:
    """A draft for the store on `connection`, which stands in country `place`. Nothing is written to the store.

    Reads at most `sample` rows of each table. `on_table(name, done, of)` is told of progress. Cost: a few catalogue
    queries and one query per table. Not promised: that *likely* is right.
    """
    catalogue: StoreCatalogue = _reader(connection).reflect(cast("Any", connection), store)
    tables = [table for table in catalogue.tables.values() if table.kind in ("table", "partitioned")]
    samples: dict[str, dict[str, Sample]] = {}
    for done, table in enumerate(tables, 1):
        samples[table.name] = samples_of(connection, table, sample)
        if on_table:
            on_table(table.name, done, len(tables))
    guesses = {table.name: guesses_of(table, samples[table.name], place) for table in tables}
    found = findings(tables, guesses, samples, catalogue)
    degrees = [guess.degree for finding in found if not finding.left_out for guess in finding.columns.values()]
    return ScanResult(
        text=draft(store, catalogue, place, found, sample),
        catalogue=catalogue,
        proven=degrees.count("proven"),
        likely=degrees.count("likely"),
        undetermined=degrees.count("undetermined"),
        guesses={(finding.live.name, name): guess for finding in found for name, guess in finding.columns.items()},
        left_out=tuple(finding.live.name for finding in found if finding.left_out),
    )


def _reader(connection: Connection) -> Any:
    if isinstance(connection, sqlite3.Connection):
        return catalogue_sqlite
    return catalogue_mariadb if isinstance(connection, pymysql.Connection) else catalogue_postgresql
