"""The sweep after an erasure: every text column of the live schema, searched for the day's identifiers, in seconds per million rows.

The identifiers are those of 1,000 people who were erased just before, so nothing may be found; then those of people who were not, who must be.
"""

from __future__ import annotations

import random
import statistics
import time
from contextlib import closing
from typing import Any

import psycopg

from bench.firm import MASTER, firm
from bench.linked import TABLES, in_postgresql, server
from upheld.engine.execution import asks
from upheld.engine.execution.sweep import Swept, sweep

CUSTOMERS = 100_000
BATCH = 1_000
ROUNDS = 3
GOAL_S = 2.0


def run(customers: int = CUSTOMERS, batch: int = BATCH) -> list[dict[str, Any]]:
    """One row; the goal is the limit."""
    with server() as running:
        made = firm(running, in_postgresql(running, "linked", "delete", customers))
        with closing(made):
            people = random.Random(5).sample(range(1, customers + 1), batch + 10)
            erased, left = made.ask("erasure", people[10:]), made.ask("access", people[:10])
            made.erase(erased)
            millions = _rows(made.linked.url) / 1e6

            def swept(ask: str) -> Swept:
                with made.own.connection() as connection:
                    found = asks.find_ask(connection, MASTER, ask)
                assert found is not None
                return sweep(made.store, made.linked.estate.stores["linked"], found.bindings, {})

            times = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                nothing = swept(erased)
                times.append(time.perf_counter() - began)
            there = swept(left)
    if nothing.left or not there.left:
        raise AssertionError(f"the sweep found {nothing.found} of the erased and {there.found} of the others")
    ours = statistics.median(times) / millions
    return [
        {
            "name": f"sweep for {batch:,} people, a million rows",
            "ours_s": round(ours, 4),
            "limit_s": GOAL_S,
            "ratio": round(ours / GOAL_S, 3),
            "goal": 1.0,
            "detail": f"{millions:.2f} million rows, {nothing.tables} tables, {nothing.columns} columns, {nothing.bytes / 1e6:.0f} MB of text "
            f"in {statistics.median(times):.2f} s; the goal is the limit",
        }
    ]


def _rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        return sum(connection.execute(f"SELECT count(*) FROM {t}").fetchall()[0][0] for t in TABLES)  # type: ignore[call-overload]


if __name__ == "__main__":
    for one in run():
        print(one)
