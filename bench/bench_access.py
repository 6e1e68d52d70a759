"""Access on the linked estate: a batch of 1,000 people, one person, and one person with 200,000 rows, in time and in memory.

Ours is the carrying out of a stored ask: bindings unsealed, one snapshot, schema compared, every row to its own person's working copy, encrypted and on disk,
a ledger leaf for each, the ask ended. By hand: every row fetched and dumped as one JSON text in memory; nobody's rows are told apart, nothing is encrypted
or kept. Rendering a package from the working copy (HTML, JSON, CSV) is the same work for both and is in neither.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import psycopg

from bench import by_hand
from bench.alternating import PAIRS, row, times_of
from bench.firm import Firm, email, firm
from bench.linked import Linked, in_postgresql, server
from upheld.engine.stores import open_store
from upheld.records.own import OwnDatabase
from upheld.records.own.embedded import APP

CUSTOMERS = 100_000
BATCH = 1_000
SINGLES = 60
HEAVY_ROWS = 200_000
HEAVY_ROUNDS = 6
GOAL_BATCH, GOAL_ONE, GOAL_HEAVY, GOAL_MB = 1.25, 2.5, 1.0, 50.0

# Rows of one customer more: two fifths order lines, a fifth each orders, payments, shipments.
HEAVY = """
insert into orders select {first} + i, {who}, 'PO-' || i, '2025-01-01'::timestamptz from generate_series(1, {n} / 5) i;
insert into order_lines select {first} + i, {first} + (i - 1) / 2 + 1, 'item ' || i % 500, 'for person ' || i from generate_series(1, {n} / 5 * 2) i;
insert into payments select {first} + i, {first} + i, 'tok_' || md5(i::text), 100 from generate_series(1, {n} / 5) i;
insert into shipments select {first} + i, {first} + i, 'Name ' || i, 'Street ' || i, now() from generate_series(1, {n} / 5) i;
vacuum (analyze) orders; vacuum (analyze) order_lines; vacuum (analyze) payments; vacuum (analyze) shipments
"""


def run(customers: int = CUSTOMERS, batch: int = BATCH, heavy: int = HEAVY_ROWS) -> list[dict[str, Any]]:
    """Four rows: batch, one, one with many rows, and the memory of that."""
    rows = []
    with server() as running:
        linked = in_postgresql(running, "linked", "delete", customers)
        made = firm(running, linked)
        with closing(made), psycopg.connect(linked.url, autocommit=True) as connection, _Folders() as folders:
            order = list(range(2, customers + 1))
            random.Random(11).shuffle(order)
            for count, rounds, goal in ((batch, PAIRS, GOAL_BATCH), (1, SINGLES, GOAL_ONE)):
                who = f"{count:,} people" if count > 1 else "one person"
                took = _took(made, connection, itertools.cycle(order), count, rounds, folders)
                rows.append(row(f"access {who}, PostgreSQL", took, goal, _asking(made)))
            make_heavy(linked.url, 1, heavy)
            took = _took(made, connection, itertools.repeat(1), 1, HEAVY_ROUNDS, folders)
            rows.append(row(f"access one person with {heavy:,} rows", took, GOAL_HEAVY, _asking(made)))
            rows.append(_memory(made, running.url("own", APP), heavy))
    return rows


def make_heavy(url: str, who: int, rows: int) -> None:
    """This customer gets so many rows more."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in HEAVY.format(first=10**9, who=who, n=rows).split(";"):
            connection.execute(cast("Any", statement))


def _took(made: Firm, connection: psycopg.Connection, people: Iterator[int], count: int, rounds: int, folders: Iterator[Path],
          ) -> dict[str, list[float]]:  # fmt: skip
    made.asking_s.clear()

    def hand(version: str) -> Callable[[int], Callable[[], object]]:
        def prepared(_: int) -> Callable[[], object]:
            ids = [next(people) for _ in range(count)]
            emails = [email(i) for i in ids]
            return lambda: by_hand.access(connection, version, ids, emails)

        return prepared

    def ours(_: int) -> Callable[[], object]:
        ask = made.ask("access", [next(people) for _ in range(count)])
        folder = next(folders)
        return lambda: made.access(ask, folder)

    return times_of({"subquery": hand("subquery"), "arrays": hand("arrays"), "ours": ours}, rounds)


class _Folders:
    """A new folder for each working copy; all are gone at the end."""

    def __enter__(self) -> Iterator[Path]:
        self._root = Path(tempfile.mkdtemp(prefix="upb", dir="/tmp"))
        return (self._root / str(n) for n in itertools.count())

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._root, ignore_errors=True)


def _asking(made: Firm) -> str:
    return f"asking before it (bind, enrol, plan, store) {statistics.median(made.asking_s) * 1000:.0f} ms"


# ---- memory: a process of its own, so that nothing before it counts ---------------------------------------------------------


def _memory(made: Firm, own_url: str, heavy: int) -> dict[str, Any]:
    asks = [made.ask("access", [2]), made.ask("access", [1])]
    ours = _peak_mb(_ours_alone, (made.linked, own_url, asks))
    hand = _peak_mb(_hand_alone, (made.linked.url,))
    return {
        "name": f"access one person with {heavy:,} rows: peak memory over idle, in MB",
        "ours_s": round(ours, 1),
        "limit_s": GOAL_MB,
        "ratio": round(ours / GOAL_MB, 3),
        "goal": 1.0,
        "detail": f"megabytes, not seconds; the goal is the limit; by hand {hand:.0f} MB; resident set of a process of its own",
    }


def _peak_mb(work: Callable[..., None], given: tuple[object, ...]) -> float:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(*given, there))
    process.start()
    there.close()
    peak = float(here.recv())
    process.join()
    return peak


def _ours_alone(linked: Linked, own_url: str, asks: list[str], told: Connection) -> None:
    made = Firm(linked, OwnDatabase(own_url), open_store(linked.estate.stores["linked"], linked.url))
    with closing(made), _Folders() as folders:
        made.access(asks[0], next(folders))
        told.send(_peak_of(lambda: made.access(asks[1], next(folders))))


def _hand_alone(url: str, told: Connection) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        by_hand.access(connection, "arrays", [2], [email(2)])
        told.send(_peak_of(lambda: by_hand.access(connection, "arrays", [1], [email(1)])))


def _peak_of(work: Callable[[], object]) -> float:
    """Megabytes by which the resident set of this process rose above what it was."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    idle = _status("VmRSS")
    work()
    return (_status("VmHWM") - idle) / 1024


def _status(name: str) -> int:
    """KiB of one line of this process's status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    for one in run():
        print(one)
