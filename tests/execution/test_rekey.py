"""A row that stays under a personal key gets another, and everything that leads to it with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from tests.execution.shop import engine_of, run_sql
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution import Answer, Bound, Subject, bind, run_erasure
from upheld.engine.execution.preview import preview
from upheld.engine.plan.from_asks import plan_for
from upheld.engine.plan.model import Ask, KeepRule, Refused, Until, Why
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.stores import Store, open_stores

YAML = """
store: shop
engine: {engine}
url: env:SHOP_URL
place: IE
kind: primary
tables:
  customers:
    root: customer
    key: [email]
    identifies: {{email: {{form: email/1, names: one}}}}
    erasure: {erasure}
    columns: {{email: email-address, name: name}}
  orders:
    key: [id]
    links: {{customer: {{owning: customers}}}}
    erasure: blank
    columns: {{id: key, customer: key, note: own-writing}}
  order_lines:
    key: [id]
    links: {{customer: {{owning: customers}}}}
    erasure: blank
    columns: {{id: key, customer: key, note: own-writing}}
"""
SQL = """
CREATE TABLE customers (email VARCHAR(80) PRIMARY KEY, name VARCHAR(80));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer VARCHAR(80) NOT NULL, note VARCHAR(80),
  FOREIGN KEY (customer) REFERENCES customers (email) {action});
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, customer VARCHAR(80), note VARCHAR(80));
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX lines_customer ON order_lines (customer);
INSERT INTO customers VALUES ('ada@example.test', 'Ada'), ('ben@example.test', 'Ben');
INSERT INTO orders VALUES (1, 'ada@example.test', 'x'), (2, 'ada@example.test', 'y'), (3, 'ben@example.test', 'z');
INSERT INTO order_lines VALUES (1, 'ada@example.test', 'x'), (2, 'ben@example.test', 'z');
"""
ACTIONS = ("", "ON UPDATE CASCADE", "DEFERRABLE INITIALLY DEFERRED")


class World:
    def __init__(self, estate: Estate, stores: dict[str, Store]) -> None:
        self.estate, self.stores = estate, stores
        self.catalogue = Catalogue({name: store.catalogue() for name, store in stores.items()})

    def plan(self, keeps: dict[tuple[str, str], tuple[KeepRule, ...]] | None = None) -> Plan | Refused:
        return plan_for(self.estate, self.catalogue, keeps or {}, Ask("A-0001", "erasure", 1))

    def erase(self, person: str, keeps: dict[tuple[str, str], tuple[KeepRule, ...]] | None = None) -> Answer:
        bound = bind(self.estate, self.catalogue, self.stores, [Subject("s-1", {}, (("customer", "email/1", person),))])
        plan, today = self.plan(keeps), date(2026, 1, 15)
        assert isinstance(bound, Bound) and isinstance(plan, Plan), (bound, plan)
        shown = preview(plan, self.estate, self.catalogue, bound.bindings, self.stores, today)
        assert isinstance(shown, Preview), shown
        first = run_erasure(
            plan, self.estate, self.catalogue, bound.bindings, self.stores, today=today, secret="5e" * 16, preview=shown
        )
        again = run_erasure(plan, self.estate, self.catalogue, bound.bindings, self.stores, today=today, secret="5e" * 16)
        assert not first.is_done or (again.is_done and again.store("shop").rows == 0)
        return first


@contextmanager
def world_at(address: str, action: str, erasure: str = "blank") -> Iterator[World]:
    run_sql(address, SQL.format(action=action))
    estate, findings = read_estate({"shop.yaml": YAML.format(engine=engine_of(address), erasure=erasure)})
    assert findings == ()
    stores = open_stores(estate, {"shop": address})
    try:
        yield World(estate, stores)
    finally:
        stores["shop"].close()


def skips(address: str, action: str) -> bool:
    """MariaDB has no deferrable keys, and judges every other row by row."""
    return engine_of(address) == "mariadb" and action != "ON UPDATE CASCADE"


@pytest.mark.parametrize("erasure", ["blank", "delete"])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_customer_who_stays_has_another_key_and_her_orders_lead_to_it(address: str, action: str, erasure: str) -> None:
    """With `delete` the row stays as well: orders that stay need it."""
    if skips(address, action):
        pytest.skip("refused there: the next test")
    with world_at(address, action, erasure) as world:
        assert [d for d in check_estate(world.estate, world.catalogue) if d.severity == "error"] == []
        assert world.erase("ada@example.test").is_done
        customers = dict(run_sql(address, "SELECT email, name FROM customers"))
        assert customers.pop("ben@example.test") == "Ben"
        [(token, name)] = customers.items()
        assert name is None and isinstance(token, str) and len(token) == 32 and set(token) <= set("0123456789abcdef")
        orders = run_sql(address, "SELECT id, customer, note FROM orders ORDER BY id")
        assert orders == [(1, token, None), (2, token, None), (3, "ben@example.test", "z")]
        lines = run_sql(address, "SELECT id, customer FROM order_lines ORDER BY id")
        assert lines == [(1, token), (2, "ben@example.test")]


def test_mariadb_cannot_change_a_key_that_rows_lead_to_without_a_cascade(address: str) -> None:
    if engine_of(address) != "mariadb":
        pytest.skip("the others can")
    with world_at(address, "") as world:
        found = world.plan()
        assert isinstance(found, Refused) and found.code == "L112"
        assert [d.code for d in check_estate(world.estate, world.catalogue) if d.severity == "error"] == ["E403"]


def test_a_restricted_key_refuses_before_a_plan_is_shown(address: str) -> None:
    with world_at(address, "ON UPDATE RESTRICT") as world:
        found = world.plan()
        assert isinstance(found, Refused) and found.code == "L112"


def test_a_kept_row_keeps_its_key(address: str) -> None:
    """The key is how it is found when the ground ends."""
    rule = KeepRule("legal-obligation", ("name",), Until(date(2030, 1, 1)), Why(("keep.1",)))
    with world_at(address, "ON UPDATE CASCADE") as world:
        answer = world.erase("ada@example.test", {("shop", "customers"): (rule,)})
        assert answer.is_done and [k.keys for k in answer.store("shop").kept] == [(("ada@example.test",),)]
        assert dict(run_sql(address, "SELECT email, name FROM customers"))["ada@example.test"] == "Ada"
