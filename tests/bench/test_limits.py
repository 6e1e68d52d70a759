"""The limits of the benchmarks are honest: written by hand or by us, an erasure leaves the same rows in every table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bench import by_hand, linked_mariadb
from bench.firm import email, firm
from bench.linked import TABLES, Linked, again, dump, in_postgresql, in_sqlite, mapped, server
from tests import mariadb
from upheld.records.own import EmbeddedServer

CUSTOMERS = 60
ERASED = [3, 4, 17, 31, 60]


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedServer]:
    with server(durable=False) as found:
        yield found


@pytest.fixture(scope="module")
def template(running: EmbeddedServer) -> str:
    in_postgresql(running, "template_linked", "delete", CUSTOMERS)
    return "template_linked"


@pytest.mark.parametrize("how", ["delete", "blank"])
def test_by_hand_and_ours_end_in_the_same_rows_in_postgresql(running: EmbeddedServer, template: str, how: str):
    dumps = {}
    for version in ("subquery", "arrays"):
        linked = again(running, f"{version}_{how}", template, how)
        with psycopg.connect(linked.url, autocommit=True) as connection:
            by_hand.erase(connection, version, ERASED, [email(i) for i in ERASED], how)
        dumps[version] = dump(linked.url)
    dumps["ours"] = erased_by_us(running, again(running, f"ours_{how}", template, how), f"own_{how}")
    assert dumps["ours"] == dumps["subquery"] == dumps["arrays"]
    assert_erased(dumps["ours"], how)


@pytest.mark.parametrize("how", ["delete", "blank"])
def test_by_hand_and_ours_end_in_the_same_rows_in_sqlite(running: EmbeddedServer, tmp_path: Path, how: str):
    template = tmp_path / "template.sqlite"
    in_sqlite(template, how, CUSTOMERS)
    dumps = {}
    for version in ("subquery", "arrays", "ours"):
        path = tmp_path / f"{version}.sqlite"
        path.write_bytes(template.read_bytes())
        url = f"sqlite:///{path}"
        if version == "ours":
            dumps[version] = erased_by_us(running, mapped(url, how), f"own_lite_{how}")
            continue
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            by_hand.ready_sqlite(connection)
            by_hand.erase_sqlite(connection, version, ERASED, [email(i) for i in ERASED], how)
        dumps[version] = dump(url)
    assert dumps["ours"] == dumps["subquery"] == dumps["arrays"]
    assert_erased(dumps["ours"], how)


@pytest.mark.parametrize("how", ["delete", "blank"])
def test_by_hand_and_ours_end_in_the_same_rows_in_mariadb(running: EmbeddedServer, how: str):
    mariadb.needed()
    dumps = {}
    for version in ("joins", "lists"):
        linked = linked_mariadb.in_mariadb(how, CUSTOMERS)
        with closing(linked_mariadb.connected(linked.url)) as connection:
            linked_mariadb.erase(connection, version, ERASED, [email(i) for i in ERASED], how)
        dumps[version] = linked_mariadb.dump(linked.url)
    linked = linked_mariadb.in_mariadb(how, CUSTOMERS)
    erased_by_us(running, linked, f"own_maria_{how}")
    dumps["ours"] = linked_mariadb.dump(linked.url)
    assert dumps["ours"] == dumps["joins"] == dumps["lists"]
    assert_erased(dumps["ours"], how)


def erased_by_us(running: EmbeddedServer, linked: Linked, own: str) -> dict[str, list[tuple[object, ...]]]:
    with closing(firm(running, linked, own)) as made:
        made.erase(made.ask("erasure", ERASED))
    return {} if linked.url.startswith("mariadb") else dump(linked.url)


def assert_erased(rows: dict[str, list[tuple[object, ...]]], how: str) -> None:
    """Something was there to erase, in every table."""
    customers = {row[0]: row for row in rows["customers"]}
    for customer in ERASED:
        if how == "delete":
            assert customer not in customers
        else:
            assert customers[customer][1:5] == (None, None, None, None)
    assert len(rows["customers"]) == CUSTOMERS - (len(ERASED) if how == "delete" else 0)
    assert all(rows[table] for table in TABLES)
