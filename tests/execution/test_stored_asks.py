"""An ask that is stored comes back as it was: its plan verified at every load, its people in the order of their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.execution.shop import Shop, shop_of
from tests.execution.test_own_journal import NOW
from upheld.engine.execution import Bound
from upheld.engine.execution.asks import StoredAsk, find_ask, next_ask, store_bindings, store_plan
from upheld.engine.plan import Preview, plan_for
from upheld.engine.plan.plans import Plan
from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase

MASTER = MasterKey(bytes(range(32)))


def stored(own: OwnDatabase, shop: Shop, *emails: str) -> str:
    bound = shop.bind(*emails)
    assert isinstance(bound, Bound)
    with own.transaction() as connection:
        ask = next_ask(connection, "erasure", len(emails), None, NOW)
        plan = plan_for(shop.estate, shop.catalogue, {}, ask)
        assert isinstance(plan, Plan)
        store_bindings(connection, MASTER, ask, bound.bindings, NOW)
        store_plan(connection, plan, Preview({}, 1), NOW)
    return ask.id


def found(own: OwnDatabase, ask: str) -> StoredAsk:
    with own.connection() as connection:
        one = find_ask(connection, MASTER, ask)
    assert one is not None
    return one


def test_asks_of_one_estate_share_what_was_parsed_and_each_is_its_own(
    own: OwnDatabase, fresh_database: str, tmp_path: Path
) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        first, second = (found(own, stored(own, shop, email)).plan for email in ("ada@example.test", "ben@example.test"))
        assert first is not None and second is not None
        assert first.stores is second.stores and first.digest != second.digest and first.ask != second.ask
        part, live = first.store("shop"), shop.catalogue.stores["shop"]
        assert shop.stores["shop"].script(part, live) is shop.stores["shop"].script(second.store("shop"), live)


@pytest.mark.parametrize("change", [
    "jsonb_set(content, '{ask,subjects}', '2')",
    "jsonb_set(content, '{stores,0,fingerprint}', '\"other\"')",
    "jsonb_set(content, '{digest}', to_jsonb(repeat('0', 64)))",
])  # fmt: skip
def test_a_stored_plan_that_was_altered_is_none(own: OwnDatabase, fresh_database: str, tmp_path: Path, change: str) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        ask = stored(own, shop, "ada@example.test")
        assert found(own, ask).plan is not None  # parsed once, and yet verified again
        with own.connection() as connection:
            connection.execute(f"UPDATE plan SET content = {change} WHERE ask = %s", [ask])  # type: ignore[call-overload]
        assert found(own, ask).plan is None


def test_people_of_an_erasure_come_in_the_order_of_their_rows(own: OwnDatabase, fresh_database: str, tmp_path: Path) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        ask = stored(own, shop, "cem@example.test", "ada@example.test", "ben@example.test")
        assert [one.roots["shop", "customers"] for one in found(own, ask).bindings] == [((1,),), ((2,),), ((3,),)]
