"""All example notices: compiled and checked with their estates, first of a process; and published, with every page and machine form."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CHECK_S, PUBLISH_S = 1.0, 3.0
RUNS = 5


def run() -> list[dict[str, Any]]:
    """Two rows; the goal is the limit. Each run is a process of its own that has imported the package and read nothing else."""
    checks = [_timed(_CHECK) for _ in range(RUNS)]
    with tempfile.TemporaryDirectory(prefix="upb", dir="/var/tmp") as folder:
        os.chmod(folder, 0o711)  # the embedded database runs as a user of its own
        publications = [_timed(_PUBLISH, str(Path(folder) / "data"), str(Path(folder) / str(n))) for n in range(3)]
    rows = (("check of all example notices, cold", CHECK_S, checks), ("publish all example notices", PUBLISH_S, publications))
    return [_row(name, goal, found) for name, goal, found in rows]


def _row(name: str, goal: float, found: list[tuple[float, str]]) -> dict[str, Any]:
    ours = statistics.median(took for took, _ in found)
    first = f"; first {found[0][0]:.2f} s" if goal == PUBLISH_S else ""
    return {"name": name, "ours_s": ours, "limit_s": goal, "ratio": ours / goal, "goal": 1.0, "detail": found[0][1] + first}


def _timed(code: str, *given: str) -> tuple[float, str]:
    done = subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    took, _, detail = done.stdout.strip().partition(" ")
    return float(took), detail


_CHECK = """
import time
from pathlib import Path
from upheld.faces.app.checking import check_folder
folders = sorted(each.parent for each in Path("examples").glob("*/notice.md"))
began = time.perf_counter()
found = [check_folder(folder) for folder in folders]
took = time.perf_counter() - began
assert not any(each.errors for each in found)
tables = sum(len(store.tables) for each in found if each.estate for store in each.estate.stores.values())
print(took, f"{len(folders)} notices, {sum(len(each.compiled.clauses) for each in found)} clauses, {tables} tables")
"""

_PUBLISH = """
import sys, time
from pathlib import Path
from upheld.faces.app import App, Settings
from upheld.faces.site.published import write_pages
from upheld.faces.site.published.of_register import published_of
folders = sorted(each.parent for each in Path("examples").glob("*/notice.md"))
app = App(Settings(data_folder=Path(sys.argv[1])))
app.own  # the database is started before the clock
began = time.perf_counter()
files = 0
for folder in folders:
    made = app.publish(folder)
    assert made.version is not None, made.diagnostics
    files += len(write_pages(published_of(made.versions, made.checkpoint), Path(sys.argv[2]) / folder.name))
took = time.perf_counter() - began
app.close()
print(took, f"{len(folders)} notices, {files} files")
"""
