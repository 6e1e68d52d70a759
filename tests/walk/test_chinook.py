"""docs/chinook.md is walked command by command, on SQLite, PostgreSQL and MariaDB, and the database is compared row by row with what it was.

UPHELD_RECORD=1 writes the outputs of the page anew; reading the difference is a duty.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import mariadb
from tests.cli.preloaded import Preloaded
from tests.walk import page
from upheld.records.own import EmbeddedServer

BESIDE = [folder / "shared" / "data" / "chinook" for folder in Path(__file__).resolve().parents]
CHINOOK = next((folder for folder in BESIDE if folder.exists()), None)
pytestmark = pytest.mark.skipif(CHINOOK is None, reason="the Chinook database is not beside this checkout")
ERASED, ANSWERED = 42, 17
HELD = {"invoiceid", "customerid", "invoicedate", "total", *(f"billing{part}" for part in ("address", "city", "state", "country", "postalcode"))}  # fmt: skip
FRAME = {"customerid", "supportrepid"}  # what stays of a customer: keys
Tables = dict[str, dict[Any, dict[str, str]]]  # table → key → column → value, all names in one writing


@dataclass(frozen=True, slots=True)
class Walked:
    """A walk at its end: what the store held before and holds now, what was printed, and where."""

    walk: page.Walk
    before: Tables
    after: Tables
    answers: list[tuple[str, str]]  # queries of the page: expected, found
    engine: str


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, preloaded: Preloaded) -> Iterator[Walked]:
    folder = tmp_path_factory.mktemp(f"walk-{request.param}")
    data = Path(tempfile.mkdtemp(prefix="uph-walk-", dir="/tmp" if os.path.isdir("/tmp") else None))
    data.chmod(0o711)  # as root the server's user must enter
    held = EmbeddedServer(data, durable=False)  # else it would start and stop with each command
    text = page.PAGE.read_text(encoding="utf-8")
    here = text.index(page.ON_POSTGRESQL)
    if request.param == "sqlite":
        shutil.copy(CHINOOK / "Chinook_Sqlite.sqlite", folder / "chinook.sqlite")
        (folder / "chinook.sqlite").chmod(0o644)
        connect = lambda: sqlite3.connect(folder / "chinook.sqlite")  # noqa: E731
        walk, todo = page.new_walk(folder, data, {}, preloaded), list(page.blocks(text[:here]))
    else:
        if request.param == "mariadb":
            url = _loaded_mariadb()
            connect = lambda: Shown(url)  # noqa: E731
            # The page's edit names types as PostgreSQL does.
            text = text.replace("character varying", "varchar").replace("timestamp without time zone", "datetime")
            here = text.index(page.ON_POSTGRESQL)
        else:
            url = _loaded(request.getfixturevalue("pg"))
            connect = lambda: psycopg.connect(url)  # noqa: E731
        walk = page.new_walk(folder, data, {"UPHELD_CHINOOK_URL": url}, preloaded)
        notice = [block for block in page.blocks(text[:here]) if block.kind == "markdown"]
        todo = [*notice, *page.blocks(text[here:], here)]
    before = _tables(connect())
    queries = [block.text for block in todo if block.kind == "sql"]
    for block in todo:
        if block.kind != "sql":
            walk.take(block)
    answers = [_asked(connect(), line) for text in queries for line in text.splitlines()]
    yield Walked(walk, before, _tables(connect()), answers, request.param)
    held.close()
    shutil.rmtree(data, ignore_errors=True)


def _loaded(pg: EmbeddedServer) -> str:
    pg.drop_database("chinook")
    pg.create_database("chinook")
    script = (CHINOOK / "Chinook_PostgreSql.sql").read_text(encoding="utf-8-sig")
    with psycopg.connect(pg.url("chinook", "upheld_firm")) as connection:
        connection.execute(re.sub(r"(?im)^(drop|create) database.*?;|^\\c .*$", "", script))
    return pg.url("chinook", "upheld_firm")


def _loaded_mariadb() -> str:
    """The same tables as on PostgreSQL, in MariaDB's types."""
    mariadb.needed()
    url = mariadb.address(mariadb.create_database())
    script = (CHINOOK / "Chinook_PostgreSql.sql").read_text(encoding="utf-8-sig")
    mariadb.execute(url, re.sub(r"(?im)^(drop|create) database.*?;|^\\c .*$", "", script).replace(" TIMESTAMP", " DATETIME"))
    return url


