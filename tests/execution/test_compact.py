"""After Compact nothing of an erased person lies in any file of a store, in no form; before it, it does, so that the search can fail."""

from __future__ import annotations

import base64
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.execution.shop import shop_of
from upheld.engine.stores import StoreFault
from upheld.records.own import EmbeddedServer

TOKENS = [f"Thistlewood{n:04d}Quayside" for n in range(1, 400)]
PEOPLE = """
INSERT INTO customers SELECT 1000 + i, substr('Thistlewood', 1) || {pad} || 'Quayside', 'p' || i || '@example.test' FROM {series};
INSERT INTO orders SELECT 1000 + i, 1000 + i, 'Thistlewood' || {pad} || 'Quayside', '2025-06-01' FROM {series};
"""
MORE = """
  notes:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns: {id: key, customer_id: key, body: {free-text: review}}
"""
NOTES = "CREATE TABLE notes (id integer PRIMARY KEY, customer_id integer, body text); CREATE INDEX notes_body ON notes (body); "


def forms_of(token: str) -> list[bytes]:
    """Raw in the encodings of either engine, and as programs store bytes in text."""
    raw = token.encode()
    return [raw, token.encode("utf-16-le"), token.encode("utf-16-be"), raw.hex().encode(), base64.b64encode(raw)[:-4]]


def found_in(folder: Path, tokens: list[str]) -> dict[str, int]:
    """Files that hold any of the tokens in any form, with how many of them; sizes do not matter, no file is left out."""
    wanted = [(token, form) for token in tokens for form in forms_of(token)]
    found: dict[str, int] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = file.read_bytes()
        if b"Thistlewood" not in data and not any(form in data for form in forms_of("Thistlewood")):
            continue
        hits = {token for token, form in wanted if form in data}
        if hits:
            found[str(file.relative_to(folder))] = len(hits)
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[EmbeddedServer, Path]]:
    """A durable server of this page alone, whose log segments are removed and not kept for another use."""
    folder = Path(tempfile.mkdtemp(prefix="uph-", dir="/tmp"))
    folder.chmod(0o711)
    made = EmbeddedServer(folder)
    with psycopg.connect(made.url("postgres", "postgres"), autocommit=True) as owner:
        for setting in ("wal_recycle = off", "min_wal_size = '32MB'", "autovacuum = off"):
            owner.execute(f"ALTER SYSTEM SET {setting}")  # type: ignore[arg-type]
        owner.execute("SELECT pg_reload_conf()")
    yield made, folder
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


def fill(engine: str) -> str:
    if engine == "sqlite":
        series = "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 399) SELECT i FROM n)"
        pad = "printf('%04d', i)"
    else:
        series, pad = "generate_series(1, 399) AS i", "lpad(i::text, 4, '0')"
    long = "replace(hex(zeroblob(2000)), '0', 'x')" if engine == "sqlite" else "repeat('x', 4000)"
    notes = f"INSERT INTO notes SELECT i, 1000 + i, 'Thistlewood' || {pad} || 'Quayside' FROM {series};"
    toast = f"INSERT INTO notes SELECT 5000 + i, 1000 + i, 'Thistlewood' || {pad} || 'Quayside' || {long} FROM {series} WHERE i < 0;"
    return NOTES + PEOPLE.format(series=series, pad=pad) + notes + toast


def switch(server: EmbeddedServer) -> None:
    """What the server does in its own time: the log goes on to new segments, and the old ones are removed."""
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as owner:
        for _ in range(2):
            owner.execute("CHECKPOINT")
            owner.execute("SELECT pg_switch_wal()")
            owner.execute("CHECKPOINT")


def test_postgresql_before_compact_the_search_finds_them_and_after_it_nothing(
    server: tuple[EmbeddedServer, Path], tmp_path: Path
) -> None:
    embedded, folder = server
    embedded.create_database("bytes")
    try:
        with shop_of(embedded.url("bytes", "upheld_firm"), tmp_path, schema=fill("postgresql"), more_tables=MORE) as shop:
            switch(embedded)
            emails = [f"p{n}@example.test" for n in range(1, 400)]
            answer = shop.erase(*emails)
            assert answer.is_done and shop.sql("shop", "SELECT count(*) FROM customers") == [(3,)]
            switch(embedded)
            before = found_in(folder, TOKENS)
            assert sum(before.values()) >= len(TOKENS), "unreachable, and still in the files: the search can fail"
            shop.stores["shop"].compact(["customers", "lines", "notes", "orders"])
            switch(embedded)
            assert found_in(folder, TOKENS) == {}
    finally:
        embedded.drop_database("bytes")


