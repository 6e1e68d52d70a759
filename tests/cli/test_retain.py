"""`upheld retain`: what is past its date is shown, then ended as it was shown; nobody's name is in the proof."""

from __future__ import annotations

import psycopg
import pytest

from tests.cli.harbour import Installation


@pytest.fixture
def late(shop: Installation) -> Installation:
    """A bookshop in which two customers, who have no bill that must stay, ordered for the last time long ago."""
    with psycopg.connect(shop.shop, autocommit=True) as connection:
        connection.execute("DELETE FROM invoices WHERE customer_id IN (3, 4)")
        connection.execute("UPDATE orders SET placed_at = '2020-05-05' WHERE customer_id IN (3, 4)")
    return shop


def test_what_is_past_its_date_is_shown_and_nothing_is_touched(late: Installation) -> None:
    before = late.dump()
    ran = late.upheld("retain", str(late.folder))
    assert "shop.orders" in ran.out and "To run it: upheld retain" in " ".join(ran.out.split()), ran.out + ran.err
    assert late.dump() == before


def test_the_plan_that_was_shown_ends_it_and_a_second_run_finds_nothing(late: Installation) -> None:
    shown = late.upheld("retain", str(late.folder), "--json")
    steps = {(one["place"], one["action"].split()[0]): one["rows"] for one in shown.document["steps"]}
    assert steps["shop.orders", "erase"] == 4
    ended = late.upheld("retain", str(late.folder), "--plan", shown.document["plan"], "--json")
    assert ended.code == 0, ended.out + ended.err
    assert ended.document["state"] == "done" and ended.document["left"] == []
    assert {c for one in ended.document["ended"] for c in one["clauses"]} <= {"harbour.keep.1", "harbour.keep.2"}
    after = late.dump()
    assert not [row for row in after["shop.orders"] if row[1] in (3, 4)]
    again = late.upheld("retain", str(late.folder), "--json")
    assert again.document["rows"] == 0
    assert late.upheld("retain", str(late.folder), "--plan", shown.document["plan"], "--json").document["state"] == "done"
    assert late.dump() == after


def test_a_plan_of_a_day_that_has_not_come_is_only_shown(late: Installation) -> None:
    shown = late.upheld("retain", str(late.folder), "--today", "2999-01-01", "--json")
    assert shown.document["rows"] > 0
    ran = late.upheld("retain", str(late.folder), "--plan", shown.document["plan"])
    assert ran.code == 1 and "X401" in ran.err
    assert late.upheld("retain", str(late.folder), "--today", "soon").code == 2


def test_data_that_no_promise_covers_is_a_finding(late: Installation) -> None:
    ran = late.upheld("retain", str(late.folder), "--json")
    codes = {one["code"] for one in ran.document["findings"]}
    assert (ran.code == 1) == bool(codes)
