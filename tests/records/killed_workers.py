"""Several workers in processes of their own, each killed with SIGKILL at a point of its choosing, until one lives and ends what is left.

    python -m tests.records.killed_workers OWN-URL SEED

A program and not a part of a test: it forks, and must have no threads when it does. Prints how many were killed, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta

import procrastinate  # noqa: F401  (imported once, before the forks)

from upheld.records.jobs import Happened, Pace, defer, run_worker
from upheld.records.own import OwnDatabase

POINTS = ("before the work", "inside the transaction", "after the commit", "once the job is done")
PACE = Pace(
    timedelta(seconds=0.1),
    timedelta(seconds=0.1),
    timedelta(seconds=0.7),
    timedelta(seconds=20),
    timedelta(0),
    timedelta(0),
    1000,
)
AT_ONCE, KILLED = 3, 8


class Worker:
    """What one process does; it kills itself at the `dies_at`-th passage of `point`, if it has one."""

    def __init__(self, url: str, point: str, dies_at: int) -> None:
        self.own, self.point, self.left = OwnDatabase(url), point, dies_at
        self.stop, self.one = threading.Event(), threading.Lock()

    def passes(self, point: str) -> None:
        if point == self.point:
            with self.one:
                self.left -= 1
                if self.left <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    def work(self, ids: Mapping[str, object]) -> None:
        """An errand goes one stage on, once: its effect, its stage and the job of the next stage are one transaction."""
        self.passes("before the work")
        with self.own.transaction() as connection:
            moved = connection.execute(
                "UPDATE errand SET stage = stage + 1 WHERE id = %s AND stage = %s RETURNING stage",
                [ids["errand"], ids["stage"]],
            ).fetchone()
            if moved is not None:
                connection.execute("INSERT INTO effect (errand, stage) VALUES (%s, %s)", [ids["errand"], ids["stage"]])
                self.passes("inside the transaction")
                if moved[0] < 3:
                    defer(connection, "errand", {"errand": int(str(ids["errand"])), "stage": int(str(moved[0]))})
        self.passes("after the commit")

    def told(self, happened: Happened) -> None:
        if happened.what == "started":
            self.passes("once the job is done")  # of an earlier one
        elif happened.what == "done":
            with self.own.connection() as connection:
                if connection.execute("SELECT min(stage) FROM errand").fetchone() == (3,):
                    self.stop.set()

    def run(self) -> int:
        return run_worker(self.own, {"errand": self.work}, stop=self.stop, concurrency=3, told=self.told, pace=PACE)


def start(url: str, point: str, dies_at: int) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = Worker(url, point, dies_at).run()
        finally:
            os._exit(code)
    return pid


def main(url: str, seed: int) -> None:
    drawn = random.Random(seed)
    waiting = [("", 0), *((POINTS[n % len(POINTS)], drawn.randint(1, 3)) for n in range(KILLED))]
    running: set[int] = set()
    ends: list[int] = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.add(start(url, *waiting.pop()))
        pid, status = os.wait()
        running.discard(pid)
        ends.append(os.waitstatus_to_exitcode(status))
    print(json.dumps(ends))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
