"""An address in an unusual writing is found by bind, on both engines; the one index that makes it quick is the one that check names."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests import mariadb
from tests.oracle.case import Subject
from tests.oracle.databases import create
from tests.oracle.engine import engine_of
from tests.oracle.generate import Shape, World, generate
from tests.oracle.oracle import subject_rows
from tests.oracle.running import after
from tests.oracle.test_generated import PAIRS, THIRD
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.forms import twin
from upheld.engine.estate.model import Catalogue
from upheld.engine.execution import Bound

WRITINGS = (
    "mara@bücher.test",
    "mara@BÜCHER.test",
    "MARA@bu\u0308cher.test",
    "mara@xn--bcher-kva.test",
    " mara@ｂücher．test ",
)


def world_of(engines: tuple[str, str], said: str) -> World:
    """One person by the common writing; letters under every other; the ask under one of them."""
    world = generate(Shape(frozenset(), engines, people=2, rows=1, seed=3))
    person = world.rows["shop", "customers"][0]
    person["email"] = WRITINGS[0]
    letters = world.rows["post", "letters"]
    pattern = dict(letters[-1])
    letters[:] = [{**pattern, "id": 900 + n, "email": writing} for n, writing in enumerate(WRITINGS)]
    letters.append({**pattern, "id": 990, "email": "mara@bucher.test"})
    world.rows["post", "clicks"].clear()
    return dataclasses.replace(world, subjects=(Subject("s-0", {}, (("customer", "email/1", said),)),), keeps={})


@pytest.mark.parametrize("said", WRITINGS)
@pytest.mark.parametrize("engines", [*PAIRS[:2], *THIRD[:2]])
def test_every_writing_of_an_address_finds_the_same_person_and_her_rows(tmp_path: Path, engines: tuple[str, str], said: str):
    if "mariadb" in engines:
        mariadb.needed()
    world = world_of(engines, said)
    hers = {world.case.row(place)["id"] for place, _ in subject_rows(world.case, world.subjects[0]) if place[1] == "letters"}
    assert hers == {900, 901, 902, 903, 904}
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        bound = engine.bind()
        assert isinstance(bound, Bound)
        assert engine.erase(bound).is_done
    left = after(world, addresses)["post", "letters"]
    assert [row["id"] for row in left if row["email"] is not None] == [990]


def test_two_addresses_that_share_a_key_of_sqlite_are_two_people(tmp_path: Path):
    """Capital and small letter with a combining mark: one lower-case key, two normal forms."""
    world = world_of(("sqlite", "sqlite"), "mara@example.test")
    world.rows["shop", "customers"][0]["email"] = "A\u030ake@example.test"
    world.rows["shop", "customers"][1]["email"] = "a\u030ake@example.test"
    letters = world.rows["post", "letters"]
    letters[0]["email"], letters[1]["email"] = "\u00c5ke@example.test", "A\u030ake@example.test"
    letters[2]["email"], letters[3]["email"] = "\u00e5ke@example.test", "a\u030ake@example.test"
    for said, mine in (("Åke@example.test", {900, 901}), ("åke@example.test", {902, 903})):
        asked = dataclasses.replace(world, subjects=(Subject("s-0", {}, (("customer", "email/1", said),)),))
        addresses = create(asked, tmp_path)
        with engine_of(asked, addresses) as engine:
            bound = engine.bind()
            assert isinstance(bound, Bound)
            copy = engine.access(bound, tmp_path / said)
            rows = [r for t in copy.answer("s-0", engine.estate).tables if t.table == "letters" for r in t.rows]  # type: ignore[union-attr]
            assert {row[0] for row in rows} == mine


@pytest.mark.parametrize("engines", PAIRS[:2])
def test_the_index_that_check_names_is_the_one_that_the_search_uses(tmp_path: Path, engines: tuple[str, str]):
    world = world_of(engines, WRITINGS[0])
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        large = {
            name: dataclasses.replace(
                store, tables={n: dataclasses.replace(t, estimate=50_000) for n, t in store.tables.items()}
            )
            for name, store in engine.catalogue.stores.items()
        }
        named = [d for d in check_estate(engine.estate, Catalogue(large)) if d.code == "E351"]
        assert len(named) == 2
        for finding, store in zip(sorted(named, key=lambda d: d.file), ("post", "shop"), strict=True):
            explained = _with_index(addresses[store], finding.help.removeprefix("Create it: "), world, store)
            assert "_odd" in explained, explained


def _with_index(address: str, create_index: str, world: World, store: str) -> str:
    table, engine = ("letters", "email") if store == "post" else ("customers", "email"), world.case.estate.stores[store].engine
    odd = twin("email/1", engine, "t.email").odd
    if engine == "sqlite":
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as db:
            db.execute(create_index)
            return str(db.execute(f"EXPLAIN QUERY PLAN SELECT id FROM {table[0]} AS t WHERE ({odd}) = 1").fetchall())
    with psycopg.connect(address) as pg:
        pg.execute(create_index)
        pg.execute("SET enable_seqscan = off")
        return str(pg.execute(f"EXPLAIN SELECT id FROM {table[0]} AS t WHERE ({odd})").fetchall())
