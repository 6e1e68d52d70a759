"""Workers of a desk, each killed with SIGKILL at its n-th statement to our own database or a PostgreSQL store, until one ends what is left.

    python -m tests.desk.killed_workers < settings.json

A program of its own: it forks, and must have no threads when it does. Prints how each ended, as JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import procrastinate  # noqa: F401  (imported once, before the forks)
import psycopg

from tests.examples.firms import NOW
from upheld.faces.app import App, Settings
from upheld.faces.app.desk import Desk
from upheld.records.jobs import Happened, Pace, run_worker

PACE = Pace(
    timedelta(seconds=0.1),
    timedelta(seconds=0.1),
    timedelta(seconds=0.7),
    timedelta(seconds=20),
    timedelta(0),
    timedelta(0),
    1000,
)
AT_ONCE = 2


def dying(at: int) -> None:
    """From now on this process is killed at its `at`-th statement, by turns before it is sent and after it was answered."""
    numbers, execute = itertools.count(1), psycopg.Cursor.execute

    def counted(self: Any, *given: Any, **named: Any) -> Any:
        mine = next(numbers)
        if mine == at and at % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        answered = execute(self, *given, **named)
        if mine == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return answered

    psycopg.Cursor.execute = counted  # type: ignore[method-assign]


def work(app: App, desk: Desk, ends: dict[int, str]) -> int:
    """Jobs are done until every case of `ends` is in its state."""
    stop = threading.Event()

    def told(happened: Happened) -> None:
        if happened.what == "done" and all(desk.case(number).state == state for number, state in ends.items()):
            stop.set()

    return run_worker(app.own, desk.in_background().handlers, stop=stop, concurrency=2, told=told, pace=PACE)


def start(app: App, desk: Desk, ends: dict[int, str], at: int) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            if at:
                dying(at)
            code = work(app, desk, ends)
        finally:
            os._exit(code)
    return pid


def main() -> None:
    said = json.load(sys.stdin)
    folder, ends = Path(said["folder"]), {int(number): state for number, state in said["ends"].items()}
    app = App(
        Settings(said["own"], said["owner"], Path(said["data"]), said["environment"], origin=said["origin"], now=lambda: NOW)
    )
    desk = Desk(app, folder)
    waiting = [0, *said["die_at"]]
    running: set[int] = set()
    came: list[int] = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.add(start(app, desk, ends, waiting.pop()))
        pid, status = os.wait()
        running.discard(pid)
        came.append(os.waitstatus_to_exitcode(status))
    print(json.dumps(came))


if __name__ == "__main__":
    main()
