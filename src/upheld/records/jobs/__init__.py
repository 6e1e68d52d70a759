"""Jobs: what must be done after a transaction becomes a row of it, and workers do it, once each, whoever dies."""

from upheld.records.jobs.deferring import defer
from upheld.records.jobs.looking import FailedJob, Jobs, failed_jobs, jobs_now, try_again
from upheld.records.jobs.model import Handler, Happened, Pace, Schedule
from upheld.records.jobs.working import run_worker

__all__ = [
    "FailedJob",
    "Handler",
    "Happened",
    "Jobs",
    "Pace",
    "Schedule",
    "defer",
    "failed_jobs",
    "jobs_now",
    "run_worker",
    "try_again",
]
