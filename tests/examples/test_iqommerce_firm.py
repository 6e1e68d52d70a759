"""The Canadian shop, filled and run: its people are made, one is answered, others are erased, what is past its date ends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from tests.examples.running import Running, running, silent
from upheld.faces.app import Exit, NotNow


@pytest.fixture(scope="module")
def firm(pg, own_template, tmp_path_factory) -> Iterator[Running]:
    here = tmp_path_factory.mktemp("iqommerce")
    with running("iqommerce", pg, own_template, here) as made:
        yield made


def customers(*numbers: int) -> list[str]:
    return [json.dumps({"table": "shop.customers", "key": {"id": number}}) for number in numbers]


def names_of(firm: Running, *numbers: int) -> list[str | None]:
    with psycopg.connect(firm.app.settings.environment["UPHELD_SHOP_URL"]) as connection:
        rows = connection.execute("select last_name from customers where id = any(%s) order by id", [list(numbers)]).fetchall()
    return [row[0] for row in rows]


def test_the_generator_makes_and_counts_the_awkward_people(firm):
    assert firm.counts == {
        "account asleep for two years": 5,
        "blank e-mail": 1,
        "case that follows another person's": 5,
        "case-variant e-mail": 1,
        "closed account": 6,
        "customer who turned out to be a child": 2,
        "free text naming others": 54,
        "lead who is no customer": 1,
        "message to oneself": 1,
        "orphan row": 1,
        "person with two accounts": 1,
        "placeholder e-mail": 1,
        "row of two owners": 60,
        "rows of the heaviest person in support_cases": 3,
        "shared e-mail": 2,
        "soft-deleted row": 2,
        "sourced contact who is a customer": 3,
    }


def test_the_folder_checks_clean_against_its_frozen_schema(firm):
    checked = firm.app.check(firm.folder)
    assert [one.code for one in checked.diagnostics] == []
    assert checked.catalogue is not None


def test_an_address_that_two_accounts_bear_says_not_whose_it_is_and_a_customer_number_does(firm):
    with psycopg.connect(firm.app.settings.environment["UPHELD_SHOP_URL"]) as connection:
        rows = connection.execute("select email from customers where id in (30, 31)").fetchall()
    assert rows[0] == rows[1]
    with pytest.raises(NotNow) as refused:
        firm.app.plan(firm.folder, "access", [json.dumps({"email": rows[0][0]})], "ca-pipeda")
    assert refused.value.code == "X202"
    asked = firm.app.plan(firm.folder, "access", customers(30), "ca-pipeda")
    assert firm.app.access(firm.folder, asked.ask, firm.packages, silent).exit is Exit.WELL
    (package,) = firm.packages.iterdir()
    text = (package / "data.json").read_text()
    assert "Q0000030" in text and "Q0000031" not in text


def test_people_are_erased_and_what_is_past_its_date_ends_once(firm):
    asked = firm.app.plan(firm.folder, "erasure", customers(40, 41, 42), "ca-pipeda")
    ended = firm.app.erase(firm.folder, asked.ask, asked.digest, False, silent)
    assert ended.exit is Exit.WELL
    held = {(kept["table"], kept["ground"]) for store in ended.document["stores"] for kept in store["kept"]}
    assert held == {
        ("invoices", "legal-obligations"),
        ("orders", "agreements"),
        ("order_lines", "agreements"),
        ("payments", "agreements"),
    }
    due = firm.app.retain(firm.folder, None)
    assert due.total > 10 and due.findings() == []
    assert firm.app.retain_run(firm.folder, due.plan.digest, silent).exit is Exit.WELL
    assert firm.app.retain(firm.folder, None).total == 0


def test_a_customer_who_turned_out_to_be_a_child_is_gone_with_the_calendar_and_who_is_active_is_not(firm):
    due = firm.app.retain(firm.folder, None)
    if due.total:  # a run before this one may have ended them
        assert firm.app.retain_run(firm.folder, due.plan.digest, silent).exit is Exit.WELL
    assert names_of(firm, 28, 58) == [None, None]
    assert None not in names_of(firm, 1, 6)
