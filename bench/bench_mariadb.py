"""Erasure of a batch on the linked estate in MariaDB, by delete and by blank, against two hand-written versions.

Ours is the carrying out of a stored ask with everything that belongs to it, as in `bench_erase`. Without a MariaDB on the machine there are no rows, and it says so.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

from bench import linked_mariadb as by_hand
from bench.alternating import row, times_of
from bench.firm import email, firm
from bench.linked import server
from tests import mariadb

CUSTOMERS = 40_000
BATCH = 1_000
GOAL_BATCH = 1.5


def run(customers: int = CUSTOMERS, batch: int = BATCH) -> list[dict[str, Any]]:
    """Two rows: a batch deleted, a batch blanked. None where there is no server."""
    if not by_hand.is_there():
        print(f"  skipped: no {' and no '.join(by_hand.PROGRAMS)} on this machine", file=sys.stderr)
        return []
    mariadb.DURABLE = True  # the server syncs as it does by default
    with server() as running:
        return [_batch(running, how, customers, batch) for how in ("delete", "blank")]


def _batch(running: Any, how: str, customers: int, count: int) -> dict[str, Any]:
    order = list(range(1, customers + 1))
    random.Random(7).shuffle(order)
    people = iter(order)
    made = firm(running, by_hand.in_mariadb(how, customers), f"own_maria_{how}")
    with closing(made), closing(by_hand.connected(made.linked.url)) as db:

        def hand(version: str) -> Callable[[int], Callable[[], object]]:
            def prepared(_: int) -> Callable[[], object]:
                ids = [next(people) for _ in range(count)]
                emails = [email(i) for i in ids]
                return lambda: by_hand.erase(db, version, ids, emails, how)

            return prepared

        def ours(_: int) -> Callable[[], object]:
            ask = made.ask("erasure", [next(people) for _ in range(count)])
            return lambda: made.erase(ask)

        took = times_of({"joins": hand("joins"), "lists": hand("lists"), "ours": ours})
    asking = sorted(made.asking_s)[len(made.asking_s) // 2]
    return row(f"erase ({how}) {count:,} people, MariaDB", took, GOAL_BATCH, f"asking before it {asking * 1000:.0f} ms")


if __name__ == "__main__":
    for one in run():
        print(one)
