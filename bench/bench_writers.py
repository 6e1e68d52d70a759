"""Ten writers beside batch erasures: what they lose, and how long any of them ever waits.

Each writer is a process with a session of its own and a pace (a shop's writes come at a pace, not as fast as they can): it places orders and changes
addresses, mostly of people who stay, sometimes of people who are being erased. Counted is what all of them finish while nothing is erased, while we
erase, and while the same is erased by hand. The limit is the time per write while nothing is erased.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import psycopg

from bench import by_hand
from bench.firm import Firm, email, firm
from bench.linked import in_postgresql, server

CUSTOMERS = 60_000
BATCH = 1_000
ROUNDS = 8
WRITERS = 10
PACE_S = 0.02  # each writer's time from one write to the next
ERASED_SHARE = 0.02  # of writes go to somebody who is being erased
LONGEST_S = 1.0
GOAL_RATE = 1 / 0.9


@dataclass(frozen=True, slots=True)
class Write:
    """When a write ended, and how long it took, in seconds."""

    at: float
    took: float


@dataclass(frozen=True, slots=True)
class Window:
    """What was done from one moment to another."""

    what: str
    first: float
    last: float


def run(customers: int = CUSTOMERS, batch: int = BATCH, rounds: int = ROUNDS, writers: int = WRITERS) -> list[dict[str, Any]]:
    """Two rows: the rate, and the longest wait."""
    with server() as running:
        made = firm(running, in_postgresql(running, "busy", "delete", customers), "own_busy")
        with closing(made), psycopg.connect(made.linked.url, autocommit=True) as connection:
            order = list(range(1, customers + 1))
            random.Random(23).shuffle(order)
            batches = [order[n * batch : (n + 1) * batch] for n in range(2 * rounds)]
            asks = [made.ask("erasure", ids) for ids in batches[::2]]
            going = [one for ids in batches for one in ids]
            staying = order[2 * rounds * batch :]
            with _Writers(made.linked.url, writers, going, staying) as writing:
                windows = _windows(made, connection, asks, batches[1::2])
                writes = writing.end()
    return _rows(windows, writes, writers, batch)


def _windows(
    made: Firm, connection: psycopg.Connection, asks: Sequence[str], by_others: Sequence[Sequence[int]]
) -> list[Window]:
    windows = []

    def during(what: str, work: Callable[[], object]) -> None:
        first = time.monotonic()
        work()
        windows.append(Window(what, first, time.monotonic()))

    for ask, ids in zip(asks, by_others, strict=True):
        during("nothing", lambda: time.sleep(0.5))
        during("ours", lambda ask=ask: made.erase(ask))  # type: ignore[misc]
        during("nothing", lambda: time.sleep(0.5))
        during("by hand", lambda ids=ids: _by_hand(connection, ids))  # type: ignore[misc]
    return windows


def _by_hand(connection: psycopg.Connection, ids: Sequence[int]) -> None:
    """An expert locks the people first, too: else an order that comes meanwhile ends the whole batch."""
    with connection.transaction():
        connection.execute("select id from customers where id = any(%s) order by id for update", (list(ids),))
        by_hand.erase(connection, "arrays", ids, [email(i) for i in ids], "delete")


def _rows(windows: Sequence[Window], writes: Sequence[Write], writers: int, batch: int) -> list[dict[str, Any]]:
    each = {what: _per_write(what, windows, writes) for what in ("nothing", "ours", "by hand")}
    longest = {what: max((w.took for w in _within(what, windows, writes)), default=0.0) for what in each}
    rates = ", ".join(f"{what} {1 / seconds:,.0f}/s" for what, seconds in each.items())
    return [
        {
            "name": f"{writers} writers beside batches of {batch:,}: time per write",
            "ours_s": round(each["ours"], 6), "limit_s": round(each["nothing"], 6), "ratio": round(each["ours"] / each["nothing"], 3),
            "goal": round(GOAL_RATE, 3), "detail": f"all writers together: {rates}; each at most {1 / PACE_S:.0f}/s",
        },
        {
            "name": f"{writers} writers beside batches of {batch:,}: longest wait",
            "ours_s": round(longest["ours"], 6), "limit_s": LONGEST_S, "ratio": round(longest["ours"] / LONGEST_S, 3), "goal": 1.0,
            "detail": f"the goal is the limit; {ERASED_SHARE:.0%} of writes go to people who are being erased; "
                      f"by hand {longest['by hand'] * 1000:.0f} ms, with nothing erased {longest['nothing'] * 1000:.0f} ms",
        },
    ]  # fmt: skip


def _within(what: str, windows: Sequence[Window], writes: Sequence[Write]) -> list[Write]:
    """Writes that ran into such a window: a write that waited for an erasure may end after it."""
    spans = [(w.first, w.last) for w in windows if w.what == what]
    return [w for w in writes if any(first <= w.at and w.at - w.took <= last for first, last in spans)]


def _per_write(what: str, windows: Sequence[Window], writes: Sequence[Write]) -> float:
    spans = [(w.first, w.last) for w in windows if w.what == what]
    ended = sum(1 for w in writes if any(first <= w.at <= last for first, last in spans))
    return sum(last - first for first, last in spans) / max(ended, 1)


# ---- the writers -----------------------------------------------------------------------------------------------------------


class _Writers:
    """Processes that write until they are told to end, and then say how each write went."""

    def __init__(self, url: str, many: int, going: Sequence[int], staying: Sequence[int]) -> None:
        context = multiprocessing.get_context("spawn")
        pipes = [context.Pipe() for _ in range(many)]
        self._ends = [here for here, _ in pipes]
        self._processes = [
            context.Process(target=_writer, args=(url, n, going, staying, there)) for n, (_, there) in enumerate(pipes)
        ]

    def __enter__(self) -> _Writers:
        for process in self._processes:
            process.start()
        for end in self._ends:
            end.recv()  # it writes
        time.sleep(0.5)
        return self

    def end(self) -> list[Write]:
        """Every write of all of them."""
        for end in self._ends:
            end.send("end")
        return [Write(*one) for end in self._ends for one in end.recv()]

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.join(10)
            if process.is_alive():
                process.terminate()


def _writer(url: str, number: int, going: Sequence[int], staying: Sequence[int], told: Connection) -> None:
    chance = random.Random(number)
    said: list[tuple[float, float]] = []
    with psycopg.connect(url, autocommit=True) as connection:
        told.send("ready")
        order, due = 10**9 + number * 10**7, time.monotonic() + chance.random() * PACE_S
        while not told.poll():
            time.sleep(max(0.0, due - time.monotonic()))
            # Late is late: what was missed while waiting is not made up for, so that a wait costs writes.
            due = max(due + PACE_S, time.monotonic())
            order += 1
            who = chance.choice(going if chance.random() < ERASED_SHARE else staying)
            began = time.monotonic()
            with contextlib.suppress(psycopg.errors.ForeignKeyViolation):  # gone meanwhile: the writer has its answer
                _write(connection, order, who)
            ended = time.monotonic()
            said.append((ended, ended - began))
    told.send(said)


def _write(connection: psycopg.Connection, order: int, who: int) -> None:
    if order % 2:
        connection.execute("insert into orders values (%s, %s, 'PO-' || %s::text, now())", [order, who, order])
    else:
        connection.execute("update addresses set street = 'Street ' || %s::text where customer_id = %s", [order, who])


if __name__ == "__main__":
    for one in run():
        print(one)
