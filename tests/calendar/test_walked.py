"""A table much of which is due is walked page by page: no transaction takes more than it may, nothing is left, and a run that stops goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.calendar.firm import Quay, quay
from tests.oracle.running import Crash, crash_at
from upheld.engine.execution import erasure
from upheld.engine.execution.calendar import pace, run
from upheld.engine.execution.journal import ChunkRecord, MemoryJournal

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
