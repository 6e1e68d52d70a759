"""A table much of which is due is walked page by page: no transaction takes more than it may, nothing is left, and a run that stops goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.calendar.firm import Quay, quay
from tests.oracle.running import Crash, crash_at
from upheld.engine.execution import erasure
from upheld.engine.execution.calendar import pace, run
from upheld.engine.execution.journal import ChunkRecord, MemoryJournal
from upheld.engine.stores import Store
from upheld.engine.stores.mariadb.session import MariaDBStore
from upheld.engine.stores.session_sqlite import SQLiteStore
from upheld.engine.stores.sql import calendar
from upheld.engine.stores.sql.statements import Statement

MOST = 300
PROMISES = "define: seen\nis: event\n---\nmay retain: [purchase, name]\nuntil: 2 years after seen\nthen: erase\n"
TABLES = """
visits:
  key: [id]
  no-owner: visits of nobody in particular
  columns: {id: key, page: purchase, words: name, seen: {event: seen, leaf: purchase}}
"""
# Ten rows to a page at first, then more than a hundred; of the last thousand every second is due.
ROWS = """
CREATE TABLE visits (id integer PRIMARY KEY, page text, words text, seen date);
ALTER TABLE visits ALTER words SET STORAGE PLAIN;
INSERT INTO visits SELECT n, 'p', CASE WHEN n <= 200 THEN repeat('x', 700) END,
  CASE WHEN n > 2000 AND n % 2 = 0 THEN date '2025-06-01' ELSE date '2020-01-01' END FROM generate_series(1, 3000) AS n;
ANALYZE visits;
"""


@pytest.fixture
def firm(make_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Quay]:
    for module in (erasure, pace, run):
        monkeypatch.setattr(module, "DUE_ROWS", MOST)
    with quay(make_database(), PROMISES, TABLES, ROWS) as made:
        yield made


# Keys of two columns, with gaps and in no order of time; every third row is not due, some by an index and some not, and most of those stand first.
HALVES = """
CREATE TABLE visits (shop varchar(8) NOT NULL, id integer NOT NULL, page varchar(20), words varchar(20), seen date, PRIMARY KEY (shop, id));
INSERT INTO visits WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) SELECT CASE WHEN n % 7 = 0 THEN 'b' ELSE 'a' END, n * 3, 'p', 'w',
  CASE WHEN n % 3 = 0 OR n < {rows} / 4 THEN '2025-06-01' ELSE '2020-01-01' END FROM s;
"""
KEYED = TABLES.replace("key: [id]", "key: [shop, id]").replace("{id: key,", "{shop: SHOP, id: key,")


HANDLED = "SHOW SESSION STATUS LIKE 'Handler_read%'"


def rows_met(store: Store) -> Callable[[], int]:
    """How many rows (MariaDB) or steps of a statement (SQLite, in hundreds) this session has met so far."""
    if isinstance(store, MariaDBStore):
        return lambda: sum(int(str(n)) for _, n in store.rows(Statement(HANDLED, {}), dict))
    met = [0]
    assert isinstance(store, SQLiteStore)
    store._open().set_progress_handler(lambda: met.__setitem__(0, met[0] + 1), 100)
    return lambda: met[0]


@pytest.mark.parametrize(("engine", "goes"), [("sqlite", True), ("sqlite", False), ("mariadb", True)])
def test_on_engines_without_pages_twice_the_rows_cost_twice_the_reading(
    engine: str, goes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for module in (calendar, run):
        monkeypatch.setattr(module, "DUE_ROWS", 50)
    met = []
    for rows in (300, 600):
        address = f"sqlite:///{tmp_path / f'{rows}.db'}" if engine == "sqlite" else request.getfixturevalue("make_mariadb")()
        with quay(address, PROMISES, KEYED.replace("SHOP", "key" if goes else "none"), HALVES.format(rows=rows)) as firm:
            firm.plan(), firm.preview()
            count = rows_met(firm.stores["quay"])
            before = count()
            came = firm.run()
            met.append(count() - before)
            assert came.answer.is_done and not came.left
            chunks = sizes(came.answer.store("quay").chunks)
            assert max(chunks) == 50 and sum(chunks) == rows // 2, chunks
            assert firm.sql("SELECT count(*) FROM visits WHERE words IS NOT NULL") == [(rows - rows // 2,)]
            assert firm.sql("SELECT count(*) FROM visits") == [(rows - rows // 2 if goes else rows,)]
    # What a run reads of the catalogue is the same, however many rows there are: MariaDB counts that, too.
    assert met[1] - met[0] < 900 if engine == "mariadb" else met[1] < 2.1 * met[0], met


def sizes(chunks: tuple[ChunkRecord, ...]) -> list[int]:
    return [sum(chunk.rows.values()) for chunk in chunks]


def test_no_transaction_takes_more_than_it_may_and_nothing_is_left(firm: Quay) -> None:
    came = firm.run()
    assert came.answer.is_done and not came.left
    chunks = sizes(came.answer.store("quay").chunks)
    assert sum(chunks) == 2500 and max(chunks) <= MOST and len(chunks) < 20, chunks
    assert firm.sql("SELECT count(*), min(seen)::text FROM visits") == [(500, "2025-06-01")]
    assert firm.run().answer.store("quay").rows == 0


@pytest.mark.parametrize("point", ["before-store-commit", "after-store-commit"])
def test_a_walk_that_was_stopped_goes_on(firm: Quay, point: str) -> None:
    journal = MemoryJournal()
    with pytest.raises(Crash):
        firm.run(journal=journal, failpoint=crash_at(point, 4))
    assert 500 < int(str(firm.sql("SELECT count(*) FROM visits")[0][0])) < 3000
    came = firm.run(journal=journal)
    assert came.answer.is_done and not came.left
    assert firm.sql("SELECT count(*) FROM visits") == [(500,)]


def test_where_little_of_a_table_is_due_no_page_is_walked(firm: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DENSE", 1)
    monkeypatch.setattr(run, "Pace", None)
    assert firm.run().answer.is_done and firm.sql("SELECT count(*) FROM visits") == [(500,)]


def test_a_walk_past_whose_end_very_much_came_meanwhile_comes_to_an_end() -> None:
    walk, rows, taken = pace.Pace(rows=1000, pages=10, now=10), [100] * 500, 0
    for _ in range(200):
        if walk.is_over:
            break
        start, until = (int(place[1:-1].partition(",")[0]) for place in walk.places())
        here = sum(rows[start:until])
        if here > pace.DUE_ROWS / 20:
            walk.shorten()
            continue
        taken += here
        walk.go_on(here)
    assert walk.is_over and taken == sum(rows)