class Shown:
    """A database of MariaDB's, asked as the others are."""

    def __init__(self, url: str) -> None:
        self._db = mariadb.connect(url, init_command="SET sql_mode = 'ANSI_QUOTES'")

    def execute(self, sql: str) -> Any:
        if "pg_tables" in sql:
            sql = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
        cursor = self._db.cursor()
        cursor.execute(sql)
        return cursor

    def close(self) -> None:
        self._db.close()


def _asked(connection: Any, line: str) -> tuple[str, str]:
    query, expected = line.rsplit("; -- ", 1)
    return expected.strip(), str(connection.execute(query).fetchone()[0])


def _tables(connection: Any) -> Tables:
    """Every row of every table; a row without a single key stands under all its values."""
    lite = isinstance(connection, sqlite3.Connection)
    listed = "SELECT name FROM sqlite_master WHERE type = 'table'" if lite else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"  # fmt: skip
    found: Tables = {}
    for (table,) in connection.execute(listed).fetchall():
        cursor = connection.execute(f'SELECT * FROM "{table}"')
        names = [_one_writing(column[0]) for column in cursor.description]
        key = f"{_one_writing(table)}id"
        rows = [dict(zip(names, map(repr, row), strict=True)) for row in cursor.fetchall()]
        found[_one_writing(table)] = {row[key] if key in row else tuple(row.values()): row for row in rows}
    connection.close()
    return found


def _one_writing(name: str) -> str:
    return name.replace("_", "").lower()


def _invoices_of(tables: Tables, customer: int) -> set[str]:
    return {key for key, row in tables["invoice"].items() if row["customerid"] == repr(customer)}


def _lines_of(tables: Tables, customer: int) -> set[str]:
    invoices = _invoices_of(tables, customer)
    return {key for key, row in tables["invoiceline"].items() if row["invoiceid"] in invoices}


# ---- the page -----------------------------------------------------------------------------------------------------------


def test_the_page_prints_what_its_commands_print(walked: Walked) -> None:
    if os.environ.get("UPHELD_RECORD"):
        pytest.skip("recorded at the end of the run")
    if walked.engine == "mariadb":
        pytest.skip("the page shows the other two")
    text = page.PAGE.read_text(encoding="utf-8")
    recorded = {
        at: output for block in page.blocks(text) if block.kind == "console" for _, at, output in page.commands_of(block)
    }
    for at, said in walked.walk.said.items():
        assert page.alike(recorded[at]) == page.alike(said), "UPHELD_RECORD=1 writes it anew"


def test_the_walk_takes_fewer_than_ten_commands(walked: Walked) -> None:
    assert len(walked.walk.commands) < 10
    words = [command.split()[1] for command in walked.walk.commands if command.startswith("upheld ")]
    assert words == ["scan", "check", "plan", "erase", "plan", "access", "verify"]


def test_the_queries_of_the_page_have_the_answers_that_stand_beside_them(walked: Walked) -> None:
    assert all(expected == found for expected, found in walked.answers), walked.answers


def test_the_notice_has_ten_lines_of_promises() -> None:
    notice = next(block.text for block in page.blocks(page.PAGE.read_text(encoding="utf-8")) if block.kind == "markdown")
    promises = re.findall(r"(?ms)^```promise\n(.*?)^```", notice)
    assert sum(len(one.splitlines()) for one in promises) == 10


def test_no_value_of_a_persons_row_stands_on_the_page(walked: Walked) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    people = [*walked.before["customer"].values(), *walked.before["employee"].values()]
    columns = ("firstname", "lastname", "address", "phone", "fax", "email", "postalcode")
    values = {row[column].strip("'\"") for row in people for column in columns} - {"None"}
    assert len(values) > 200
    assert [value for value in values if len(value) > 4 and re.search(rf"\b{re.escape(value)}\b", text)] == []


# ---- the erasure -----------------------------------------------------------------------------------------------------------


