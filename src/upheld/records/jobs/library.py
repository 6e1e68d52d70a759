"""Procrastinate as we use it: its connections on our database, its worker awake to all news, its waits and unknown tasks by our rules.

It is imported when a worker starts, for most processes never need it. Leans on what the library keeps to itself in two places (how a job is marked as ended, the event
of news), so its release is pinned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from upheld.records.jobs.model import Pace
from upheld.records.own import OwnDatabase

if TYPE_CHECKING:
    from procrastinate import App, PsycopgConnector
    from procrastinate.worker import Worker

MADE_UP_FOR_S = timedelta(days=2).total_seconds()


def library_app(own: OwnDatabase, concurrency: int) -> App:
    """The library over our own database, not yet opened, without tasks."""
    from procrastinate import App, PsycopgConnector

    def opened(url: str) -> PsycopgConnector:
        most = concurrency + 3  # one each, and the heart, the clock and the look-out
        kept = {"application_name": "upheld worker", "connect_timeout": 10}
        return PsycopgConnector(conninfo=url, min_size=1, max_size=most, timeout=10, kwargs=kept, configure=_autocommit)

    return App(connector=own.handed(opened), periodic_defaults={"max_delay": MADE_UP_FOR_S})


async def _autocommit(connection: psycopg.AsyncConnection) -> None:
    await connection.set_autocommit(True)


def waking_worker() -> type[Worker]:
    """The library's worker, awake to all news."""
    from procrastinate.exceptions import UniqueViolation
    from procrastinate.worker import Worker

    class Waking(Worker):
        """Looks again when there is news, also if the news came while it looked, or could not be heeded then.

        Once a job of a lock has ended, the next of that lock, announced while it could not run, is such news.
        """

        def __init__(self, app: App, **given: Any) -> None:
            super().__init__(app, **given)
            news, fetch = _News(), app.job_manager.fetch_job
            self._new_job_event = news

            async def fetched(**asked: Any) -> Any:
                news.heed()
                try:
                    return await fetch(**asked)
                except UniqueViolation:
                    news.set()  # two took jobs of one lock in the same moment: the other has it, this one looks again
                    return None

            setattr(app.job_manager, "fetch_job", fetched)  # noqa: B010

        async def _persist_job_status(self, job: Any, *given: Any, **named: Any) -> None:
            await super()._persist_job_status(job, *given, **named)
            if job.lock:
                self._new_job_event.set()

    return Waking


class _News(asyncio.Event):
    """The library clears it after each look; what was announced meanwhile would wait for the next look by the clock."""

    def clear(self) -> None:
        """Nothing: see `heed`."""

    def heed(self) -> None:
        """From now on news is new."""
        super().clear()


class Tasks(dict[str, Any]):
    """The tasks by name; for a name that is not known, one that fails and is tried again."""

    def __init__(self, unknown: Callable[[str], Any]) -> None:
        super().__init__()
        self._unknown = unknown

    def get(self, name: str, default: Any = None) -> Any:
        """Never the default."""
        return self[name] if name in self else self._unknown(name)


def waits(pace: Pace) -> Any:
    """The library's strategy of trying again, by our pace."""
    from procrastinate import BaseRetryStrategy, RetryDecision
    from procrastinate.jobs import Job

    class Waits(BaseRetryStrategy):
        def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
            if job.attempts + 1 >= pace.tries:
                return None
            return RetryDecision(retry_at=datetime.now(UTC) + pace.wait(job.attempts))

    return Waits()
