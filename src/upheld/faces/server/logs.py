"""What happens becomes lines of JSON on stderr, one an event, without any word of a person.

A request is its method, its route as a template, status and time: no path, no query string, no address of a visitor, no header. A fault is its kind and
its place in our code. Must never take the words of an exception or of a library's message: they may quote a row.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from upheld.faces.app.parts.building import kind_and_place
from upheld.records.jobs import Happened


def _now() -> datetime:
    return datetime.now(UTC)


class Log:
    """Lines of JSON with `at`, `event`, and what was said. Threads may share it; a stream that is gone stops nothing."""

    def __init__(self, stream: TextIO | None = None, now: Callable[[], datetime] = _now) -> None:
        self._stream, self._now, self._lock = stream or sys.stderr, now, threading.Lock()

    def __call__(self, event: str, **said: object) -> None:
        """One line. Values that are empty are left out."""
        kept = {name: value for name, value in said.items() if value not in ("", None)}
        line = json.dumps({"at": self._now().isoformat(timespec="milliseconds"), "event": event, **kept})
        with self._lock:
            try:
                print(line, file=self._stream, flush=True)
            except (OSError, ValueError):
                return

    def job(self, happened: Happened) -> None:
        """What a worker did; starts of jobs are left out."""
        if happened.what != "started":
            ms = round(happened.seconds * 1000, 1)
            self(f"job {happened.what}", task=happened.task, job=happened.job or None, ms=ms, fault=happened.fault)


class OfLibraries(logging.Handler):
    """Warnings and errors that libraries log: who says it, how bad, and the fault's kind and place. Never their words."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        error = record.exc_info[1] if record.exc_info else None
        fault = kind_and_place(error) if error is not None else ""
        self._log("library", name=record.name, level=record.levelname.lower(), fault=fault)
