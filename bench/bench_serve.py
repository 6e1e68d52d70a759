"""From nothing to a served page: the embedded database starts, migrates, and the board answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GOAL_S = 5.0
PORT = 18473


def run() -> list[dict[str, Any]]:
    """Two rows: with an empty data folder (the cluster is made), and again on it."""
    with tempfile.TemporaryDirectory(prefix="upb", dir="/var/tmp") as folder:
        os.chmod(folder, 0o711)  # the embedded database runs as a user of its own
        first, again = (_served_s(Path(folder) / "data") for _ in range(2))
    rows = (("start to a served page, first time", first), ("start to a served page, again", again))
    return [
        {
            "name": name,
            "ours_s": took,
            "limit_s": GOAL_S,
            "ratio": took / GOAL_S,
            "goal": 1.0,
            "detail": "the goal is the limit",
        }
        for name, took in rows
    ]


def _served_s(data: Path) -> float:
    environment = {**os.environ, "UPHELD_DATA": str(data)}
    began = time.perf_counter()
    command = [sys.executable, "-m", "upheld", "serve", "examples/qualer", "--port", str(PORT)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            while time.perf_counter() - began < 60:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5) as page:
                        page.read()
                        return time.perf_counter() - began
                except OSError:
                    if server.poll() is not None:
                        raise RuntimeError((server.stderr.read() if server.stderr else b"").decode()[-500:]) from None
                    time.sleep(0.02)
            raise RuntimeError("no page within 60 s")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
