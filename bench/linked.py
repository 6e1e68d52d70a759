"""The linked estate, made: eleven tables in a database of the embedded server or in a SQLite file, and its map.

Rows are made by the engine itself from `linked.sql`; the same text serves both, but for what SQLite says differently. Two runs of the
same size hold the same rows. Statistics are fresh, pages are read once, so that nothing measured is a first read.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psycopg

from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.stores import Store, open_store
from upheld.records.own import EmbeddedServer
from upheld.records.own.embedded import FIRM

HERE = Path(__file__).resolve().parent
TABLES = (
    "customers", "addresses", "accounts", "orders", "order_lines", "payments", "shipments", "tickets", "ticket_messages", "reviews",
    "subscribers",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Linked:
    """One filled database: its map, its live schema, its address."""

    estate: Estate
    catalogue: Catalogue
    url: str

    def store(self) -> Store:
        """A session of its own."""
        return open_store(self.estate.stores["linked"], self.url)


@contextmanager
def server(*, durable: bool = True) -> Iterator[EmbeddedServer]:
    """A server in a new folder, gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="uph-", dir="/tmp"))
    place.chmod(0o711)
    running = EmbeddedServer(place, durable=durable)
    try:
        yield running
    finally:
        running.close()
        shutil.rmtree(place, ignore_errors=True)


def in_postgresql(running: EmbeddedServer, name: str, how: str, n: int) -> Linked:
    """A database with `n` customers (about 25 rows each). `how`: what the map says of erasure, "delete" or "blank"."""
    running.create_database(name)
    url = running.url(name, FIRM)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in statements(n):
            connection.execute(cast("Any", statement))
        connection.execute("VACUUM (ANALYZE)")
    return mapped(url, how)


def again(running: EmbeddedServer, name: str, template: str, how: str) -> Linked:
    """A database with the rows that `template` has now; nobody may be connected to it."""
    running.create_database(name, template=template)
    return mapped(running.url(name, FIRM), how)


def in_sqlite(path: Path, how: str, n: int) -> Linked:
    """The same rows in a SQLite file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        for statement in statements(n):
            for part in _in_sqlite(statement):
                connection.execute(part)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    return mapped(f"sqlite:///{path}", how)


def mapped(url: str, how: str) -> Linked:
    """The map and the live schema of a database that is there."""
    text = (HERE / "linked.yaml").read_text(encoding="utf-8").replace("ERASURE", how)
    if url.startswith("sqlite"):
        text = text.replace("engine: postgresql", "engine: sqlite")
    return mapped_from(text, url)


def mapped_from(text: str, url: str) -> Linked:
    """The same, by the text of a map."""
    estate, findings = read_estate({"linked.yaml": text})
    if findings:
        raise AssertionError(f"the map of the bench is not clean: {findings}")
    with closing(open_store(estate.stores["linked"], url)) as store:
        return Linked(estate, Catalogue({"linked": store.catalogue()}), url)


def statements(n: int) -> list[str]:
    """The text of `linked.sql` for `n` customers, statement by statement."""
    text = (HERE / "linked.sql").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return [part.strip() for part in re.sub(r"(?<!:):n\b", str(n), lines).split(";") if part.strip()]


def dump(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, ordered by key."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            return {t: db.execute(f"SELECT * FROM {t} ORDER BY id").fetchall() for t in TABLES}
    with psycopg.connect(url) as connection:
        return {t: connection.execute(cast("Any", f"SELECT * FROM {t} ORDER BY id")).fetchall() for t in TABLES}


# ---- what SQLite says differently ------------------------------------------------------------------------------------

_SERIES = re.compile(r"from generate_series\(1, (?P<many>[^)]+)\) i$")
_SUBSTITUTES = (
    (r"'(\d{4}-\d\d-\d\d)'::timestamptz \+ i \* interval '1 minute'", r"datetime('\1', '+' || i || ' minutes')"),
    (r"'(\d{4}-\d\d-\d\d)'::timestamptz \+ i \* interval '10 seconds'", r"datetime('\1', '+' || (i * 10) || ' seconds')"),
    (r"now\(\)", "datetime('now')"),
    (r"md5\(i::text\)", "hex(i * 2654435761)"),
    (r"::(?:text|integer)\b", ""),
    (r"\bbigint primary key", "integer primary key"),
    (r"\btimestamptz\b", "text"),
    (r"\(lower\(btrim\(normalize\(email, NFC\)\) COLLATE \"C\"\)\)", "lower(trim(email))"),
)


def _in_sqlite(statement: str) -> list[str]:
    for pattern, by in _SUBSTITUTES:
        statement = re.sub(pattern, by, statement)
    found = _SERIES.search(statement)
    if found is None:
        return [statement]
    series = f"with recursive s (i) as (select 1 union all select i + 1 from s where i < {found['many']}) "
    head, select = statement.split(" select ", 1)
    return [f"{head} {series}select {_SERIES.sub('from s', select)}"]