def test_of_the_erased_customer_nothing_is_left_but_what_tax_law_holds(walked: Walked) -> None:
    before, after = walked.before, walked.after
    was, now = before["customer"][repr(ERASED)], after["customer"][repr(ERASED)]
    assert {name for name in now if now[name] == was[name] and was[name] != "None"} == FRAME
    assert _lines_of(before, ERASED) and _lines_of(after, ERASED) == _lines_of(before, ERASED)
    assert _invoices_of(after, ERASED) == _invoices_of(before, ERASED)
    assert set(before["invoice"][next(iter(_invoices_of(before, ERASED)))]) == HELD


def test_names_and_addresses_of_the_erased_customer_stand_nowhere_else(walked: Walked) -> None:
    was = walked.before["customer"][repr(ERASED)]
    gone = [was[column].strip("'\"") for column in ("lastname", "phone", "email")]
    cells = [value for rows in walked.after.values() for row in rows.values() for value in row.values()]
    assert not [value for value in gone if any(value in cell for cell in cells)]


def test_every_other_row_of_every_table_is_what_it_was(walked: Walked) -> None:
    before, after = walked.before, walked.after
    assert sum(len(rows) for rows in before.values()) > 15_000
    for table, rows in before.items():
        others = {key: row for key, row in rows.items() if not (table == "customer" and key == repr(ERASED))}
        left = {key: row for key, row in after[table].items() if not (table == "customer" and key == repr(ERASED))}
        assert left == others, table


# ---- the access -------------------------------------------------------------------------------------------------------------


def test_the_package_holds_exactly_that_customers_rows(walked: Walked) -> None:
    packages = list((walked.walk.folder / "packages").iterdir())
    assert [package.name for package in packages] == ["A-0002-0001"]
    before = walked.before
    expected = {
        "customer": {repr(ANSWERED)},
        "invoice": _invoices_of(before, ANSWERED),
        "invoiceline": _lines_of(before, ANSWERED),
    }
    # Of the firm's stores; what Upheld itself holds on her stands beside them.
    firms = [path for path in (packages[0] / "tables").glob("*.csv") if "-upheld." not in path.name]
    given = {_one_writing(path.stem.split(".")[1]): path for path in firms}
    assert given.keys() == expected.keys()
    for table, path in given.items():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        keys = {row[name] for row in rows for name in row if _one_writing(name) == f"{table}id"}
        assert len(rows) == len(expected[table]) and keys == expected[table]
        assert {_one_writing(name) for name in rows[0]} == set(next(iter(before[table].values())))


def test_the_package_names_nobody_else(walked: Walked) -> None:
    text = (walked.walk.folder / "packages/A-0002-0001/data.json").read_text(encoding="utf-8")
    said = json.dumps(json.loads(text), ensure_ascii=False)
    rows = walked.before["customer"]
    mine = rows[repr(ANSWERED)]
    assert mine["email"].strip("'") in said
    others = {row["email"].strip("'\"") for key, row in rows.items() if key != repr(ANSWERED)}
    others |= {row["email"].strip("'\"") for row in walked.before["employee"].values()}
    assert len(others) > 60 and not [value for value in others if value in said]


def test_the_page_tells_columns_of_one_kind_apart_and_holds_the_period_only_against_what_it_keeps(walked: Walked) -> None:
    said = json.loads((walked.walk.folder / "packages/A-0002-0001/data.json").read_text(encoding="utf-8"))
    tables = {_one_writing(table["table"]): table for table in said["tables"]}
    for table in tables.values():
        titles = [column["title"] for column in table["columns"] if column["title"]]
        assert len(titles) == len(set(titles)), table["table"]
    assert tables["invoiceline"]["title"] == "Invoice line"
    assert "seven years" in tables["invoice"]["kept_for"]
    assert "seven years" in tables["invoiceline"]["kept_for"]
    assert tables["customer"]["kept_for"] == ""


# ---- recording ----------------------------------------------------------------------------------------------------------------

RECORDED: dict[int, str] = {}


@pytest.fixture(scope="module", autouse=True)
def recording() -> Iterator[None]:
    yield
    if os.environ.get("UPHELD_RECORD") and RECORDED:
        page.record(RECORDED)


def test_outputs_are_gathered(walked: Walked) -> None:
    if walked.engine != "mariadb":
        RECORDED.update(walked.walk.said)
    assert len(walked.walk.said) == len(walked.walk.commands)
