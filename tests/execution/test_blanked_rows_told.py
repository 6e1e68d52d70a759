"""An UPDATE of PostgreSQL says of each row what it holds; where anything may change the row afterwards it is read again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.execution.shop import Shop, shop_of
from upheld.engine.estate.model import StoreCatalogue, TriggerRule
from upheld.engine.plan.model import Refused
from upheld.engine.plan.plans import StorePlan
from upheld.engine.plan.steps import BlankColumns, ReadBackKeys
from upheld.engine.stores import Store
from upheld.engine.stores.sql.statements import Script

BLANK = "    erasure: blank"
PUTS_BACK = """
CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE customers SET email = 'ada@example.test' WHERE id = OLD.customer_id; RETURN OLD; END$$;
CREATE TRIGGER back AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION back();"""


class Altered:
    """A store whose dialect is faulty: it forgets one statement, or writes another text in its place."""

    def __init__(self, session: Store, step: int, old: str = "", new: str = "") -> None:
        self._session, self._step, self._old, self._new = session, step, old, new

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    def script(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        whole = self._session.script(plan, catalogue, region)
        statements = dict(whole.statements)
        right = statements.pop(self._step)
        if self._old:
            assert self._old in right.sql
            statements[self._step] = replace(right, sql=right.sql.replace(self._old, self._new))
        return replace(whole, statements=statements)


def texts(shop: Shop) -> tuple[int, str, str]:
    """The position of the step that blanks customers, its text, and the text of the read-back by key."""
    plan = shop.plan().store("shop")
    script = shop.stores["shop"].script(plan, shop.catalogue.stores["shop"])
    [blanks] = [n for n, step in enumerate(plan.steps) if isinstance(step, BlankColumns) and step.rows.table == "customers"]
    [reads] = [n for n, step in enumerate(plan.steps) if isinstance(step, ReadBackKeys)]
    return blanks, script.statements[blanks].sql, script.statements[reads].sql


def test_blanked_cells_are_read_back_by_the_update_itself_or_by_a_statement_of_their_own(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, more_customers=BLANK) as shop:
        _, blanks, reads = texts(shop)
        told = {"postgresql": "RETURNING", "mariadb": "LAST_INSERT_ID"}.get(shop.stores["shop"].engine, "")
        assert bool(told and told in blanks) == bool(told)
        assert bool(told) != ('"customers"' in reads), "one of them, always"
        assert shop.erase("ada@example.test").is_done
        assert shop.sql("shop", "SELECT id, name, email FROM customers ORDER BY id")[0] == (1, None, None)


@pytest.mark.parametrize(
    ("old", "new"), [("", ""), ('"email" = NULL', '"email" = t."email"')], ids=["forgets it", "writes a cell as it was"]
)
def test_a_store_that_does_not_blank_is_never_believed(address: str, tmp_path: Path, old: str, new: str) -> None:
    with shop_of(address, tmp_path, more_customers=BLANK) as shop:
        number, _, _ = texts(shop)
        before = shop.sql("shop", "SELECT * FROM orders ORDER BY id")
        shop.stores["shop"] = Altered(shop.stores["shop"], number, old, new)  # type: ignore[assignment]
        problem = shop.erase("ada@example.test").store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "X301"
        assert shop.sql("shop", "SELECT * FROM orders ORDER BY id") == before, "nothing was committed"


@pytest.mark.parametrize(
    "schema", [PUTS_BACK, "ALTER TABLE customers ENABLE ROW LEVEL SECURITY;"], ids=["a trigger", "row security"]
)
def test_where_something_may_change_a_row_afterwards_it_is_read_again(fresh_database: str, tmp_path: Path, schema: str) -> None:
    with shop_of(fresh_database, tmp_path, schema=schema, more_customers=BLANK) as shop:
        orders = shop.estate.table("shop", "orders")
        if schema == PUTS_BACK:
            shop.estate.stores["shop"].tables["orders"] = replace(orders, triggers=(TriggerRule("back", "harmless"),))  # type: ignore[index]
        _, blanks, reads = texts(shop)
        assert "RETURNING" not in blanks and '"customers"' in reads
