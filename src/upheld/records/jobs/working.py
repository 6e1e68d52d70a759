"""A worker: jobs become calls of handlers, in threads, until it is told to stop.

The library fetches, wakes, keeps the heart beating and defers what is scheduled; this page gives it our database, our waits before another try, and
keeps what it says of jobs out of the logs (it would quote exceptions). Where our database goes away the worker stops and starts again, with growing
waits: it never gives up, for nobody would start it anew. Not taken: the library's own removal of stalled and of old jobs (see the page of the stalled).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, LiteralString

from upheld.records.jobs.deferring import LATER, bring_forward
from upheld.records.jobs.library import Tasks, library_app, waits, waking_worker
from upheld.records.jobs.looking import forget_ended
from upheld.records.jobs.model import Handler, Happened, Pace, Schedule
from upheld.records.jobs.stalled import give_back
from upheld.records.own import OwnDatabase

if TYPE_CHECKING:
    from procrastinate import App, JobContext
    from procrastinate.worker import Worker

FORGET_EVERY_S = timedelta(hours=1).total_seconds()
LONGEST_PAUSE_S = 30.0
WATCH_S = 0.2
FAULT = (
    """INSERT INTO job_fault VALUES (%s, %s, now()) ON CONFLICT (job) DO UPDATE SET fault = excluded.fault, at = excluded.at"""
)
# Once begun, a job lets others wait under its queueing lock; waiting again itself it would meet them there.
UNLOCK = "UPDATE procrastinate_jobs SET queueing_lock = NULL WHERE id = %s"
Told = Callable[[Happened], None]


def _to_nobody(_: Happened) -> None:
    """Whoever wants to know says so."""


def run_worker(
    own: OwnDatabase,
    handlers: Mapping[str, Handler],
    schedules: Sequence[Schedule] = (),
    *,
    stop: threading.Event,
    concurrency: int = 4,
    told: Told = _to_nobody,
    pace: Pace = Pace(),
) -> int:
    """Jobs are done until `stop` is set; then those that run are waited for, `pace.patience` long. How many were not done by then.

    Nothing is lost by those: their database connections close with the process, and other workers take them over. `told` is called in the
    threads of the jobs. Several workers, in one process or many, share the work. Never raises for what a job or the database does.
    """
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL + 1)
    crew = _Crew(own, handlers, schedules, stop, concurrency, told, pace)
    pause = 0.5
    while not stop.is_set():
        began = time.monotonic()
        loop = asyncio.new_event_loop()
        hands = ThreadPoolExecutor(concurrency + 2, "job")
        loop.set_default_executor(hands)
        try:
            if left := loop.run_until_complete(crew.work()):
                # What is left goes on until the process ends; if it is quick enough, it is marked as done.
                threading.Thread(target=loop.run_until_complete, args=[crew.rest()], name="left jobs", daemon=True).start()
                return left
            loop.run_until_complete(loop.shutdown_asyncgens())
        except Exception as error:
            told(Happened("trouble", fault=_fault(error)))
        hands.shutdown(wait=False)
        loop.close()
        pause = 0.5 if time.monotonic() - began > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
        stop.wait(pause)
    return 0


class _Crew:
    """One worker with all that it is given."""

    def __init__(
        self,
        own: OwnDatabase,
        handlers: Mapping[str, Handler],
        schedules: Sequence[Schedule],
        stop: threading.Event,
        concurrency: int,
        told: Told,
        pace: Pace,
    ) -> None:
        self._own, self._handlers, self._schedules = own, handlers, schedules
        self._stop, self._concurrency, self._told, self._pace = stop, concurrency, told, pace
        self._forget_at = 0.0
        self._left_over: tuple[App, Sequence[asyncio.Task[None]]]

    async def work(self) -> int:
        """From here to the stop, or to an outage of our database; how many jobs were left running."""
        app, left = self._app(), 0
        try:
            await app.open_async()
            left = await self._shift(app)
        finally:
            if not left:
                await app.close_async()
        return left

    async def rest(self) -> None:
        """The jobs that were left, to their end."""
        app, tasks = self._left_over
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.close_async()

    async def _shift(self, app: App) -> int:
        worker = waking_worker()(
            app,
            name=None,
            concurrency=self._concurrency,
            fetch_job_polling_interval=self._pace.look.total_seconds(),
            update_heartbeat_interval=self._pace.heartbeat.total_seconds(),
            stalled_worker_timeout=self._pace.silence.total_seconds(),
            install_signal_handlers=False,
        )
        work, sweep, watch = (asyncio.create_task(one) for one in (worker.run(), self._sweep(), self._watch()))
        await asyncio.wait({work, sweep, watch}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        left = await self._left(app, worker, work, watch)
        sweep.cancel()
        watch.cancel()
        if left:
            return left
        ended = await asyncio.gather(sweep, watch, work, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one
        if not self._stop.is_set():
            raise _Fault("connection lost")  # one of the library's own tasks ended, and it stopped by itself
        return 0

    async def _left(self, app: App, worker: Worker, work: asyncio.Task[None], watch: asyncio.Task[None]) -> int:
        """Jobs that have begun are waited for, without end after an outage, with patience after a stop; how many are left then."""
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        until = time.monotonic() + self._pace.patience.total_seconds()
        while not work.done():
            rest = until - time.monotonic()
            if rest <= 0:
                self._left_over = app, (work, watch)
                return max(1, len(worker._running_jobs))
            await asyncio.wait({work}, timeout=min(rest, self._pace.heartbeat.total_seconds()))
            if worker.worker_id is not None:  # its heart stops with the fetching, and others would take what it is about to end
                with contextlib.suppress(Exception):
                    await app.job_manager.update_heartbeat(worker.worker_id)
        return 0

    async def _watch(self) -> None:
        while not self._stop.is_set():
            await asyncio.sleep(WATCH_S)

    async def _sweep(self) -> None:
        """Jobs of the dead are given back, at the start and from then on; and what ended long ago is forgotten."""
        while True:
            given = await asyncio.to_thread(self._give_back)
            if given:
                self._told(Happened("given back", job=given))
            await asyncio.sleep(self._pace.silence.total_seconds() / 2)

    def _give_back(self) -> int:
        with self._own.connection() as connection:
            if time.monotonic() >= self._forget_at:
                forget_ended(connection)
                self._forget_at = time.monotonic() + FORGET_EVERY_S
            return give_back(connection, self._pace.silence, self._pace.tries)

    def _app(self) -> App:
        app = library_app(self._own, self._concurrency)
        # What this worker does not know, a newer one may: such a job waits and is tried again, as after any other fault.
        app.tasks = Tasks(lambda name: self._task(app, name, _unknown))
        handlers = {**self._handlers, LATER: self._bring_forward}
        for name, handler in handlers.items():
            app.tasks[name] = self._task(app, name, handler)
        for schedule in self._schedules:
            app.periodic_registry.register_task(
                task=app.tasks[schedule.task],
                cron=schedule.cron,
                periodic_id="",
                configure_kwargs={"queueing_lock": f"schedule {schedule.task}"},
            )
        return app

    def _task(self, app: App, name: str, handler: Handler) -> Any:
        from procrastinate.tasks import Task

        def do(context: JobContext, **ids: object) -> None:
            job = context.job
            if job.queueing_lock:
                self._write(UNLOCK, job.id)
            self._do(name, job.id or 0, job.attempts, handler, ids)

        return Task(do, blueprint=app, name=name, queue="default", pass_context=True, retry=waits(self._pace))

    def _do(self, name: str, job: int, tried: int, handler: Handler, ids: Mapping[str, object]) -> None:
        self._told(Happened("started", name, job))
        began = time.perf_counter()
        try:
            handler(ids)
        except BaseException as error:
            last = tried + 1 >= self._pace.tries
            self._told(Happened("failed" if last else "to try again", name, job, time.perf_counter() - began, _fault(error)))
            self._write(FAULT, job, _fault(error))
            raise _Fault(_fault(error)) from None
        self._told(Happened("done", name, job, time.perf_counter() - began))

    def _write(self, statement: LiteralString, *given: object) -> None:
        with self._own.connection() as connection:
            connection.execute(statement, given)

    def _bring_forward(self, carried: Mapping[str, object]) -> None:
        with self._own.transaction() as connection:
            bring_forward(connection, carried)


class _Fault(Exception):
    """What the library may know of a fault: its code."""


class _Unknown(Exception):
    """No handler of this worker bears the name."""


def _unknown(_: Mapping[str, object]) -> None:
    raise _Unknown


def _fault(error: BaseException) -> str:
    """A code of ours, or the exception's name."""
    code = getattr(error, "code", "")
    return code if isinstance(code, str) and code else type(error).__name__
