"""Corrections by hand, on real engines: exactly the cells that say what is wrong change, in every store, and a crash changes nothing of that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.execution.shop import TODAY, Shop, shop_of
from upheld.engine.estate.model import Category, Column, Estate, FreeText, JsonPaths, NotPersonal
from upheld.engine.execution import Answer, Bound, run_erasure
from upheld.engine.execution.corrections import preview_corrections, rehearse_corrections, run_corrections
from upheld.engine.execution.journal import Journal, MemoryJournal
from upheld.engine.plan.corrections import plan_closing, plan_corrections
from upheld.engine.plan.keeps import Hold
from upheld.engine.plan.model import Ask, Binding, Correction, Linked, Refused
from upheld.engine.plan.plans import Plan, Preview
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


def test_a_row_that_a_writer_brings_in_meanwhile_is_corrected_when_it_settles_but_her_own_newer_word_is_not(
    address: str, tmp_path: Path
) -> None:
    whatever = Correction("Ada Street 9", place=("shop", "orders", "address"), whatever=True)
    with shop_of(address, tmp_path) as shop:
        bindings = bound(shop, {"ada@example.test": [EMAIL, whatever]})
        plan = planned(shop, bindings)
        assert isinstance(plan, Plan)
        given = plan, shop.estate, shop.catalogue, bindings, shop.stores
        assert run_corrections(*given, today=TODAY).is_done
        shop.sql("post", "INSERT INTO letters VALUES (9, 'ada@example.test', 'late')")
        shop.sql("shop", "UPDATE orders SET address = 'Ada Street 10' WHERE id = 10")
        journal = MemoryJournal()
        again = run_corrections(*given, today=TODAY, journal=journal, settling=True)
        assert [one.rows for one in again.stores] == [1, 0] and len(changed(journal)) == 1
        assert shop.sql("post", "SELECT email FROM letters WHERE id = 9") == [("ada@new.example.test",)]
        assert shop.sql("shop", "SELECT address FROM orders WHERE customer_id = 1 ORDER BY id") == [
            ("Ada Street 10",),
            ("Ada Street 9",),
        ]


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.mark.parametrize("point", ["before-prepared", "before-store-commit", "after-store-commit", "after-done"])
def test_cut_off_anywhere_and_gone_on_with_every_cell_is_on_record_with_what_it_said_first(point: str, tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        journal, seen = MemoryJournal(), []

        def failpoint(name: str) -> None:
            seen.append(name)
            if name == point and seen.count(name) == 2:
                raise Killed

        with pytest.raises(Killed):
            correct(shop, {"ada@example.test": [EMAIL, NAME]}, journal, failpoint=failpoint)
        for store in shop.stores.values():
            store.rollback()
        bindings = tuple(replace(one, corrections=(EMAIL, NAME)) for one in _roots_of(shop))
        plan = planned(shop, bindings)
        assert isinstance(plan, Plan)
        assert run_corrections(plan, shop.estate, shop.catalogue, bindings, shop.stores, today=TODAY, journal=journal).is_done
        assert shop.sql("shop", "SELECT name, email FROM customers WHERE id = 1") == [("Ada Exámple", "ada@new.example.test")]
        assert changed(journal) == {
            ("customers", "name", "Ada Example", "Ada Exámple"),
            ("customers", "email", "ada@example.test", "ada@new.example.test"),
            ("letters", "email", "Ada@Example.Test", "ada@new.example.test"),
        }


def _roots_of(shop: Shop) -> tuple[Binding, ...]:
    """Ada as she was bound before anything changed: by her key, and by the address that she had."""
    linked = Linked("customer", "email/1", "ada@example.test")
    return (Binding("s-0", {("shop", "customers"): ((1,),)}, (linked,)),)


def test_a_value_that_the_store_does_not_take_is_refused_with_its_place_and_nothing_is_touched(
    address: str, tmp_path: Path
) -> None:
    schema = (
        "CREATE UNIQUE INDEX one_name ON customers (name);"
        if not address.startswith("mariadb")
        else "ALTER TABLE customers MODIFY name varchar(40); CREATE UNIQUE INDEX one_name ON customers (name);"
    )
    with shop_of(address, tmp_path, schema=schema) as shop:
        before = dump(shop)
        bindings = bound(shop, {"ada@example.test": [Correction("Ben Example", "Ada Example", leaf="name")]})
        plan = planned(shop, bindings)
        assert isinstance(plan, Plan)
        refusal = rehearse_corrections(plan, shop.estate, shop.catalogue, bindings, shop.stores, TODAY)
        assert isinstance(refusal, Refused) and refusal.code == "L121" and "shop.customers" in refusal.reason
        assert dump(shop) == before


def test_what_nobody_says_stands_there_is_found_missing_and_counts_say_what_would_change(tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        for said, counted in ((NAME, 1), (Correction("Ada", "Nobody", leaf="name"), None)):
            bindings = bound(shop, {"ada@example.test": [said]})
            plan = planned(shop, bindings)
            assert isinstance(plan, Plan)
            counts = preview_corrections(plan, shop.estate, shop.catalogue, bindings, shop.stores, TODAY)
            if counted is None:
                assert isinstance(counts, Refused) and counts.code == "L136"
            else:
                assert isinstance(counts, Preview) and sum(counts.rows.values()) == counted


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([Correction("2", "1", place=("shop", "customers", "id"))], "L131"),
        ([Correction("7", "1", place=("shop", "orders", "customer_id"))], "L131"),
        ([Correction("never", "2025-06-01", place=("shop", "orders", "done_at"))], "L131"),
        ([Correction(None, "x", leaf="shoe-size")], "L131"),
        ([NAME, Correction("Ida", "Ada Exámple", leaf="name")], "L133"),
        ([NAME, Correction("Ida", "Ada Example", place=("shop", "customers", "name"))], "L133"),
    ],
)
def test_what_cannot_be_corrected_is_refused_by_the_plan(said: list[Correction], code: str, tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        refusal = planned(shop, bound(shop, {"ada@example.test": said}))
        assert isinstance(refusal, Refused) and refusal.code == code, refusal


def test_what_a_case_holds_may_not_change(tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        (binding,) = bound(shop, {"ada@example.test": [NAME]})
        hold = Hold("H-1", "legal-claims", frozenset({"name"}), date(2031, 1, 1), frozenset({binding.ref}))
        ask = Ask("A-0001", "rectification", 1)
        refusal = plan_corrections(NO_PROMISES, shop.estate, shop.catalogue, (hold,), ask, {binding.ref: [NAME]}, TODAY)
        assert isinstance(refusal, Refused) and refusal.code == "L135"
        later = plan_corrections(
            NO_PROMISES, shop.estate, shop.catalogue, (hold,), ask, {binding.ref: [NAME]}, date(2031, 1, 1)
        )
        assert isinstance(later, Plan)


COLUMNS = "ALTER TABLE customers ADD COLUMN closed_at {moment}; ALTER TABLE customers ADD COLUMN visible boolean; ALTER TABLE customers ADD COLUMN door {text}; ALTER TABLE customers ADD COLUMN state {text}; UPDATE customers SET visible = true, door = 'key', state = 'open' WHERE id < 3;"


def test_a_closed_account_lets_nobody_in_shows_nobody_and_keeps_every_other_cell(address: str, tmp_path: Path) -> None:
    engine = address.partition(":")[0]
    words = {"moment": "timestamptz" if engine == "postgresql" else "timestamp", "text": "varchar(20)"}
    with shop_of(address, tmp_path, schema=COLUMNS.format(**words)) as shop:
        estate = _with_columns(shop)
        found = shop.bind("ada@example.test", "cem@example.test")
        assert isinstance(found, Bound)
        before = dump(shop)
        plan = plan_closing(NO_PROMISES, estate, shop.catalogue, Ask("A-0001", "closing", 2))
        assert isinstance(plan, Plan), plan
        for rows in (2, 0):
            answer = run_erasure(plan, estate, shop.catalogue, found.bindings, shop.stores, today=TODAY, secret="")
            assert answer.is_done and answer.store("shop").rows == rows
        after = dump(shop)
        ada, ben, cem = after["customers"]
        for row in (ada, cem):
            assert row[3] is not None and not row[4] and row[4] is not None and row[5:] == (None, "closed")
        assert ben == before["customers"][1] and [row[:3] for row in (ada, cem)] == [before["customers"][n][:3] for n in (0, 2)]
        assert {table: rows for table, rows in after.items() if table != "customers"} == {
            table: rows for table, rows in before.items() if table != "customers"
        }


def _with_columns(shop: Shop) -> Estate:
    """The estate with the columns that close an account."""
    store = shop.estate.stores["shop"]
    customers = store.tables["customers"]
    closing = {"closed_at": "now", "visible": "false", "door": "empty", "state": "closed"}
    more = tuple(Column(name, NotPersonal("says whether somebody may sign in")) for name in closing)
    customers = replace(customers, columns=(*customers.columns, *more), closing=closing)
    return replace(
        shop.estate, stores={**shop.estate.stores, "shop": replace(store, tables={**store.tables, "customers": customers})}
    )


def test_an_estate_that_does_not_say_how_an_account_is_closed_is_refused(tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        refusal = plan_closing(NO_PROMISES, shop.estate, shop.catalogue, Ask("A-0001", "closing", 1))
        assert isinstance(refusal, Refused) and refusal.code == "L141"


DOCUMENTS = {
    "postgresql": "ALTER TABLE customers ADD COLUMN profile jsonb; ALTER TABLE customers ADD COLUMN notes text;",
    "sqlite": "ALTER TABLE customers ADD COLUMN profile text; ALTER TABLE customers ADD COLUMN notes text;",
    "mariadb": "ALTER TABLE customers ADD COLUMN profile json; ALTER TABLE customers ADD COLUMN notes longtext;",
}
FILLED = """UPDATE customers SET notes = 'short', profile = '{"mail": "ADA@example.test", "size": 1.5, "others": [{"mail": "ben@example.test"}, {"mail": "ada@example.test"}]}' WHERE id = 1;"""


def test_members_of_documents_are_corrected_with_their_category_and_a_long_text_is_not_cut(
    address: str, tmp_path: Path
) -> None:
    with shop_of(address, tmp_path, schema=DOCUMENTS[address.partition(":")[0]] + FILLED) as shop:
        store = shop.estate.stores["shop"]
        mail = Category("email-address")
        paths = JsonPaths({"$.mail": mail, "$.others[*].mail": mail}, NotPersonal("sizes"))
        more = (Column("profile", paths), Column("notes", FreeText("review")))
        customers = replace(store.tables["customers"], columns=(*store.tables["customers"].columns, *more))
        shop.estate = replace(
            shop.estate, stores={**shop.estate.stores, "shop": replace(store, tables={**store.tables, "customers": customers})}
        )
        long = Correction("ä" * 40_000, "short", place=("shop", "customers", "notes"))
        answer = correct(shop, {"ada@example.test": [EMAIL, long]})
        assert answer.is_done and answer.store("shop").rows == 3
        [(profile, notes)] = shop.sql("shop", "SELECT profile, notes FROM customers WHERE id = 1")
        found = json.loads(profile) if isinstance(profile, str) else profile
        assert found == {
            "mail": "ada@new.example.test", "size": 1.5, "others": [{"mail": "ben@example.test"}, {"mail": "ada@new.example.test"}],
        }  # fmt: skip
        assert notes == "ä" * 40_000
        assert correct(shop, {"ada@new.example.test": [EMAIL]}).store("shop").rows == 0


def test_an_address_is_corrected_wherever_it_leads_to_her_whatever_it_is_called_there(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        post = shop.estate.stores["post"]
        letters = post.tables["letters"]
        named = tuple(replace(c, role=Category("letter-address")) if c.name == "email" else c for c in letters.columns)
        stores = {**shop.estate.stores, "post": replace(post, tables={"letters": replace(letters, columns=named)})}
        shop.estate = replace(shop.estate, stores=stores)
        assert correct(shop, {"ada@example.test": [EMAIL]}).is_done
        assert shop.sql("post", "SELECT email FROM letters WHERE id = 1") == [("ada@new.example.test",)]
