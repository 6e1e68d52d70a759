"""What blanks a column: tried on real engines, so that a chosen value is a value the column takes."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest

from upheld.engine.estate.replacements import Blanking, Impossible, blanking
from upheld.engine.stores import catalogue_postgresql, catalogue_sqlite

# (declaration, constraint of the table, what is expected)
CASES = [
    ("text", "", "null"), ("text NOT NULL", "", "token"), ("text NOT NULL UNIQUE", "", "token"), ("varchar(8) NOT NULL", "", "token"),
    ("varchar(8) NOT NULL UNIQUE", "", None), ("text NOT NULL", "CHECK (x <> '')", "token"), ("text NOT NULL", "CHECK (length(x) <= 20)", "token"),
    ("text NOT NULL", "CHECK (length(x) > 3 AND length(x) < 9)", "token"), ("text NOT NULL", "CHECK (length(x) > 40)", None),
    ("text NOT NULL", "CHECK (x LIKE '%@%')", None), ("text NOT NULL", "CHECK (x = lower(x))", "token"), ("text NOT NULL", "CHECK (length(x) = 2)", "token"),
    ("text NOT NULL", "CHECK (x IN ('a', 'b'))", "value"), ("text NOT NULL", "CHECK (x IN ('a', 'b') OR k > 3)", None),
    ("text NOT NULL", "CHECK (x NOT IN ('a', 'b'))", None), ("text", "CHECK (x LIKE '%@%')", "null"), ("text", "CHECK (x IS NOT NULL)", "token"),
    ("text", "CHECK (x IS NOT NULL OR k IS NOT NULL)", None), ("text", "CHECK (x IS NULL OR x LIKE '%@%')", "null"),
    ("text", "CHECK (coalesce(x, '') <> '')", None), ("text NOT NULL", "CHECK (x <> '' AND k > 0)", "token"), ("integer NOT NULL", "", "value"),
    ("integer NOT NULL UNIQUE", "", None), ("integer NOT NULL", "CHECK (x > 0)", None), ("date NOT NULL", "", "value"), ("boolean NOT NULL", "", "value"),
    ("numeric(10, 2) NOT NULL", "", "value"), ("timestamp NOT NULL", "", "value"), ("integer", "REFERENCES o (id)", "null"),
    ("integer NOT NULL", "REFERENCES o (id)", None), ("text NOT NULL DEFAULT 'd'", "", "token"), ("text NOT NULL", "CHECK (k > 0)", "token"),
]  # fmt: skip
POSTGRES = [
    ("uuid NOT NULL", "", "token"), ("jsonb NOT NULL", "", "value"), ("bytea NOT NULL", "", None), ("char(20) NOT NULL", "", "token"),
    ("text GENERATED ALWAYS AS (k::text) STORED", "", None), ("text NOT NULL", "CHECK (char_length(btrim(x)) > 0)", "token"),
    ("varchar NOT NULL", "CHECK (x = ANY (ARRAY['a', 'b']))", "value"), ("text NOT NULL", "EXCLUDE (x WITH =)", "token"), ("inet NOT NULL", "", None),
]  # fmt: skip
SCHEMA = "CREATE TABLE o (id integer PRIMARY KEY); CREATE TABLE t (k integer PRIMARY KEY, x {0}{1});"


def schema(declared, constraint):
    return SCHEMA.format(
        declared, f" {constraint}" if constraint.startswith("REF") else f", {constraint}" if constraint else ""
    )


def value_of(found, row):
    return {"null": None, "token": f"{row:032x}"[-(found.length or 0) :], "value": found.value}[found.kind]


def judged(table, expected):
    found = blanking(table, "x")
    if expected is None:
        assert isinstance(found, Impossible) and found.why
        return None
    assert isinstance(found, Blanking) and found.kind == expected, found
    return found


@pytest.mark.parametrize(("declared", "constraint", "expected"), CASES)
def test_sqlite_takes_the_chosen_value_in_every_row(declared, constraint, expected):
    connection = sqlite3.connect(":memory:")
    connection.executescript("PRAGMA foreign_keys = on;" + schema(declared, constraint))
    if found := judged(catalogue_sqlite.reflect(connection, "s").tables["t"], expected):
        for row in (1, 2, 3):
            connection.execute("INSERT INTO t (k, x) VALUES (?, ?)", (row, value_of(found, row)))


@pytest.mark.parametrize(("declared", "constraint", "expected"), CASES + POSTGRES)
def test_postgresql_takes_the_chosen_value_in_every_row(declared, constraint, expected, postgres):
    postgres.rollback()
    postgres.execute(schema(declared, constraint))
    if found := judged(catalogue_postgresql.reflect(postgres, "s").tables["t"], expected):
        for row in (1, 2, 3):
            value = value_of(found, row)
            said = psycopg.sql.Literal(value if value is None or isinstance(value, bool) else str(value))
            postgres.execute(psycopg.sql.SQL("INSERT INTO t (k, x) VALUES ({}, {})").format(row, said))


def test_keys_partition_keys_and_referenced_columns_are_never_blanked(postgres):
    postgres.rollback()
    postgres.execute("CREATE TABLE t (k int, x date NOT NULL, y text) PARTITION BY RANGE (x)")
    table = catalogue_postgresql.reflect(postgres, "s").tables["t"]
    assert isinstance(blanking(table, "x"), Impossible)
    assert isinstance(blanking(table, "y", frozenset({"y"})), Impossible)
