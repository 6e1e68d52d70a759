"""What a job is for those who do it: a name with a handler, a schedule, the pace of a worker, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class Handler(Protocol):
    """What does a task, given the ids of a job. It runs in a thread, at least once, perhaps twice at the same time.

    It must look first whether its work is still to be done, in the transaction that does it. Whatever it raises, it is tried again later.
    """

    def __call__(self, ids: Mapping[str, object], /) -> None:
        """The work of one job is done."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`task` is deferred whenever `cron` says so (five fields, UTC), once however many workers there are.

    Its handler is given `timestamp`, the second (since 1970) for which it was deferred. A time missed while no worker ran is
    made up for at the next start, the last one only, if it is not more than two days ago.
    """

    cron: str
    task: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker looks, how long one may be silent before its jobs are others', and how long a job is tried.

    The wait before another try is `first_wait`, three times as long each time, at most `longest_wait`; after `tries` the job has failed.
    """

    look: timedelta = timedelta(seconds=5)
    heartbeat: timedelta = timedelta(seconds=5)
    silence: timedelta = timedelta(seconds=20)
    patience: timedelta = timedelta(seconds=25)
    first_wait: timedelta = timedelta(seconds=5)
    longest_wait: timedelta = timedelta(hours=1)
    tries: int = 80

    def wait(self, tried: int) -> timedelta:
        """Before another try, after `tried` tries before the one that failed."""
        return min(self.first_wait * 3 ** min(tried, 20), self.longest_wait)


@dataclass(frozen=True, slots=True)
class Happened:
    """What a worker did, for logs and counters: `started`, `done`, `to try again`, `failed`, `given back`, `trouble`.

    `fault` is a diagnostic code, or the name of an exception; never its words, which may quote a row.
    """

    what: str
    task: str = ""
    job: int = 0
    seconds: float = 0.0
    fault: str = ""
