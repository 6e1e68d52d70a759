"""A small shop for tests by hand: customers with orders and lines in one store, letters by e-mail in another."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg

from tests import mariadb
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution import Answer, Bound, Subject, bind, run_erasure
from upheld.engine.execution.journal import Journal
from upheld.engine.plan import Ask, Plan, Preview, Refused, plan_for
from upheld.engine.plan.model import KeepRule
from upheld.engine.stores import Store, Timeouts, open_stores

TODAY = date(2026, 1, 15)
SECRET = "5e" * 16
KEPT: dict[tuple[str, str], tuple[KeepRule, ...]] = {}

SHOP_YAML = """
store: shop
engine: {engine}
url: env:SHOP_URL
place: IE
kind: primary
tables:
  customers:
    root: customer
    key: [id]
    identifies: {{email: {{form: email/1, names: one}}}}
    columns: {{id: key, name: name, email: email-address}}
{more_customers}
  orders:
    key: [id]
    links: {{customer_id: {{owning: customers}}}}
    columns: {{id: key, customer_id: key, address: postal-address, done_at: {{event: order-done}}}}
  lines:
    key: [id]
    links: {{order_id: {{owning: orders}}}}
    columns: {{id: key, order_id: key, engraving: own-writing}}
{more_tables}
"""
POST_YAML = """
store: post
engine: sqlite
url: sqlite:///post.db
place: IE
kind: primary
tables:
  letters:
    key: [id]
    links: {email: {identity: customer, form: email/1}}
    columns: {id: key, email: email-address, topic: interest}
"""
SHOP_SQL = """
CREATE TABLE customers (id integer PRIMARY KEY, name text, email text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id), address text, done_at date);
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id), engraving text);
"""
POST_SQL = "CREATE TABLE letters (id integer PRIMARY KEY, email text, topic text);"
ROWS = """
INSERT INTO customers VALUES (1, 'Ada Example', 'ada@example.test'), (2, 'Ben Example', 'ben@example.test'), (3, 'Cem Example', 'cem@example.test');
INSERT INTO orders VALUES (10, 1, 'Ada Street 1', '2025-06-01'), (11, 1, 'Ada Street 2', '2010-06-01'), (20, 2, 'Ben Street 1', '2025-06-01');
INSERT INTO lines VALUES (100, 10, 'for Ada'), (101, 11, 'to Ada'), (200, 20, 'for Ben');
"""
LETTERS = "INSERT INTO letters VALUES (1, 'Ada@Example.Test', 'clocks'), (2, 'ben@example.test', 'bells'), (3, NULL, 'none');"


@dataclass
class Shop:
    """The two stores, connected, with estate and catalogue."""

    estate: Estate
    catalogue: Catalogue
    stores: dict[str, Store]
    addresses: dict[str, str]

    def plan(self, kind: str = "erasure", keeps: dict[tuple[str, str], tuple[KeepRule, ...]] | None = None) -> Plan:
        made = self.try_plan(kind, keeps)
        assert isinstance(made, Plan), made
        return made

    def try_plan(
        self, kind: str = "erasure", keeps: dict[tuple[str, str], tuple[KeepRule, ...]] | None = None
    ) -> Plan | Refused:
        return plan_for(self.estate, self.catalogue, keeps or {}, Ask("A-0001", kind, 1))  # type: ignore[arg-type]

    def bind(self, *emails: str) -> Bound | Refused:
        subjects = [Subject(f"s-{n}", {}, (("customer", "email/1", email),)) for n, email in enumerate(emails)]
        return bind(self.estate, self.catalogue, self.stores, subjects)

    def erase(self, *emails: str, plan: Plan | None = None, journal: Journal | None = None, preview: Preview | None = None,
              failpoint: Callable[[str], None] = lambda _: None, chunk_subjects: int = 1000) -> Answer:  # fmt: skip
        bound = self.bind(*emails)
        assert isinstance(bound, Bound), bound
        return run_erasure(
            plan or self.plan(), self.estate, self.catalogue, bound.bindings, self.stores, today=TODAY, secret=SECRET,
            journal=journal, preview=preview, failpoint=failpoint, chunk_subjects=chunk_subjects,
        )  # fmt: skip

    def rescan(self) -> None:
        self.catalogue = Catalogue({name: store.catalogue() for name, store in self.stores.items()})

    def sql(self, store: str, text: str) -> list[tuple[object, ...]]:
        return run_sql(self.addresses[store], text)


def engine_of(address: str) -> str:
    return address.partition(":")[0]


def run_sql(address: str, text: str) -> list[tuple[object, ...]]:
    """Statements on a connection of their own; the rows of the last."""
    if address.startswith("sqlite:///"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)) as db:
            if text.lstrip().upper().startswith("SELECT"):
                return db.execute(text).fetchall()
            db.executescript(text)
            return []
    if engine_of(address) == "mariadb":
        # The firm's table bears a word of MariaDB's.
        return mariadb.execute(address, re.sub(r"\blines\b", '"lines"', text))
    with psycopg.connect(address, autocommit=True) as db:
        cursor = db.execute(text)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


@contextmanager
def shop_of(shop_address: str, folder: Path, *, schema: str = "", more_customers: str = "", more_tables: str = "",
            timeouts: Timeouts | None = None) -> Iterator[Shop]:  # fmt: skip
    """A filled shop at this address (PostgreSQL or SQLite), with its post in `folder`. `schema` is run after the tables."""
    yaml = SHOP_YAML.format(engine=engine_of(shop_address), more_customers=more_customers, more_tables=more_tables)
    estate, findings = read_estate({"shop.yaml": yaml, "post.yaml": POST_YAML})
    assert [f for f in findings if f.severity == "error"] == [], findings
    addresses = {"shop": shop_address, "post": f"sqlite:///{folder / 'post.db'}"}
    run_sql(shop_address, SHOP_SQL + ROWS + schema)
    run_sql(addresses["post"], POST_SQL + LETTERS)
    stores = open_stores(estate, addresses, timeouts)
    try:
        shop = Shop(estate, Catalogue({}), stores, addresses)
        shop.rescan()
        yield shop
    finally:
        for store in stores.values():
            store.close()


@contextmanager
def shop_at(addresses: dict[str, str]) -> Iterator[Shop]:
    """A shop that stands already."""
    estate, _ = read_estate(
        {
            "shop.yaml": SHOP_YAML.format(engine=engine_of(addresses["shop"]), more_customers="", more_tables=""),
            "post.yaml": POST_YAML,
        }
    )
    stores = open_stores(estate, addresses)
    shop = Shop(estate, Catalogue({}), stores, addresses)
    shop.rescan()
    yield shop
