"""The desk: memory of server and worker while nothing happens, how soon a deferred job starts, how many small jobs end in a minute."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.linked import server
from upheld.records.jobs import Happened, defer, run_worker
from upheld.records.own import OwnDatabase, on_server

ROOT = Path(__file__).resolve().parents[1]
PORT = 18474
MEMORY_MB, START_S, JOBS_S = 250.0, 0.05, 30.0  # 1,000 jobs in half a minute is 2,000 a minute
JOBS, STARTS = 1_000, 50
TASK = "nothing"


def run(jobs: int = JOBS, starts: int = STARTS) -> list[dict[str, Any]]:
    """Three rows. Memory is what the process itself holds, without the embedded PostgreSQL; megabytes stand where seconds do."""
    memory, pages = _memory_mb()
    with server(durable=False) as running:
        own = on_server(running, "own_desk")
        own.migrate()
        waits, took = _jobs(own, jobs, starts)
        own.close()
    median = statistics.median(waits)
    return [
        _row(
            "memory of server and worker, idle, in MB",
            memory,
            MEMORY_MB,
            f"of the process, without PostgreSQL; after {pages} pages were served",
        ),
        _row("job deferred → started", median, START_S, f"{starts} jobs, the slowest {max(waits) * 1000:.1f} ms"),
        _row(
            f"{jobs:,} small jobs done, deferred to last end", took, JOBS_S * jobs / JOBS, f"{jobs / took * 60:,.0f} a minute"
        ),
    ]


def _row(name: str, ours: float, limit: float, detail: str) -> dict[str, Any]:
    return {"name": name, "ours_s": ours, "limit_s": limit, "ratio": ours / limit, "goal": 1.0, "detail": detail}


def _jobs(own: OwnDatabase, jobs: int, starts: int) -> tuple[list[float], float]:
    started, all_done, stop = threading.Semaphore(0), threading.Event(), threading.Event()
    counted = [0]
    at: list[float] = []

    def told(happened: Happened) -> None:
        if happened.what == "started":
            at.append(time.perf_counter())
            started.release()
        elif happened.what == "done":
            counted[0] += 1
            if counted[0] >= starts + 1 + jobs:
                all_done.set()

    worker = threading.Thread(target=run_worker, args=(own, {TASK: lambda ids: None}), kwargs={"stop": stop, "told": told})
    worker.start()
    waits = []
    try:
        for n in range(starts + 1):
            with own.transaction() as connection:
                defer(connection, TASK, {"n": n}, lock=f"case-{n}")
                deferred = time.perf_counter()  # before the commit: a worker may start before its caller hears of it
            started.acquire()
            waits.append(at[-1] - deferred)
        began = time.perf_counter()
        with own.transaction() as connection:
            for n in range(jobs):
                defer(connection, TASK, {"n": n}, lock=f"case-{n}")
        all_done.wait()
        return waits[1:], time.perf_counter() - began  # the first waited for the worker to come up
    finally:
        stop.set()
        worker.join()


def _memory_mb() -> tuple[float, int]:
    with tempfile.TemporaryDirectory(prefix="upb", dir="/var/tmp") as folder:
        os.chmod(folder, 0o711)  # the embedded database runs as a user of its own
        environment = {**os.environ, "UPHELD_DATA": str(Path(folder) / "data")}
        command = [sys.executable, "-m", "upheld", "serve", "examples/qualer", "--port", str(PORT)]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                _visited("ready", process)
                served = [_visited(page, process) for page in ("", "notice", "estate", "ledger", "board.json") * 3]
                time.sleep(3)
                status = Path(f"/proc/{process.pid}/status").read_text()
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
    kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return kilobytes / 1000, len(served)


def _visited(page: str, process: subprocess.Popen[bytes]) -> int:
    ends = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{page}", timeout=30) as answer:
                return len(answer.read())
        except OSError:
            if process.poll() is not None or time.monotonic() > ends:
                raise
            time.sleep(0.02)
