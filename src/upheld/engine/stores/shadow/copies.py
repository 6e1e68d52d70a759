"""A live store becomes its shadow: the same tables, keys, checks and triggers, and no row.

The schema is taken by the engine's own means (`pg_dump --schema-only`, `sqlite_master`), so that a trigger is there as it is in the
original. The firm's store is only read. Owners and grants are left behind: a shadow belongs to us. Not taken: DDL written from our
catalogue; what the catalogue does not know would be missing exactly where a probe should find it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from upheld.engine.estate.forms import sqlite_functions
from upheld.engine.estate.model import Engine
from upheld.engine.stores.shadow.mariadb import NoServer, mariadb_shadow
from upheld.records.own import EmbeddedServer

TIMEOUT_S = 120
CONNECTION_WORDS = {
    "host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
}  # fmt: skip


class ShadowRefused(Exception):
    """The store's schema could not be copied; nothing was left behind. Holds no address and no value."""


class Shadow(Protocol):
    """An empty copy of a store. `url` opens it like any store."""

    engine: Engine
    url: str

    def execute(self, statement: str) -> None: ...
    def insert(self, table: str, columns: Sequence[str], values: Sequence[object]) -> str: ...
    def found(self, token: str) -> dict[tuple[str, str], int]: ...


@contextlib.contextmanager
def shadow_of(engine: Engine, url: str, lent: Callable[[], EmbeddedServer]) -> Iterator[Shadow]:
    """The shadow of the store at `url`; gone when the block ends. ShadowRefused where its schema cannot be copied.

    `lent` lends an embedded server, and is asked for a PostgreSQL store alone: no other shadow needs one. Cost: about half a second for PostgreSQL, milliseconds for SQLite, some three seconds for MariaDB; grows with tables, never with rows.
    """
    if engine == "postgresql":
        server, name = lent(), f"shadow_{secrets.token_hex(6)}"
        server.create_database(name)
        try:
            there = server.url(name, "upheld_firm")
            _copy_postgresql(url, there, server.programs)
            with contextlib.closing(_connected(there)) as held:
                yield PostgreSQLShadow(there, held)
        finally:
            server.drop_database(name)
    elif engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="uph-shadow-") as folder:
            path = Path(folder) / "shadow.sqlite"
            _copy_sqlite(url.removeprefix("sqlite:///"), path)
            yield SQLiteShadow(path)
    else:
        with contextlib.ExitStack() as stack:
            try:
                shadow = stack.enter_context(mariadb_shadow(url))
            except NoServer as error:
                raise ShadowRefused(str(error)) from None
            yield shadow


class PostgreSQLShadow:
    """A database of the embedded server. `held` is the connection of whoever asks often; else each call has its own."""

    engine: Engine = "postgresql"

    def __init__(self, url: str, held: psycopg.Connection[Any] | None = None) -> None:
        self.url = url
        self._held = held

    def execute(self, statement: str) -> None:
        with self._open() as connection:
            connection.execute(cast("Any", statement))

    def insert(self, table: str, columns: Sequence[str], values: Sequence[object]) -> str:
        """Empty when the row stands; else the engine's class of error, without its message (that quotes values)."""
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        )
        with self._open() as connection:
            try:
                connection.execute(statement, list(values))
            except psycopg.Error as error:
                return type(error).__name__
        return ""

    def found(self, token: str) -> dict[tuple[str, str], int]:
        """Cells by table and column that hold `token` anywhere in their text form."""
        with self._open() as connection:
            tables = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
            )
            names = [str(name) for (name,) in tables]
            asked = " UNION ALL ".join(
                f"SELECT {n}, key, count(*) FROM {name.replace('%', '%%')} AS t, jsonb_each_text(to_jsonb(t)) "
                "WHERE strpos(value, %(token)s) > 0 GROUP BY key"
                for n, name in enumerate(names)
            )
            rows = connection.execute(cast("Any", asked), {"token": token}).fetchall() if asked else []
        return {(names[n].removeprefix("public."), column): count for n, column, count in rows}

    def _open(self) -> contextlib.AbstractContextManager[psycopg.Connection[Any]]:
        return contextlib.nullcontext(self._held) if self._held is not None else contextlib.closing(_connected(self.url))


def _connected(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True, prepare_threshold=None)


class SQLiteShadow:
    """A file in a folder of our own."""

    engine: Engine = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.url = f"sqlite:///{path}"

    def execute(self, statement: str) -> None:
        with contextlib.closing(_opened(self._path)) as connection:
            connection.executescript(statement)

    def insert(self, table: str, columns: Sequence[str], values: Sequence[object]) -> str:
        """As PostgreSQLShadow.insert."""
        names = ", ".join(_quoted(c) for c in columns)
        marks = ", ".join("?" * len(columns))
        with contextlib.closing(_opened(self._path)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            try:
                connection.execute(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks})", list(values))
                connection.commit()
            except sqlite3.Error as error:
                return type(error).__name__
        return ""

    def found(self, token: str) -> dict[tuple[str, str], int]:
        """As PostgreSQLShadow.found."""
        counts: dict[tuple[str, str], int] = {}
        with contextlib.closing(_opened(self._path)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in connection.execute(f"PRAGMA table_info({_quoted(table)})").fetchall():
                    n = connection.execute(
                        f"SELECT count(*) FROM {_quoted(table)} WHERE instr(CAST({_quoted(row[1])} AS TEXT), ?1) > 0", [token]
                    ).fetchone()[0]
                    if n:
                        counts[table, row[1]] = n
        return counts


def _copy_postgresql(source: str, target: str, programs: Path) -> None:
    flags = ["--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions", "--no-comments"]
    dump = run_program([str(programs / "pg_dump"), *flags], source, b"")
    # A shadow has its own `public` already; every other error must stop it, for a table left out is a table not probed.
    schema = b"\n".join(line for line in dump.splitlines() if line.strip() != b"CREATE SCHEMA public;")
    run_program([str(programs / "psql"), "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", "-"], target, schema)


def run_program(words: list[str], url: str, given: bytes) -> bytes:
    """The program's output. Addresses and passwords go by the environment, never by argv."""
    known = conninfo_to_dict(url)
    surroundings = {"PATH": os.environ.get("PATH", ""), "PGCONNECT_TIMEOUT": "10"}
    surroundings |= {variable: str(known[word]) for word, variable in CONNECTION_WORDS.items() if known.get(word)}
    try:
        done = subprocess.run(words, input=given, capture_output=True, env=surroundings, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ShadowRefused(f"{Path(words[0]).name} did not end well ({type(error).__name__})") from None
    if done.returncode:
        raise ShadowRefused(f"{Path(words[0]).name} refused the schema")
    return done.stdout


def _copy_sqlite(source: str, target: Path) -> None:
    if not Path(source).is_file():
        raise ShadowRefused("the file is not there")
    order = "CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END"
    with contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as there:
        made = there.execute(
            f"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY {order}, rowid"
        ).fetchall()
    with contextlib.closing(_opened(target)) as here:
        for (statement,) in made:
            here.execute(statement)
        here.commit()


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    for name, function in sqlite_functions().items():
        connection.create_function(name, 1, function, deterministic=True)
    return connection


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
