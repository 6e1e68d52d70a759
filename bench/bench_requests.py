"""Requests through the desk of the Qualer example: opened, one erased from the approval to the answer, many waiting erased together.

Ours is all that belongs to it: the state walk, the stored plan carried out in every store, three read-backs, settled and swept, tombstones, ledger, orders,
the answer composed, sealed and queued. The limit is the issue's own time; the hand-written erasure of one person's rows stands beside it.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import yaml

from bench.linked import server
from tests.examples.running import running
from upheld.duties.requests import details_of
from upheld.faces.app.desk import Asked, Desk
from upheld.faces.app.desk.going_on import prepared_of
from upheld.records.jobs import run_worker
from upheld.records.own import on_server

PEOPLE, MANY, ONES = 1_400, 1_000, 20
OPEN_S, WORK_S, END_S, MINUTE = 0.020, 0.150, 2.0, 2_000


def run(people: int = PEOPLE, many: int = MANY, ones: int = ONES) -> list[dict[str, Any]]:
    """Four rows: a request opened, the work of one erasure, one erasure by the worker from approval to answer, many by the worker."""
    with _desk(people) as (desk, emails):
        opened = [_timed(lambda: _open(desk, next(emails), "access")) for _ in range(3 * ones)]
        work = [_one(desk, next(emails)) for _ in range(ones)]
        ends = [_by_worker(desk, [_approved(desk, next(emails))]) for _ in range(max(ones // 4, 2))]
        waiting = [_ready(desk, next(emails)) for _ in range(many)]
        began = time.perf_counter()
        _approve(desk, waiting)
        approving = time.perf_counter() - began
        took = _by_worker(desk, waiting)
    limit = many / MINUTE * 60
    return [
        _row("request accepted → case open", statistics.median(opened), OPEN_S, f"{len(opened)} requests, slowest {max(opened) * 1000:.0f} ms"),
        _row("verified erasure of one, work from approval to answer", statistics.median(work), WORK_S, f"{ones} people, slowest {max(work) * 1000:.0f} ms"),
        _row("verified erasure of one, by the worker, end to end", statistics.median(ends), END_S, f"{len(ends)} people, slowest {max(ends):.2f} s"),
        _row(f"{many:,} approved erasures, by the worker", took, limit, f"{many / took * 60:,.0f} a minute; approving them {approving:.1f} s"),
    ]  # fmt: skip


def _row(name: str, ours: float, limit: float, detail: str) -> dict[str, Any]:
    return {"name": name, "ours_s": ours, "limit_s": limit, "ratio": ours / limit, "goal": 1.0, "detail": detail}


@contextmanager
def _desk(people: int) -> Iterator[tuple[Desk, Iterator[str]]]:
    """The example's desk, where no recipient is told anything, and addresses of people, each once."""
    with server(durable=False) as pg, tempfile.TemporaryDirectory(prefix="upb", dir="/var/tmp") as place:
        template = on_server(pg, "bench_template")
        template.migrate()
        template.close()
        with running("qualer", pg, "bench_template", Path(place), people) as firm:
            folder = Path(place) / "folder"
            shutil.copytree(firm.folder, folder)
            _tell_nobody(folder / "recipients.yaml")
            object.__setattr__(firm.app.settings, "now", _now())
            with psycopg.connect(firm.app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
                rows = connection.execute(
                    "SELECT min(email) FROM customers WHERE deleted_at IS NULL AND email LIKE '%@%' AND email NOT LIKE 'unknown%' "
                    "GROUP BY lower(email) HAVING count(*) = 1 ORDER BY min(id)"
                ).fetchall()
            yield Desk(firm.app, folder), iter([row[0] for row in rows])


def _now() -> Callable[[], Any]:
    from datetime import UTC, datetime

    return lambda: datetime.now(UTC)


def _tell_nobody(file: Path) -> None:
    said = yaml.safe_load(file.read_text(encoding="utf-8"))["recipients"]
    silent = {
        name: {"connector": "none", "because": "Nobody is told in a benchmark."}
        | ({"party": one["party"]} if "party" in one else {})
        for name, one in said.items()
    }
    file.write_text(yaml.safe_dump({"recipients": silent}), encoding="utf-8")


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def _open(desk: Desk, email: str, right: str) -> int:
    # Signed in, so that the mail and the press of its link are not what is measured.
    asked = Asked((right,), "eu-gdpr", "web", desk.now, {"name": "Ada Example", "email": email}, country="IE")
    return desk.open(asked).case.number


def _ready(desk: Desk, email: str) -> int:
    """A case whose plan waits for approval."""
    number = _open(desk, email, "erasure")
    desk.go_on(number)
    with desk.own.transaction() as connection:
        from upheld.faces.app.desk import identifying

        identifying.proven(desk, connection, number, "email-link", frozenset({"identity"}))
    desk.go_on(number)
    assert desk.case(number).state == "approval", desk.case(number).state
    return number


def _approve(desk: Desk, numbers: list[int]) -> None:
    for number in numbers:
        with desk.own.connection() as connection:
            shown = prepared_of(details_of(connection, desk.master, number), ("erasure",))["erasure"]
        desk.approve(number, [shown.digest], "staff:1")


def _approved(desk: Desk, email: str) -> int:
    number = _ready(desk, email)
    _approve(desk, [number])
    return number


def _one(desk: Desk, email: str) -> float:
    """Work from the approval to the answer, in this thread."""
    number = _approved(desk, email)
    took = _timed(lambda: desk.go_on(number))
    assert desk.case(number).state == "answered", desk.case(number).state
    return took


def _by_worker(desk: Desk, numbers: list[int]) -> float:
    """From now until the last of the cases is answered, by a worker that just began."""
    stop = threading.Event()
    background = desk.in_background()
    began = time.perf_counter()
    worker = threading.Thread(target=run_worker, args=(desk.own, background.handlers), kwargs={"stop": stop})
    worker.start()
    try:
        while True:
            with desk.own.connection() as connection:
                left = connection.execute(
                    "SELECT count(*) FROM request WHERE number = ANY(%s) AND state <> 'answered'", [numbers]
                ).fetchone()
            if left == (0,):
                return time.perf_counter() - began
            if time.perf_counter() - began > 600:
                raise TimeoutError(f"{left} cases are not answered")
            time.sleep(0.02 if len(numbers) < 10 else 0.2)
    finally:
        stop.set()
        worker.join()
