"""A generated column has a read-back of its own: it must follow what it is computed from, into the blank."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.oracle.databases import create
from tests.oracle.draw_schema import Shape
from tests.oracle.engine import Engine, engine_of
from tests.oracle.generate import World
from tests.oracle.running import ran
from tests.oracle.schema import Col, Store, Tab, key, owned_by, personal
from tests.oracle.test_copies import ENGINES
from tests.oracle.test_oracle_by_hand import ADA, customers
from upheld.engine.estate.model import Catalogue
from upheld.engine.execution import Answer
from upheld.engine.stores.catalogue_sqlite import reflect


def noting(engine: str, low: Col) -> World:
    """One customer with a note, whose writer stands in it a second time, in small letters."""
    notes = Tab(
        "notes",
        [key("id"), key("customer_id"), personal("name"), low],
        owning=[owned_by("customer_id", "customers")],
        erasure="blank",
    )
    shop = Store("shop", engine, [customers(), notes])  # type: ignore[arg-type]
    rows = {
        ("shop", "customers"): [{"id": 1, "name": "ada-name-1", "email": "ada-mail-1@example.test"}],
        ("shop", "notes"): [{"id": 5, "customer_id": 1, "name": "Ada-name-2", low.name: "ada-name-2"}],
    }
    return World(Shape(frozenset()), [shop], rows, {}, (ADA,), {})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_generated_column_follows_and_is_read_back(tmp_path: Path, engine: str) -> None:
    world = noting(engine, personal("name_low", source="name"))
    with engine_of(world, create(world, tmp_path)) as running:
        outcome = ran(running)
        assert isinstance(outcome, Answer) and outcome.is_done, outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_one_that_keeps_what_it_was_computed_from_is_red(tmp_path: Path, engine: str) -> None:
    """A plain column that the catalogue takes for a generated one stands for an engine that does not compute it anew."""
    world = noting(engine, personal("name_low"))
    with engine_of(world, create(world, tmp_path)) as running:
        running.catalogue = taken_for_generated(running)
        outcome = ran(running)
        assert isinstance(outcome, Answer) and not outcome.is_done
        assert outcome.stores[0].problem is not None and outcome.stores[0].problem.code == "X301"


def taken_for_generated(running: Engine) -> Catalogue:
    live = running.catalogue.stores["shop"]
    notes = live.tables["notes"]
    columns = tuple(replace(c, generated=True, default="lower(name)") if c.name == "name_low" else c for c in notes.columns)
    return Catalogue({"shop": replace(live, tables={**live.tables, "notes": replace(notes, columns=columns)})})


def test_sqlites_schema_says_what_a_column_is_computed_from() -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(
            """CREATE TABLE notes (id INTEGER PRIMARY KEY, "na""me" TEXT DEFAULT ('a, b') CHECK ("na""me" <> ','),
               low TEXT GENERATED ALWAYS AS (lower("na""me")) STORED, -- AS (nothing)
               [odd x] AS (CAST(id AS TEXT) || ')'), `b` text as (substr(low, 1, 2)) virtual, CONSTRAINT c CHECK (id > (0)))"""
        )
        columns = reflect(database, "shop").tables["notes"].columns
    computed = {c.name: c.default for c in columns if c.generated}
    assert computed == {"low": 'lower("na""me")', "odd x": "CAST(id AS TEXT) || ')'", "b": "substr(low, 1, 2)"}
