"""The program `upheld` on a day that never changes, so that dates and ends on a page stay as they were recorded.

python -m tests.walk.on_a_day check shop
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

from upheld.faces.app import App, from_environment
from upheld.faces.cli import Context, Terminal, build

DAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def _context(ascii_only: bool) -> Context:
    apps: list[App] = []

    def make_app() -> App:
        if not apps:
            apps.append(App(replace(from_environment(os.environ), now=lambda: DAY)))
        return apps[0]

    return Context(make_app, Terminal(ascii_only=ascii_only))


def command(*words: str) -> int:
    """The program with these words; its exit code."""
    try:
        build(_context)(list(words), prog_name="upheld")
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    return 0


if __name__ == "__main__":
    build(_context)(prog_name="upheld")
