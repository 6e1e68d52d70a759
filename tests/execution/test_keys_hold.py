"""A foreign key that the engine enforces is the read-back of its children; one that it does not is not believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.execution.shop import Shop, run_sql, shop_of
from upheld.engine.estate.model import TriggerRule
from upheld.engine.plan.model import Refused
from upheld.engine.plan.steps import ReadBackKeys
from upheld.records.own import EmbeddedServer

AGAIN = "ALTER TABLE lines DROP CONSTRAINT lines_order_id_fkey; ALTER TABLE lines ADD CONSTRAINT k FOREIGN KEY (order_id) REFERENCES orders (id)"
LATER = "CREATE TABLE later (extra text) INHERITS (lines);"


def read_back(shop: Shop) -> str:
    """The text of the read-back by key."""
    plan = shop.plan().store("shop")
    script = shop.stores["shop"].script(plan, shop.catalogue.stores["shop"])
    [number] = [n for n, step in enumerate(plan.steps) if isinstance(step, ReadBackKeys)]
    return script.statements[number].sql


def switch_off(pg: EmbeddedServer, shop: Shop) -> None:
    """The keys are checked no more: only a superuser can do that."""
    name = str(conninfo_to_dict(shop.addresses["shop"])["dbname"])
    triggers = "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgisinternal AND tgconstraint <> 0"
    run_sql(
        pg.url(name, "postgres"),
        f"DO $$DECLARE t record; BEGIN FOR t IN {triggers} LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid, t.tgname); "
        "END LOOP; END$$",
    )


def test_children_of_deleted_rows_are_left_to_an_enforced_key(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        assert '"lines"' not in read_back(shop)
        assert '"orders"' in read_back(shop) and '"customers"' in read_back(shop)
        assert shop.erase("ada@example.test").is_done
        assert shop.sql("shop", "SELECT id FROM lines") == [(200,)]


def test_a_store_with_triggers_that_may_switch_keys_off_is_read_back_whole(
    make_mariadb: Callable[..., str], tmp_path: Path
) -> None:
    body = "BEGIN SET SESSION foreign_key_checks = 0; INSERT INTO lines VALUES (OLD.id + 1000, OLD.id, 'for Ada'); END"
    with shop_of(make_mariadb(), tmp_path, schema=f"CREATE TRIGGER again AFTER DELETE ON orders FOR EACH ROW {body}") as shop:
        orders = shop.estate.table("shop", "orders")
        shop.estate.stores["shop"].tables["orders"] = replace(orders, triggers=(TriggerRule("again", "harmless"),))  # type: ignore[index]
        assert '"lines"' in read_back(shop)
        problem = shop.erase("ada@example.test").store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "X301"
        assert shop.sql("shop", "SELECT count(*) FROM lines") == [(3,)]


@pytest.mark.parametrize("schema", [f"{AGAIN} NOT VALID;", f"{AGAIN} DEFERRABLE;", LATER, "ALTER TABLE lines ENABLE ROW LEVEL SECURITY;",
                                    "ALTER TABLE lines DROP CONSTRAINT lines_order_id_fkey;"])  # fmt: skip
def test_a_key_that_holds_not_every_row_is_not_believed(schema: str, fresh_database: str, tmp_path: Path) -> None:
    with shop_of(fresh_database, tmp_path, schema=schema) as shop:
        assert '"lines"' in read_back(shop)


def test_rows_that_come_back_past_a_key_that_is_switched_off_are_found(
    pg: EmbeddedServer, fresh_database: str, tmp_path: Path
) -> None:
    schema = """
    CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO lines VALUES (1000 + OLD.id, OLD.id, 'for Ada'); RETURN OLD; END$$;
    CREATE TRIGGER again AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION again();"""
    with shop_of(fresh_database, tmp_path, schema=schema) as shop:
        switch_off(pg, shop)
        shop.rescan()
        orders = shop.estate.table("shop", "orders")
        shop.estate.stores["shop"].tables["orders"] = replace(orders, triggers=(TriggerRule("again", "harmless"),))  # type: ignore[index]
        problem = shop.erase("ada@example.test").store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "X301"
        assert shop.sql("shop", "SELECT count(*) FROM lines") == [(3,)]


def test_a_key_switched_off_after_the_scan_is_drift(pg: EmbeddedServer, fresh_database: str, tmp_path: Path) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        plan = shop.plan()
        switch_off(pg, shop)
        problem = shop.erase("ada@example.test", plan=plan).store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "L202"
