"""How the server is: alive, ready, and in numbers; for those who keep it running.

`/health` says that the process answers. `/ready` asks our own database, and says how background work stands. `/metrics` is for this machine and for whoever
bears the token: counts of requests and cases are the firm's business.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from upheld.duties.requests.cases import counted
from upheld.duties.requests.model import OPEN
from upheld.faces.app import App
from upheld.faces.app.parts import Part
from upheld.faces.server.around import LOCAL_ONLY
from upheld.faces.server.tally import Metric, Tally, as_text, gauge
from upheld.records.jobs import Jobs, jobs_now
from upheld.records.ledger import checkpoint

KIND = "text/plain; version=0.0.4; charset=utf-8"


def state_part(app: App, tally: Tally, stopping: threading.Event) -> Part:
    """Health, readiness and metrics as a part."""

    @get("/health", sync_to_thread=False)
    def health() -> dict[str, str]:
        return {"status": "well"}

    @get("/ready", sync_to_thread=True)
    def ready() -> Response[dict[str, object]]:
        if stopping.is_set():
            return Response({"status": "stopping"}, status_code=503)
        try:
            with app.own.connection() as connection:
                jobs = jobs_now(connection)
        except Exception:
            return Response({"status": "not ready", "database": "out of reach"}, status_code=503)
        work = {"waiting": jobs.waiting, "running": jobs.running, "failed": jobs.failed, "workers": jobs.workers}
        status = "ready" if jobs.workers and not jobs.failed else "ready, look at the jobs"
        return Response({"status": status, "database": "well", "jobs": work})

    @get("/metrics", sync_to_thread=True)
    def metrics(request: Request[Any, Any, Any]) -> Response[str]:
        if not _may_read(request, app.settings.metrics_token):
            raise NotFoundException
        return Response(as_text([*tally.metrics(), *gauges(app, tally)]), media_type=KIND)

    return Part("state", (health, ready, metrics))


def _may_read(request: Request[Any, Any, Any], token: str | None) -> bool:
    if request.scope["state"].get(LOCAL_ONLY):
        return True
    given = request.headers.get("authorization", "")
    return token is not None and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def gauges(app: App, tally: Tally) -> list[Metric]:
    """What our own database says now; that it says nothing is a metric, too."""
    here = gauge("upheld_requests_running", "Requests being answered.", tally.running)
    try:
        with app.own.connection() as connection:
            jobs, size = jobs_now(connection), checkpoint(connection).size
            cases, late = counted(connection, app.settings.today)
    except Exception:
        return [here, gauge("upheld_database_up", "Whether our own database answers.", 0)]
    return [
        here,
        gauge("upheld_database_up", "Whether our own database answers.", 1),
        *_of_jobs(jobs),
        _of_ledger(size),
        *_of_cases(cases, late),
    ]


def _of_jobs(jobs: Jobs) -> list[Metric]:
    states = {"waiting": jobs.waiting, "running": jobs.running, "done": jobs.done, "failed": jobs.failed}
    return [
        gauge("upheld_jobs", "Jobs by state; failed ones wait for a person.", states),
        gauge("upheld_jobs_oldest_seconds", "How long the oldest job that could run has waited.", jobs.oldest_s),
        gauge("upheld_workers", "Workers that gave a sign of life.", jobs.workers),
    ]


def _of_cases(states: Mapping[str, int], late: int) -> list[Metric]:
    every: dict[str, float] = {state: float(states.get(state, 0)) for state in OPEN}
    return [
        gauge("upheld_cases", "Open cases by state.", every),
        gauge("upheld_cases_late", "Open cases past the day by which an answer is due.", late),
    ]


def _of_ledger(size: int) -> Metric:
    return gauge("upheld_ledger_size", "Leaves that are numbered and signed for.", size)
