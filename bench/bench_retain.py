"""Retention of a million due rows, in chunks with records, against the hand-written delete in one transaction.

By hand: `DELETE FROM visits WHERE visited < DATE` over the same index, one transaction. Ours is what `upheld retain --plan` does after the plan is
read: chunks of 100,000 rows, each fenced, its schema compared, recorded *prepared* and *done* in two commits of our own with a ledger leaf, and at
the end the read-back over the whole table. Each round makes the rows anew; a tenth of the table stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from bench.alternating import row, times_of
from bench.linked import server
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue
from upheld.engine.execution import asks
from upheld.engine.execution.calendar import CalendarJournal, preview_due, run_calendar
from upheld.engine.plan.calendar import retention
from upheld.engine.plan.model import Refused
from upheld.engine.stores import open_stores
from upheld.language.promises.model import After, Kind, Name, Period, Program, Promise, Source
from upheld.records.keys import MasterKey
from upheld.records.ledger import begin
from upheld.records.own import on_server

ROWS, STAY = 1_000_000, 100_000
ROUNDS = 5
GOAL = 1 / 0.7
TODAY = date(2026, 1, 15)
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
YAML = """
store: web
engine: postgresql
url: env:WEB_URL
place: IE
kind: primary
tables:
  visits:
    key: [id]
    no-owner: visits of nobody in particular
    columns: {id: key, page: browser-history, address: ip-address, visited: {event: visited, leaf: browser-history}}
"""
MADE = """
DROP TABLE IF EXISTS visits;
CREATE TABLE visits (id bigint PRIMARY KEY, page text, address text, visited date);
INSERT INTO visits SELECT n, 'page ' || n %% 977, '192.0.2.' || n %% 250, CASE WHEN n <= {due} THEN date '2023-01-01' ELSE date '2026-01-01' END
FROM generate_series(1, {all}) AS n;
CREATE INDEX ON visits (visited);
ANALYZE visits;
""".replace("%%", "%")


def run(due: int = ROWS, stay: int = STAY, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """One row: a million due rows, PostgreSQL."""
    with server() as running:
        running.create_database("retained")
        url = running.url("retained", "upheld_firm")
        own, master = on_server(running, "own_retained"), MasterKey(bytes(range(32)))
        own.migrate()
        with own.connect() as connection:
            begin(connection, master, "ledger.example.test/bench", NOW)
        estate, faults = read_estate({"web.yaml": YAML})
        assert not faults, faults
        stores = open_stores(estate, {"web": url})
        made = MADE.format(due=due, all=due + stay)

        def fresh() -> None:
            with psycopg.connect(url, autocommit=True) as db:
                db.execute(made)  # type: ignore[call-overload]

        def hand(_: int) -> Callable[[], object]:
            fresh()

            def work() -> None:
                with psycopg.connect(url) as db:
                    db.execute("DELETE FROM visits WHERE visited < '2025-01-15'")

            return work

        def ours(_: int) -> Callable[[], object]:
            fresh()
            catalogue = Catalogue({"web": stores["web"].catalogue()})
            with own.transaction() as connection:
                ask = asks.next_ask(connection, "retention", 0, None, NOW)
                found = retention(_program(), estate, catalogue, ask, TODAY)
                assert not isinstance(found, Refused), found
                counts = preview_due(found, estate, catalogue, stores, secret="5e" * 32)
                assert not isinstance(counts, Refused), counts
                asks.store_plan(connection, found.plan, counts, NOW)

            def work() -> None:
                journal = CalendarJournal(own, master, found.plan, {}, lambda: NOW).open()
                try:
                    came = run_calendar(
                        found.plan, estate, catalogue, stores, day=TODAY, secret="5e" * 32, journal=journal, preview=counts
                    )
                    assert came.answer.is_done and not came.left and came.answer.store("web").rows == due, came
                finally:
                    journal.close()

            return work

        took = times_of({"hand": hand, "ours": ours}, rounds, warm=1)
        for store in stores.values():
            store.close()
        own.close()
    return [row(f"retention of {due:,} due rows, PostgreSQL", took, round(GOAL, 3), f"{stay:,} rows stay; chunks of 100,000")]


def _program() -> Program:
    until = After(Period(1, "years"), Period(1, "years"), Name(Kind.EVENT, "visited"))
    leaves = frozenset({Name(Kind.DATA, "browser-history"), Name(Kind.DATA, "ip-address")})
    promise = Promise(
        "web.keep.1#1", Source("web", TODAY, ("web.keep.1",), 1), "may", "retain", leaves, end=until, then="erase"
    )
    return Program((), {}, (promise,), (), (), "")


if __name__ == "__main__":
    for one in run():
        print(one)