def test_postgresql_no_old_row_of_the_statistics_or_of_a_view_is_left_in_a_file(
    server: tuple[EmbeddedServer, Path], tmp_path: Path
) -> None:
    embedded, folder = server
    embedded.create_database("quoted")
    few = (
        NOTES
        + "INSERT INTO customers VALUES "
        + ", ".join(f"({1000 + n}, '{TOKENS[n]}', 'p{n}@example.test')" for n in range(9))
    )
    view = "; CREATE MATERIALIZED VIEW names AS SELECT id, name FROM customers; CREATE UNIQUE INDEX names_id ON names (id)"
    try:
        with shop_of(embedded.url("quoted", "upheld_firm"), tmp_path, schema=few + view, more_tables=MORE) as shop:
            shop.sql("shop", "ANALYZE customers")  # statistics quote values from now on; so few that they are not packed
            assert shop.erase(*(f"p{n}@example.test" for n in range(9))).is_done
            shop.stores["shop"].refresh([("names", True)])
            shop.stores["shop"].take_statistics(["customers"])
            switch(embedded)
            assert sum(found_in(folder, TOKENS).values()) >= 9
            shop.stores["shop"].compact(["customers", "lines", "notes", "orders", "names"])
            switch(embedded)
            assert found_in(folder, TOKENS) == {}
    finally:
        embedded.drop_database("quoted")


@pytest.mark.parametrize("mode", ["delete", "wal", "persist", "truncate"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_sqlite_before_compact_free_pages_or_logs_hold_them_and_after_it_nothing(
    tmp_path: Path, mode: str, encoding: str
) -> None:
    place = tmp_path / "store"
    place.mkdir()
    prepare(place / "shop.db", mode, encoding)
    with shop_of(f"sqlite:///{place / 'shop.db'}", tmp_path, schema=fill("sqlite"), more_tables=MORE) as shop:
        # Another tool erased: it knows no secure_delete.
        with_tool = sqlite3.connect(place / "shop.db")
        with_tool.execute("PRAGMA secure_delete = OFF")
        with with_tool:
            for table in ("notes", "orders", "customers"):
                with_tool.execute(
                    f"DELETE FROM {table} WHERE id >= 1 AND id NOT BETWEEN 1 AND 30"
                    if table != "notes"
                    else "DELETE FROM notes"
                )
        before = found_in(place, TOKENS)
        with_tool.close()
        assert sum(before.values()) >= len(TOKENS) // 2
        shop.stores["shop"].compact(["notes"])
        assert found_in(place, TOKENS) == {}
        assert shop.sql("shop", "SELECT count(*) FROM customers") == [(3,)]


def prepare(path: Path, mode: str, encoding: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE made (x)")
    connection.close()


def test_postgresql_rows_that_somebody_still_sees_are_not_called_overwritten(address: str, tmp_path: Path) -> None:
    if not address.startswith("postgresql"):
        pytest.skip("SQLite has one writer and keeps no old rows; MariaDB keeps them in its undo log and not in the table")
    with shop_of(address, tmp_path) as shop, psycopg.connect(address) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1 FROM pg_class").fetchone()
        shop.erase("ada@example.test")
        with pytest.raises(StoreFault) as caught:
            shop.stores["shop"].compact(["orders"])
        assert caught.value.code == "X509" and caught.value.retry
        reader.rollback()
        shop.stores["shop"].compact(["orders"])


def test_sqlite_a_reader_keeps_the_log_from_being_cut(tmp_path: Path) -> None:
    prepare(tmp_path / "shop.db", "wal", "UTF-8")
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        reader = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM customers").fetchall()
        with pytest.raises(StoreFault) as caught:
            shop.stores["shop"].compact(["customers"])
        assert caught.value.code == "X103"
        reader.execute("COMMIT")
        reader.close()
        shop.stores["shop"].compact(["customers"])


def test_a_table_that_the_role_may_not_rewrite_is_no_silent_success(
    make_database: Callable[[], str], pg: EmbeddedServer, tmp_path: Path
) -> None:
    address = make_database()
    with shop_of(address, tmp_path) as shop:
        database = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
        with psycopg.connect(pg.url(str(database), "postgres"), autocommit=True) as owner:
            owner.execute("ALTER TABLE orders OWNER TO upheld_owner; GRANT SELECT, DELETE ON orders TO upheld_firm")
            owner.execute(f"ALTER DATABASE {database} OWNER TO upheld_owner")  # type: ignore[arg-type]
            owner.execute(f"GRANT CONNECT ON DATABASE {database} TO upheld_firm")  # type: ignore[arg-type]
        with pytest.raises(StoreFault) as caught:
            shop.stores["shop"].compact(["orders"])
        assert caught.value.code == "X104"


def test_statistics_that_the_role_may_not_rewrite_leave_the_date_open(
    make_database: Callable[[], str], pg: EmbeddedServer, tmp_path: Path
) -> None:
    address = make_database()
    with shop_of(address, tmp_path) as shop:
        database = str(psycopg.conninfo.conninfo_to_dict(address)["dbname"])
        with psycopg.connect(pg.url(database, "postgres"), autocommit=True) as owner:
            owner.execute(f"ALTER DATABASE {database} OWNER TO upheld_owner")  # type: ignore[arg-type]
            owner.execute(f"GRANT CONNECT ON DATABASE {database} TO upheld_firm")  # type: ignore[arg-type]
            with pytest.raises(StoreFault) as caught:
                shop.stores["shop"].compact(["orders"])
            assert caught.value.code == "X510" and "MAINTAIN" in (caught.value.help or "")
            owner.execute("GRANT MAINTAIN ON pg_catalog.pg_statistic, pg_catalog.pg_statistic_ext_data TO upheld_firm")
            shop.stores["shop"].compact(["orders"])
