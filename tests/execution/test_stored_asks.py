"""An ask that is stored comes back as it was: its plan verified at every load, its people in the order of their rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.execution.shop import Shop, shop_of
from tests.execution.test_own_journal import NOW
from upheld.engine.execution import Bound, asks
from upheld.engine.execution.asks import StoredAsk, find_ask, next_ask, store_bindings, store_plan
from upheld.engine.plan import Preview, plan_for
from upheld.engine.plan.model import Binding
from upheld.engine.plan.plans import Plan
from upheld.language.promises.model import Citation
from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase
from upheld.records.people.decisions import one_person
from upheld.records.people.holds import Hold, accept_hold, all_holds, holds_on

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


def test_a_row_that_leads_to_somebody_known_is_hers_from_then_on_and_a_hold_finds_her_by_it(own: OwnDatabase) -> None:
    """First known by her subscription, then by both rows, then by her customer's row alone: one person, and never without the hold. And of two names
    that turn out to be one person's, each hold counts for both."""
    reader, buyer = ("letters", "subscribers"), ("shop", "customers")

    def known(*rows: dict[tuple[str, str], tuple[tuple[object, ...], ...]]) -> list[str]:
        bindings = [Binding(f"line {number}", roots) for number, roots in enumerate(rows)]
        with own.transaction() as connection:
            return [one.ref for one in asks.known_people(connection, MASTER, bindings, NOW)]

    (ada,) = known({reader: ((1,),)})
    (other,) = known({buyer: ((8,),)})
    assert known({reader: ((1,),), buyer: ((7,),)}) == [ada] == known({buyer: ((7,),)})
    with own.transaction() as connection:
        for number, ref in (("H-7001", ada), ("H-7002", other)):
            accept_hold(
                connection, Hold(number, "law", "", Citation("GDPR", "17"), ("bill",), date(2031, 1, 1), frozenset({ref})), NOW
            )
    (one,) = known({buyer: ((7,), (8,))})
    with own.transaction() as connection:
        for ref in (ada, other, one):
            assert {hold.id for hold in holds_on(connection, [ref], NOW.date())} == {"H-7001", "H-7002"}
        assert {state.hold.id: state.people for state in all_holds(connection)}.items() >= {"H-7001": 1, "H-7002": 1}.items()
        assert len(one_person(connection, [ada])[ada]) == 2
