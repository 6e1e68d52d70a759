"""The system's browser for tests: none is ever downloaded. Without one they are skipped, and red where CI is set."""

from __future__ import annotations

import importlib
import os
import shutil
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def missing(what: str) -> None:
    """Skips, visibly; fails where CI is set, for there a skipped test is red."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


def needed(module: str) -> Any:
    """A module of the development packages."""
    try:
        return importlib.import_module(module)
    except ImportError:
        missing(f"no {module}: make test installs it")
