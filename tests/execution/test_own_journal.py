"""The run's records in our own database: once each, across crashes, two executors and holds that arrive meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.execution.shop import SECRET, TODAY, Shop, shop_of
from tests.execution.test_erasure import INVOICES
from upheld.engine.execution import Answer, Bound, run_erasure
from upheld.engine.execution.asks import store_bindings, store_plan
from upheld.engine.execution.half_erased import half_erased
from upheld.engine.execution.own_journal import LeaseLost, OwnJournal, all_kept, kept_keys
from upheld.engine.plan import Plan, Preview
from upheld.engine.plan.model import Binding, Refused
from upheld.language.promises.model import Citation
from upheld.records.keys import MasterKey, load_master
from upheld.records.own import OwnDatabase
from upheld.records.people.holds import Hold, accept_hold
from upheld.records.people.tombstones import was_erased

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@contextmanager
def asked(own: OwnDatabase, shop: Shop, folder: Path) -> Iterator[tuple[Plan, tuple[Binding, ...], MasterKey]]:
    master = load_master(None, folder / "master.key")
    plan = shop.plan(keeps={("shop", "orders"): (INVOICES,)})
    bound = shop.bind("ada@example.test")
    assert isinstance(bound, Bound)
    with own.transaction() as connection:
        connection.execute(
            "INSERT INTO ask (id, kind, regime, subjects, asked_at) VALUES ('A-0001', 'erasure', NULL, 1, %s)", [NOW]
        )
        store_bindings(connection, master, plan.ask, bound.bindings, NOW)
        store_plan(connection, plan, Preview({}, 1), NOW)
    yield plan, bound.bindings, master


def run(own: OwnDatabase, shop: Shop, plan: Plan, bindings: tuple[Binding, ...], master: MasterKey, dies_at: tuple[str, int] = ("", 0),
        holds: frozenset[str] = frozenset()) -> Answer:  # fmt: skip
    seen: list[str] = []

    def failpoint(name: str) -> None:
        seen.append(name)
        if name == dies_at[0] and seen.count(name) == dies_at[1]:
            raise Killed

    journal = OwnJournal(own, master, plan, {b.ref: b for b in bindings}, lambda: NOW, holds).open()
    try:
        return run_erasure(
            plan,
            shop.estate,
            shop.catalogue,
            bindings,
            shop.stores,
            today=TODAY,
            secret=SECRET,
            journal=journal,
            failpoint=failpoint,
        )
    finally:
        journal.close()


def leaves(own: OwnDatabase) -> list[tuple[object, ...]]:
    with own.connection() as connection:
        return connection.execute(
            "SELECT id, leaf::jsonb -> 'event', leaf::jsonb -> 'counts' FROM ledger_leaf ORDER BY 1"
        ).fetchall()


POINTS = ["before-prepared", "before-store-commit", "after-store-commit", "after-done"]


@pytest.mark.parametrize("point", POINTS)
def test_cut_off_at_any_commit_the_same_leaves_are_there_once_and_kept_keys_are_not_lost(
    point: str, own: OwnDatabase, address: str, tmp_path: Path
) -> None:
    with shop_of(address, tmp_path) as shop, asked(own, shop, tmp_path) as (plan, bindings, master):
        with pytest.raises(Killed):
            run(own, shop, plan, bindings, master, (point, 2))
        answer = run(own, shop, plan, bindings, master)
        assert answer.is_done
        with own.connection() as connection:
            kept = kept_keys(connection, master, "A-0001", NOW)
            assert {(store, table, until) for store, table, until, _ in kept} == {("shop", "orders", date(2032, 6, 1))}
            assert all(keys == [[10]] for *_, keys in kept)
            assert was_erased(connection, master, "customer", "email/1", "ada@example.test")
        found = leaves(own)
        assert sorted(str(event) for _, event, _ in found) == [
            "erasure:chunk:done",
            "erasure:chunk:done",
            "erasure:subject:done",
        ]
        [counts] = [c for _, e, c in found if e == "erasure:chunk:done" and c["kept"]]  # type: ignore[index]
        assert counts["kept"] == 1 and counts["rows"] >= 3  # type: ignore[index]
        run(own, shop, plan, bindings, master)
        assert leaves(own) == found


def test_a_hold_that_arrives_after_the_plan_stops_the_chunk_and_one_that_the_plan_knows_does_not(
    own: OwnDatabase, address: str, tmp_path: Path
) -> None:
    hold = Hold(
        "case-7", "dispute", "shop.hold.1", Citation("GDPR", "17(3)(e)"), ("name",), date(2027, 1, 1), frozenset({"s-0"})
    )
    with shop_of(address, tmp_path) as shop, asked(own, shop, tmp_path) as (plan, bindings, master):
        with own.transaction() as connection:
            accept_hold(connection, hold, NOW + timedelta(minutes=1))
        problem = run(own, shop, plan, bindings, master).stores[0].problem
        assert isinstance(problem, Refused) and problem.code == "X207"
        assert shop.sql("post", "SELECT count(*) FROM letters") == [(3,)]
        assert run(own, shop, plan, bindings, master, holds=frozenset({"case-7"})).is_done


def test_an_executor_that_was_thought_dead_can_neither_commit_nor_record(
    own: OwnDatabase, address: str, tmp_path: Path
) -> None:
    with shop_of(address, tmp_path) as shop, asked(own, shop, tmp_path) as (plan, bindings, master):
        old = OwnJournal(own, master, plan, {b.ref: b for b in bindings}, lambda: NOW).open()
        run(own, shop, plan, bindings, master, holds=frozenset())
        assert OwnJournal(own, master, plan, {b.ref: b for b in bindings}, lambda: NOW).open().epoch > old.epoch
        with pytest.raises(LeaseLost):
            run_erasure(plan, shop.estate, shop.catalogue, bindings, shop.stores, today=TODAY, secret=SECRET, journal=old)
        old.close()


def test_no_value_of_a_person_lies_in_plain_in_our_tables(own: OwnDatabase, address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop, asked(own, shop, tmp_path) as (plan, bindings, master):
        run(own, shop, plan, bindings, master)
        with own.connection() as connection:
            for table in ("ask", "ask_subject", "plan", "chunk", "kept_row", "ledger_leaf", "ledger_detail", "tombstone"):
                text = str(connection.execute(f"SELECT * FROM {table}").fetchall()).lower()  # type: ignore[call-overload]
                assert "example.test" not in text and "street" not in text, table


def test_what_an_erasure_kept_by_its_stored_keys_is_no_half_erased_row(own: OwnDatabase, address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop, asked(own, shop, tmp_path) as (plan, bindings, master):
        run(own, shop, plan, bindings, master)
        with own.connection() as connection:
            kept = all_kept(connection, master)
        assert half_erased(shop.estate, shop.catalogue, shop.stores) == {("shop", "orders"): 1}
        assert half_erased(shop.estate, shop.catalogue, shop.stores, kept, TODAY) == {}
