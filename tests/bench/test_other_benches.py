"""The benches that need a large estate, run small: they measure what they say."""

from __future__ import annotations

import psycopg
import pytest

from bench import bench_desk, bench_million, bench_writers
from bench.linked import TABLES, server
from bench.million import ROWS_EACH, a_million
from upheld.records.jobs import jobs_now
from upheld.records.own import OwnDatabase


def test_a_customer_of_the_million_has_seventeen_rows_and_every_key_is_enforced():
    with server(durable=False) as running:
        linked = a_million(running, "few", "delete", 100)
        with psycopg.connect(linked.url) as connection:
            rows = sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)
    assert rows == 100 * ROWS_EACH
    keys = [key for table in linked.catalogue.stores["linked"].tables.values() for key in table.foreign_keys]
    assert len(keys) == 9 and not any(key.unchecked for key in keys)


def test_the_bench_of_a_million_runs_in_several_chunks_worth_of_people(capsys: pytest.CaptureFixture[str]):
    [row] = bench_million.run(customers=600, erased=40, rounds=1)
    assert row["ours_s"] > 0 and row["limit_s"] > 0 and row["goal"] == bench_million.GOAL
    told = capsys.readouterr().err
    assert told.count(" s  ") == 9, "the filling, and by way and round: the asking of ours and the work"
    for phase in ("filled and indexed", "asked: ", "by hand, subquery", "by hand, arrays", "ours"):
        assert phase in told


def test_writers_are_counted_while_nothing_is_erased_and_while_something_is():
    rate, longest = bench_writers.run(customers=2_000, batch=100, rounds=1, writers=2)
    assert rate["ours_s"] > 0 and rate["limit_s"] > 0
    assert longest["limit_s"] == 1.0


def test_jobs_are_timed_from_their_commit_and_every_one_is_waited_for(own: OwnDatabase):
    waits, took = bench_desk._jobs(own, jobs=20, starts=3)
    assert len(waits) == 3 and min(waits) > 0 and took > 0
    with own.connection() as connection:
        assert jobs_now(connection).done == 24
