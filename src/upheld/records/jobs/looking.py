"""How the jobs stand: counts by state, the oldest that waits, who works, and those that failed for good.

Ended jobs are forgotten after a day; one that failed stays until somebody has it tried again, for a job that vanished is a promise that nobody keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import psycopg

FORGET_AFTER = timedelta(days=1)
COUNTS = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
# A job that is due is as old as its hour; one without an hour as old as its row.
OLDEST = """
SELECT extract(epoch FROM now() - min(coalesce(job.scheduled_at, event.at)))
FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
"""
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - %s"
FAILED = """
SELECT job.id, job.task_name, job.args, job.attempts, fault.fault FROM procrastinate_jobs job
LEFT JOIN job_fault fault ON fault.job = job.id WHERE job.status = 'failed' ORDER BY job.id
"""
AGAIN = """
UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL, queueing_lock = NULL
WHERE id = %s AND status = 'failed' RETURNING id
"""
FORGET = """
DELETE FROM procrastinate_jobs job WHERE status IN ('succeeded', 'cancelled', 'aborted')
AND NOT EXISTS (SELECT FROM procrastinate_events event WHERE event.job_id = job.id AND event.at > now() - %s)
"""


@dataclass(frozen=True, slots=True)
class Jobs:
    """Counts of jobs; `waiting` with those whose hour has not come. `oldest_s`: how long the oldest that could run has waited."""

    waiting: int
    running: int
    done: int
    failed: int
    workers: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that will not be tried again by itself. `fault`: a code, or the name of an exception."""

    number: int
    task: str
    ids: Mapping[str, object]
    tries: int
    fault: str


def jobs_now(connection: psycopg.Connection, silence: timedelta = timedelta(seconds=20)) -> Jobs:
    """As they stand. `workers` are those who gave a sign of life within `silence`. Three statements."""
    counts = {str(state): int(str(count)) for state, count in connection.execute(COUNTS).fetchall()}
    oldest, workers = connection.execute(OLDEST).fetchone(), connection.execute(WORKERS, [silence]).fetchone()
    assert oldest is not None and workers is not None
    return Jobs(
        waiting=counts.get("todo", 0),
        running=counts.get("doing", 0),
        done=counts.get("succeeded", 0),
        failed=counts.get("failed", 0),
        workers=int(str(workers[0])),
        oldest_s=max(0.0, float(str(oldest[0] or 0))),
    )


def failed_jobs(connection: psycopg.Connection) -> tuple[FailedJob, ...]:
    """Every job that failed for good, the oldest first. One statement."""
    rows = connection.execute(FAILED).fetchall()
    return tuple(
        FailedJob(int(str(n)), str(task), dict(ids), int(str(tries)), str(fault or "")) for n, task, ids, tries, fault in rows
    )  # type: ignore[call-overload]


def try_again(connection: psycopg.Connection, number: int) -> bool:
    """The failed job waits again, and is tried at once; False if there is none of this number. One statement."""
    return connection.execute(AGAIN, [number]).fetchone() is not None


def forget_ended(connection: psycopg.Connection, after: timedelta = FORGET_AFTER) -> int:
    """Jobs that were done, or called off, longer ago than `after` are gone; how many. One statement."""
    return connection.execute(FORGET, [after]).rowcount
