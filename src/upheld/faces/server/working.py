"""Background work beside a server, or alone: jobs are done, leaves are numbered, until a stop; then what runs is finished."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from upheld.faces.app import App, Exit
from upheld.faces.app.parts import Work, work_of
from upheld.faces.server.logs import Log
from upheld.records.jobs import Happened, Pace, run_worker
from upheld.records.ledger import Sequencer

NUMBERED_EVERY_S, WATCHED_EVERY_S = 0.5, 10.0
Told = Callable[[Happened], None]


def work_until_stopped(app: App, folder: Path, concurrency: int, log: Log, began: Callable[[], None] | None = None) -> int:
    """Jobs are done until SIGTERM or SIGINT; the exit code: 0, or 4 if a job had to be left before its end."""
    stop = threading.Event()
    work = work_of(app, folder)
    with _heeding(stop, log):
        if began is not None:
            began()
        left = do_work(app, work, stop, concurrency, log.job)
    log("worker stopped", left=left or None)
    return Exit.WAITING if left else Exit.WELL


def do_work(app: App, work: Work, stop: threading.Event, concurrency: int, told: Told, pace: Pace = Pace()) -> int:
    """Jobs are done and leaves numbered until `stop` is set; how many jobs were left before their end."""
    with Sequencer(app.own, app.master, app.settings.now, NUMBERED_EVERY_S) as sequencer, _watched(sequencer, told):
        return run_worker(app.own, work.handlers, work.schedules, stop=stop, concurrency=concurrency, told=told, pace=pace)


@contextmanager
def _watched(sequencer: Sequencer, told: Told) -> Iterator[None]:
    """That leaves are not numbered is told once each time it begins; it goes on trying by itself."""
    over = threading.Event()

    def watch() -> None:
        last = None
        while not over.wait(WATCHED_EVERY_S):
            if sequencer.fault != last and sequencer.fault is not None:
                told(Happened("trouble", "number the ledger", fault=sequencer.fault))
            last = sequencer.fault

    thread = threading.Thread(target=watch, name="watch of the ledger", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _heeding(stop: threading.Event, log: Log) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`; as before, once the block ends."""

    def heard(number: int, _: FrameType | None) -> None:
        log("stopping", signal=signal.Signals(number).name)
        stop.set()

    before = {number: signal.signal(number, heard) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
