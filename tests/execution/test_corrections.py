"""Corrections by hand, on real engines: exactly the cells that say what is wrong change, in every store, and a crash changes nothing of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.execution.shop import TODAY, Shop, shop_of
from upheld.engine.execution import Answer, Bound
from upheld.engine.execution.corrections import run_corrections
from upheld.engine.execution.journal import Journal, MemoryJournal
from upheld.engine.plan.corrections import plan_corrections
from upheld.engine.plan.model import Ask, Binding, Correction, Refused
from upheld.engine.plan.plans import Plan
from upheld.language.promises.model import Program

NO_PROMISES = Program((), {}, (), (), (), "")
EMAIL = Correction("ada@new.example.test", "ada@example.test", leaf="email-address")
NAME = Correction("Ada Exámple", "Ada Example", leaf="name")


def dump(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    tables = {"customers": "shop", "orders": "shop", "lines": "shop", "letters": "post"}
    return {table: shop.sql(store, f"SELECT * FROM {table} ORDER BY id") for table, store in tables.items()}


def bound(shop: Shop, said: Mapping[str, Sequence[Correction]]) -> tuple[Binding, ...]:
    found = shop.bind(*said)
    assert isinstance(found, Bound), found
    return tuple(replace(one, corrections=tuple(each)) for one, each in zip(found.bindings, said.values(), strict=True))


def planned(shop: Shop, bindings: Sequence[Binding]) -> Plan | Refused:
    ask = Ask("A-0001", "rectification", len(bindings))
    return plan_corrections(NO_PROMISES, shop.estate, shop.catalogue, (), ask, {b.ref: b.corrections for b in bindings}, TODAY)


def correct(shop: Shop, said: Mapping[str, Sequence[Correction]], journal: Journal | None = None, **more: object) -> Answer:
    bindings = bound(shop, said)
    plan = planned(shop, bindings)
    assert isinstance(plan, Plan), plan
    return run_corrections(
        plan, shop.estate, shop.catalogue, bindings, shop.stores, today=TODAY, journal=journal, **more  # type: ignore[arg-type]
    )  # fmt: skip


def changed(journal: MemoryJournal) -> set[tuple[str, str, object, object]]:
    return {(c.table, c.column, c.before, c.after) for record in journal.records.values() for c in record.changed}


def test_exactly_the_cells_that_say_what_is_wrong_change_in_both_stores(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        before, journal = dump(shop), MemoryJournal()
        ben = Correction("Ben Street 9", "Ben Street 1", place=("shop", "orders", "address"))
        answer = correct(shop, {"ada@example.test": [EMAIL, NAME], "ben@example.test": [ben]}, journal)
        assert answer.is_done and [outcome.found for outcome in answer.stores] == [{}, {}]
        after = dump(shop)
        assert after["customers"][0] == (1, "Ada Exámple", "ada@new.example.test")
        assert after["letters"][0] == (1, "ada@new.example.test", "clocks")
        assert after["orders"][2][2] == "Ben Street 9"
        for table, row in (("customers", 0), ("letters", 0), ("orders", 2)):
            after[table][row] = before[table][row]
        assert after == before
        assert changed(journal) == {
            ("customers", "name", "Ada Example", "Ada Exámple"),
            ("customers", "email", "ada@example.test", "ada@new.example.test"),
            ("letters", "email", "Ada@Example.Test", "ada@new.example.test"),
            ("orders", "address", "Ben Street 1", "Ben Street 9"),
        }
