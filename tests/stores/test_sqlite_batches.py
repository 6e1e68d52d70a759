"""A SQLite store after a batch: its log is emptied, its memory given back, and identifiers are matched as their normal form says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from upheld.engine.estate.forms import keys_of, normalise
from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.stores.session_sqlite import MANY_ROWS, SQLiteStore
from upheld.engine.stores.sql.sqlite import SQLite
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build

SAID = "Wilhelmina Nowhere"


def nothing(param: Param) -> object:
    raise KeyError(param.kind)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[Path, SQLiteStore]]:
    path = tmp_path / "people.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        db.executemany("INSERT INTO people VALUES (?, ?)", [(n, SAID) for n in range(2 * MANY_ROWS)])
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store = SQLiteStore("people", f"sqlite:///{path}")
    yield path, store
    store.close()


def blank(store: SQLiteStore, rows: int) -> None:
    store.begin(1)
    store.run(Statement(f"UPDATE people SET name = NULL WHERE id < {rows} AND name IS NOT NULL", {}), nothing)
    store.commit()
    store.rest()


def test_what_a_batch_erased_has_left_the_file_when_it_has_ended(filled: tuple[Path, SQLiteStore]) -> None:
    path, store = filled
    assert SAID.encode() in path.read_bytes()
    blank(store, 2 * MANY_ROWS)
    assert SAID.encode() not in path.read_bytes()


def test_the_log_of_one_person_waits_as_the_engine_would_have_it(filled: tuple[Path, SQLiteStore]) -> None:
    path, store = filled
    before = path.read_bytes()
    blank(store, 1)
    assert path.read_bytes() == before
    assert store._open().execute("PRAGMA wal_autocheckpoint").fetchone() == (1000,)


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_pages_are_held_for_the_transaction_alone(filled: tuple[Path, SQLiteStore], end: str) -> None:
    _, store = filled
    usual = store._open().execute("PRAGMA cache_size").fetchone()
    store.begin(1)
    assert store._open().execute("PRAGMA cache_size").fetchone() != usual
    getattr(store, end)()
    assert store._open().execute("PRAGMA cache_size").fetchone() == usual
    assert store._open().execute("PRAGMA wal_autocheckpoint").fetchone() == (1000,)


WRITINGS = (
    "ada@example.test", " ADA@Example.test ", "ada\0@example.test", b"ada@example.test", 7, 7.5, "zo\u00e9@example.test", "zoe\u0301@example.test",
    "ZOE\u0301@example.test", "ada@b\u00fccher.test", "  ", None,
)  # fmt: skip


def test_a_row_is_found_exactly_where_its_normal_form_says(filled: tuple[Path, SQLiteStore]) -> None:
    _, store = filled
    build = Build(StoreCatalogue("people", "sqlite", "3", {}, ""), SQLite())
    condition = SQLite().form(build, "t.e", Param("identifiers", form="email/1"))
    db = store._open()
    db.execute("CREATE TEMP TABLE t (e)")
    db.executemany("INSERT INTO t VALUES (?)", [(one,) for one in WRITINGS])
    [name] = build.params
    for normal in {found for one in WRITINGS if (found := normalise("email/1", one)) is not None}:
        said = "[" + ", ".join(f'"{key}"' for key in keys_of("email/1", normal, "sqlite") if "\0" not in key) + "]"
        rows = db.execute(f"SELECT e FROM t WHERE {condition}", {name: said}).fetchall()
        found = {one for (one,) in rows}
        assert {normalise("email/1", one) for one in found} <= {normal}
        # A domain that is not ASCII, or a letter written in two ways, has another key: such rows are found by their own writing.
        assert {
            one
            for one in WRITINGS
            if isinstance(one, str) and one.isascii() and normalise("email/1", one) == normal and "\0" not in one
        } <= found
