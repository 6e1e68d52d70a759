"""Erasure of 10,000 of a million people (17 million rows) in PostgreSQL, against the hand-written rate.

Ours runs in ten chunks of 1,000, each with its two records, tombstones and leaves. By hand: all 10,000 in one transaction, in two versions, of which the
better is the limit; no chunk, no record, nothing read back.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from bench import by_hand
from bench.alternating import row, times_of
from bench.firm import email, firm
from bench.linked import server
from bench.million import ROWS_EACH, a_million

CUSTOMERS = 1_000_000
ERASED = 10_000
ROUNDS = 3
GOAL = 1.25  # 0.8 of the hand-written rate


def run(customers: int = CUSTOMERS, erased: int = ERASED, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """One row. How long each phase takes is printed as it ends: the whole lasts minutes, and says where they go."""
    with server() as running:
        with _phase("filled and indexed"):
            linked = a_million(running, "million", "delete", customers)
        made = firm(running, linked, "own_million")
        with closing(made), psycopg.connect(made.linked.url, autocommit=True) as connection:
            people = _people(customers)

            def hand(version: str) -> Callable[[int], Callable[[], object]]:
                def prepared(_: int) -> Callable[[], object]:
                    ids = [next(people) for _ in range(erased)]
                    emails = [email(i) for i in ids]
                    return _told(f"by hand, {version}", lambda: by_hand.erase(connection, version, ids, emails, "delete"))

                return prepared

            def ours(_: int) -> Callable[[], object]:
                with _phase("asked: bound, enrolled, planned, previewed, stored"):
                    ask = made.ask("erasure", [next(people) for _ in range(erased)])
                return _told("ours", lambda: made.erase(ask))

            took = times_of({"subquery": hand("subquery"), "arrays": hand("arrays"), "ours": ours}, rounds, warm=1)
        asking = f"asking before it {statistics.median(made.asking_s):.1f} s"
    name = f"erase (delete) {erased:,} of {customers:,} people, {customers * ROWS_EACH:,} rows"
    return [row(name, took, GOAL, asking)]


@contextmanager
def _phase(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"  {time.monotonic() - began:8.1f} s  {name}", file=sys.stderr, flush=True)


def _told(name: str, work: Callable[[], object]) -> Callable[[], object]:
    """The same work, whose time is printed too."""

    def told() -> object:
        with _phase(name):
            return work()

    return told


def _people(customers: int) -> Iterator[int]:
    order = list(range(1, customers + 1))
    random.Random(17).shuffle(order)
    return iter(order)


if __name__ == "__main__":
    for one in run():
        print(one)
