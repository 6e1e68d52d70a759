"""Erasure on the linked estate: a batch of 1,000 people and one, by delete and by blank, against two hand-written versions.

Ours is the carrying out of a stored ask with everything that belongs to it: the plan and the sealed bindings are read from our own database, holds
guarded, schema compared, roots locked, rows erased, keys and identifiers read back, chunk *prepared* and *done* in two commits of our own with
tombstones and a ledger leaf for every person. By hand: the bare deletes or updates in one transaction. All commit for real, on people of their own.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from bench import by_hand
from bench.alternating import PAIRS, row, times_of
from bench.firm import Firm, email, firm
from bench.linked import in_postgresql, in_sqlite, server

CUSTOMERS = 100_000
CUSTOMERS_SQLITE = 40_000
BATCH = 1_000
GOAL_BATCH, GOAL_SQLITE, GOAL_ONE = 1.25, 1.5, 2.5
SINGLES = 60


def run(customers: int = CUSTOMERS, customers_sqlite: int = CUSTOMERS_SQLITE, batch: int = BATCH) -> list[dict[str, Any]]:
    """Six rows: a batch and one, deleted and blanked, in PostgreSQL; a batch in SQLite."""
    rows = []
    with server() as running:
        for how in ("delete", "blank"):
            made = firm(running, in_postgresql(running, f"linked_{how}", how, customers), f"own_{how}")
            with closing(made), psycopg.connect(made.linked.url, autocommit=True) as connection:
                people = _people(customers)
                for count, rounds, goal in ((batch, PAIRS, GOAL_BATCH), (1, SINGLES, GOAL_ONE)):
                    rows.append(_in_postgresql(made, connection, people, how, count, rounds, goal))
        for how in ("delete", "blank"):
            with tempfile.TemporaryDirectory(prefix="upb", dir="/tmp") as folder:
                made = firm(running, in_sqlite(Path(folder) / "linked.sqlite", how, customers_sqlite), f"own_lite_{how}")
                with closing(made):
                    rows.append(_in_sqlite(made, _people(customers_sqlite), how, batch))
    return rows


def _people(customers: int) -> Iterator[int]:
    """Every customer once, in an order that is the same in every run and jumps about in the tables."""
    order = list(range(1, customers + 1))
    random.Random(7).shuffle(order)
    return iter(order)


def _in_postgresql(made: Firm, connection: psycopg.Connection, people: Iterator[int], how: str, count: int, rounds: int,
                   goal: float) -> dict[str, Any]:  # fmt: skip
    def hand(version: str) -> Callable[[int], Callable[[], object]]:
        def prepared(_: int) -> Callable[[], object]:
            ids = [next(people) for _ in range(count)]
            emails = [email(i) for i in ids]
            return lambda: by_hand.erase(connection, version, ids, emails, how)

        return prepared

    took = times_of({"subquery": hand("subquery"), "arrays": hand("arrays"), "ours": _ours(made, people, count)}, rounds)
    who = f"{count:,} people" if count > 1 else "one person"
    return row(f"erase ({how}) {who}, PostgreSQL", took, goal, _asking(made))


def _in_sqlite(made: Firm, people: Iterator[int], how: str, count: int) -> dict[str, Any]:
    path = made.linked.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        by_hand.ready_sqlite(connection)

        def hand(version: str) -> Callable[[int], Callable[[], object]]:
            def prepared(_: int) -> Callable[[], object]:
                ids = [next(people) for _ in range(count)]
                emails = [email(i) for i in ids]
                return lambda: by_hand.erase_sqlite(connection, version, ids, emails, how)

            return prepared

        took = times_of({"subquery": hand("subquery"), "arrays": hand("arrays"), "ours": _ours(made, people, count)})
    return row(f"erase ({how}) {count:,} people, SQLite", took, GOAL_SQLITE, _asking(made))


def _ours(made: Firm, people: Iterator[int], count: int) -> Callable[[int], Callable[[], object]]:
    made.asking_s.clear()

    def prepared(_: int) -> Callable[[], object]:
        ask = made.ask("erasure", [next(people) for _ in range(count)])
        return lambda: made.erase(ask)

    return prepared


def _asking(made: Firm) -> str:
    return f"asking before it (bind, enrol, plan, preview, store) {statistics.median(made.asking_s) * 1000:.0f} ms"


if __name__ == "__main__":
    for one in run():
        print(one)
