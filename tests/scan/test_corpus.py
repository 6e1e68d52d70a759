"""How quiet and how thorough the scan is, measured on the labelled corpus; the page says what was measured, and nothing else.

UPHELD_RECORD=1 writes the figures of the page anew.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.scan import measured
from tests.scan_corpus.generate import build_sqlite
from tests.scan_corpus.measure import Result, built, measure, measure_chinook
from tests.scan_corpus.schema import Schema, schemas
from upheld.engine.stores.scanning import Guess, scan

RENAMED = ("en_forum", "it_eventi", "nl_kinderopvang")


@pytest.fixture(scope="module")
def held_out(corpus: Path) -> Result:
    return measure("held_out", measured.scanned, corpus)


@pytest.fixture(scope="module")
def tuning(corpus: Path) -> Result:
    return measure("tuning", measured.scanned, corpus)


@pytest.fixture(scope="module")
def further(corpus: Path) -> Result:
    return measure("further", measured.scanned, corpus)


def test_what_is_proven_is_right_on_schemas_that_nobody_tuned_for(held_out: Result) -> None:
    assert held_out.precision >= 0.99
    assert held_out.precision_with_neutral >= 0.99
    assert sum(each.verdict == "proven" and each.personal for each in held_out.observed) >= 90, "silence proves nothing wrong"


def test_what_is_personal_is_found_on_schemas_that_nobody_tuned_for(held_out: Result) -> None:
    assert held_out.recall >= 0.95


def test_the_page_says_what_was_measured(held_out: Result, tuning: Result, further: Result) -> None:
    results = {"held out": held_out, "tuning": tuning, "further": further}
    if measured.CHINOOK is not None:
        results["chinook"] = measure_chinook(f"sqlite:///{measured.CHINOOK}", measured.scanned)
    page = measured.PAGE.read_text(encoding="utf-8")
    if os.environ.get("UPHELD_RECORD"):
        for name, result in results.items():
            page = measured.written(page, name, measured.figures(result))
        measured.PAGE.write_text(page, encoding="utf-8")
    for name, result in results.items():
        assert measured.read(page, name) == measured.figures(result), f"{name}: UPHELD_RECORD=1 writes it anew"


@pytest.mark.skipif(measured.CHINOOK is None, reason="the Chinook database is not beside this checkout")
def test_chinook_is_scanned_without_a_false_proof() -> None:
    result = measure_chinook(f"sqlite:///{measured.CHINOOK}", measured.scanned)
    assert result.precision == 1
    assert result.recall >= 0.95


@pytest.mark.parametrize("name", RENAMED)
def test_names_without_a_meaning_change_nothing_that_is_proven(name: str, corpus: Path, tmp_path: Path) -> None:
    schema = next(schema for schema in schemas("tuning") if schema.name == name)
    named = built(schema, corpus)
    told = proven(schema, named)
    url = f"sqlite:///{shutil.copy(named.removeprefix('sqlite:///'), tmp_path / 'renamed')}"
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    for table in schema.tables:
        for n, column in enumerate(table.columns, 1):
            connection.execute(f'ALTER TABLE "{table.name}" RENAME COLUMN "{column.name}" TO c{n}')
    connection.commit()
    connection.close()
    untold = proven(schema, url)
    assert {place: (guess.degree, guess.leaf) for place, guess in told.items()} == {
        place: (guess.degree, guess.leaf) for place, guess in untold.items()
    }
    assert sum(bool(guess.leaf) for guess in told.values()) >= 4


def proven(schema: Schema, url: str) -> dict[tuple[str, int], Guess]:
    """What is proven, by table and the column's place in it."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    result = scan(connection, "shop", schema.country)
    connection.close()
    found = {}
    for table in result.catalogue.tables.values():
        for n, column in enumerate(table.columns):
            if (guess := result.guesses[table.name, column.name]).degree == "proven":
                found[table.name, n] = guess
    return found


def test_a_scan_opens_no_connection_but_the_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = next(schemas("tuning"))
    url = build_sqlite(schema, tmp_path / "made")

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a scan called out")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refused)
    assert proven(schema, url)


def test_nothing_of_a_scan_bears_a_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    schema = next(schema for schema in schemas("tuning") if schema.name == "de_onlineshop")
    url = build_sqlite(schema, tmp_path / "made")
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    result = scan(connection, "shop", schema.country)
    values = {
        str(value)
        for table in schema.tables
        for row in connection.execute(f'SELECT * FROM "{table.name}" LIMIT 300')
        for value in row
        if len(str(value)) > 9
    }
    connection.close()
    assert len(values) > 1_000
    said = f"{result!r} {caplog.text}"
    assert [value for value in values if value in said] == []
