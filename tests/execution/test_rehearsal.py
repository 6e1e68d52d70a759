"""What a store would refuse is found when the plan is made, by trying it and rolling it back: on every engine, with the place named."""

from __future__ import annotations

from datetime import date

import pytest

from tests.execution.shop import engine_of, run_sql
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue
from upheld.engine.execution import Bound, Subject, bind
from upheld.engine.execution.advice.rehearsal import rehearse
from upheld.engine.execution.preview import preview
from upheld.engine.plan.from_asks import plan_for
from upheld.engine.plan.model import Ask, Refused
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.stores import open_stores

YAML = """
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
    erasure: blank
    triggers: {{says_no: {{harmless: it looks after the shop window}}}}
    columns: {{id: key, email: email-address, name: name}}
"""
TABLE = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(80), name {name});"
ROWS = "INSERT INTO customers VALUES (1, 'ada@example.test', 'Ada'), (2, 'ben@example.test', 'Ben')"
CHECKED = {
    "postgresql": "VARCHAR(80) CHECK (quote_nullable(name) <> 'NULL')",
    "sqlite": "VARCHAR(80) CHECK (quote(name) <> 'NULL')",
    "mariadb": "VARCHAR(80) CHECK (quote(name) <> 'NULL')",
}
RAISING = {
    "postgresql": "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
    "CREATE TRIGGER says_no BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION no();",
    "sqlite": "CREATE TRIGGER says_no BEFORE UPDATE ON customers BEGIN SELECT RAISE(ABORT, 'no'); END;",
    "mariadb": "CREATE TRIGGER says_no BEFORE UPDATE ON customers FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no';",
}


def rehearsed(address: str, name: str, more: str = "") -> Refused | None:
    """What the rehearsal of Ada's erasure says; every row is as it was before."""
    run_sql(address, TABLE.format(name=name))
    run_sql(address, ROWS)
    if more:
        run_sql(address, more)
    estate, findings = read_estate({"shop.yaml": YAML.format(engine=engine_of(address))})
    assert findings == ()
    stores = open_stores(estate, {"shop": address})
    try:
        catalogue, today = Catalogue({"shop": stores["shop"].catalogue()}), date(2026, 1, 15)
        plan = plan_for(estate, catalogue, {}, Ask("A-0001", "erasure", 1))
        bound = bind(estate, catalogue, stores, [Subject("s-1", {}, (("customer", "email/1", "ada@example.test"),))])
        assert isinstance(plan, Plan) and isinstance(bound, Bound), (plan, bound)
        shown = preview(plan, estate, catalogue, bound.bindings, stores, today)
        assert isinstance(shown, Preview), shown
        found = rehearse(plan, estate, catalogue, bound.bindings, stores, today, shown)
    finally:
        stores["shop"].close()
    assert run_sql(address, "SELECT id, email, name FROM customers ORDER BY id") == [
        (1, "ada@example.test", "Ada"),
        (2, "ben@example.test", "Ben"),
    ]
    return found


def test_a_plan_that_can_run_is_rehearsed_and_leaves_nothing(address: str) -> None:
    assert rehearsed(address, "VARCHAR(80)") is None


def test_a_check_that_no_catalogue_can_read_refuses_with_its_place(address: str) -> None:
    found = rehearsed(address, CHECKED[engine_of(address)])
    assert found is not None and found.code == "L121"
    assert "shop.customers.email, name" in found.reason and "X108" in found.reason and "Ada" not in found.reason + found.help


def test_a_trigger_that_raises_refuses_although_it_was_called_harmless(address: str) -> None:
    found = rehearsed(address, "VARCHAR(80)", RAISING[engine_of(address)])
    assert found is not None and found.code == "L121" and "shop.customers.email, name" in found.reason


def test_a_domain_that_no_catalogue_can_read_refuses(fresh_database: str) -> None:
    run_sql(fresh_database, "CREATE DOMAIN said AS text CHECK (quote_nullable(VALUE) <> 'NULL')")
    found = rehearsed(fresh_database, "said")
    assert found is not None and found.code == "L121" and "shop.customers.email, name" in found.reason


@pytest.mark.parametrize("name", ["VARCHAR(80) NOT NULL", "VARCHAR(80) NOT NULL UNIQUE"])
def test_a_token_is_tried_like_any_other_replacement(address: str, name: str) -> None:
    assert rehearsed(address, name) is None
