"""Jobs of workers who died are given back to the others.

A worker is dead when its heart has not beaten for a while. Two sweeps at once, or a worker who was only slow, do no harm: the statement
looks at the row that it changes, and handlers look whether their work is still to be done. Not taken: the library's list of stalled jobs,
given back one by one; between its list and the giving back another worker may have taken the job, and two would then do it.
"""

from __future__ import annotations

from datetime import timedelta

import psycopg

LOCK = 0x6A6F_6273  # "jobs"
GIVE_BACK = """
UPDATE procrastinate_jobs job SET
    status = CASE WHEN attempts + 1 >= %(tries)s THEN 'failed' ELSE 'todo' END::procrastinate_job_status,
    attempts = attempts + 1, worker_id = NULL, scheduled_at = NULL, abort_requested = false, queueing_lock = NULL
WHERE status = 'doing' AND (worker_id IS NULL OR EXISTS (
    SELECT FROM procrastinate_workers worker WHERE worker.id = job.worker_id AND last_heartbeat < now() - %(silence)s))
RETURNING id, status::text
"""
WAKE = (
    """SELECT pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted', 'job_id', %s::bigint)::text)"""
)
NOTE = """INSERT INTO job_fault VALUES (%s, 'worker died', now()) ON CONFLICT (job) DO UPDATE SET fault = excluded.fault, at = excluded.at"""
BURY = "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - %s"


def give_back(connection: psycopg.Connection, silence: timedelta, tries: int) -> int:
    """Jobs in the hands of workers silent for `silence` wait again, at once; how many. One that killed `tries` workers has failed."""
    with connection.transaction():
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone() != (True,):
            return 0  # somebody else sweeps
        found = connection.execute(GIVE_BACK, {"silence": silence, "tries": tries}).fetchall()
        for job, state in found:
            connection.execute(NOTE if state == "failed" else WAKE, [job])
        connection.execute(BURY, [silence])
        return len(found)
