"""A thing to be done becomes a job, if the caller's transaction commits.

A job says which task, and the numbers of what it is about. Must never hold a name, an address or any other word of a person: the row
outlives the transaction, and nobody seals it. Not taken: the library's own way of deferring, which wants a connection of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

LATER = "later"
OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")
DEFER = """
SELECT (procrastinate_defer_jobs_v1(ARRAY[ROW(
    %(queue)s::varchar, %(task)s::varchar, %(priority)s::int, %(lock)s::text, %(queueing_lock)s::text, %(ids)s::jsonb, %(at)s::timestamptz
)::procrastinate_job_to_defer_v1]))[1]
"""
# FOR SHARE: no worker takes the waiting job before we commit, so that it sees what we wrote.
WAITING = "SELECT id FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' FOR SHARE"
# Of two hours for what waits once, the earlier is its hour.
SOONER = "UPDATE procrastinate_jobs SET scheduled_at = %(at)s WHERE id = %(id)s AND scheduled_at > %(at)s"
# Of a lock only jobs that are to be tried again have an hour: there is news for them.
AT_ONCE = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE lock = %s AND status = 'todo' AND scheduled_at IS NOT NULL"
WAKE = (
    """SELECT pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted', 'job_id', %s::bigint)::text)"""
)


def defer(
    connection: psycopg.Connection,
    task: str,
    ids: Mapping[str, int | str],
    *,
    lock: str = "",
    queueing_lock: str = "",
    at: datetime | None = None,
    queue: str = "default",
    priority: int = 0,
    fresh: bool = False,
) -> int:
    """The number of the job that does `task`, within milliseconds of the commit, or not before `at` (aware).

    `lock`: jobs of one lock run one after the other, in order; one that waits to be tried again is tried at once, before this one; one that waits
    for its `at` holds nobody back. `queueing_lock`: while such a job waits, nothing is added, and its number is given; `fresh`: nobody else can know this lock yet. Higher `priority` goes first.
    ValueError for an id that is not a number or a short word without spaces. One statement; with a lock two, with `queueing_lock` two or three more.
    """
    for key, value in ids.items():
        if not isinstance(value, int) and not OPAQUE.fullmatch(value):
            raise ValueError(f"the id {key} of a job for {task} is not opaque")
    given: dict[str, object] = {"queue": queue, "task": task, "priority": priority, "at": at, "ids": dict(ids)}
    given |= {"lock": lock or None, "queueing_lock": queueing_lock or None}
    if at is not None and lock:
        # In this library a waiting job holds back the later ones of its lock, even if its hour is far off.
        carried = {"task": task, "ids": dict(ids), "lock": lock, "queue": queue, "priority": priority}
        given |= {"task": LATER, "ids": carried, "lock": None}
    given["ids"] = Jsonb(given["ids"])
    return _once(connection, queueing_lock, given) if queueing_lock and not fresh else _add(connection, given)


def _add(connection: psycopg.Connection, given: Mapping[str, object]) -> int:
    if given["lock"] is not None:
        connection.execute(AT_ONCE, [given["lock"]])
    row = connection.execute(DEFER, given).fetchone()
    assert row is not None
    return int(str(row[0]))


def _once(connection: psycopg.Connection, queueing_lock: str, given: Mapping[str, object]) -> int:
    while True:
        waiting = connection.execute(WAITING, [queueing_lock]).fetchone()
        if waiting is not None:
            if given["at"] is not None:
                connection.execute(SOONER, {"id": waiting[0], "at": given["at"]})
            connection.execute(WAKE, waiting)  # who looked meanwhile skipped it
            return int(str(waiting[0]))
        try:
            with connection.transaction():
                return _add(connection, given)
        except psycopg.errors.UniqueViolation:
            continue  # another transaction was first, and has committed


def bring_forward(connection: psycopg.Connection, carried: Mapping[str, object]) -> None:
    """The hour of a job that waited without its lock has come: it is deferred with it."""
    ids = carried["ids"]
    assert isinstance(ids, Mapping)
    defer(
        connection,
        str(carried["task"]),
        ids,
        lock=str(carried["lock"]),
        queue=str(carried["queue"]),
        priority=int(str(carried["priority"])),
    )
