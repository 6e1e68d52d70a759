"""Holds from the command line: accepted, listed, ended; what they keep; what counsel is told; what becomes of it when they end."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.app.test_crashes import call
from tests.app.test_held import cut_links, package, rows
from tests.cli.harbour import Installation, email, lines, tokens
from tests.cli.preloaded import Ran

TODAY = datetime.now(UTC).date().isoformat()


def hold(shop: Installation, *people: int | str, data: str = "purchase", **more: str) -> Ran:
    """A hold on orders of these people, of a ground that the notice knows."""
    said = {"ground": "legal-obligation", "until": "2031-01-01", "cites": "GDPR 17(3)(e)"} | more
    words = [word for name, value in said.items() for word in (f"--{name}", value)]
    given = ("hold", "accept", str(shop.folder), "--subject", "-", "--data", data, *words, "--json")
    return shop.upheld(*given, stdin=lines(*people))


def orders(shop: Installation, *people: int) -> list[str]:
    return [row[2] for row in shop.dump()["shop.orders"] if row[2] and int(str(row[2])[5:9]) in people]  # type: ignore[misc]


def ended(shop: Installation, *words: str) -> dict[str, Any]:
    ran = shop.upheld("hold", "end", str(shop.folder), "--json", *words)
    assert ran.code == 0, ran.err
    plans = ran.document["plans"]
    assert len(plans) <= 1
    return {"plan": plans[0] if plans else None}


# ---- accepting -------------------------------------------------------------------------------------------------------


def test_a_hold_keeps_named_data_of_named_people_and_the_list_says_so(shop: Installation) -> None:
    ran = hold(shop, email(4))
    assert ran.code == 0, ran.err
    assert ran.document["hold"] == "H-0001" and ran.document["people"] == 1 and ran.document["already_erased"] == {}
    assert shop.erase(shop.plan("erasure", 4, 5)).code == 0
    assert orders(shop, 4) == ["book-0004-1", "book-0004-2"] and orders(shop, 5) == []
    (listed,) = shop.upheld("hold", "list", "--json").document
    assert listed["in_force"] and listed["people"] == 1 and listed["rows_kept"] == 4 and listed["cites"] == "GDPR 17(3)(e)"
    shown = shop.upheld("hold", "list")
    assert shown.code == 0 and "H-0001" in shown.out and "legal-obligation (GDPR 17(3)(e))" in shown.out


def test_an_accept_says_what_was_erased_already_and_what_is_to_be_planned_again(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", 3)).code == 0
    waiting = shop.plan("erasure", 5)
    ran = hold(shop, 5, email(3))
    assert ran.code == 0, ran.err
    assert ran.document["people"] == 2 and ran.document["plan_again"] == [waiting["ask"]]
    assert set(ran.document["already_erased"]) == {"letters", "shop"}
    assert ran.document["already_erased"]["shop"][:10] == TODAY
    text = shop.upheld("hold", "accept", str(shop.folder), "--subject", "-", "--data", "purchase", "--ground", "law", "--until", "2031-01-01",
                       "--cites", "GDPR 17(3)(e)", stdin=lines(5, email(3))).out  # fmt: skip
    assert "H-0002: in force for 2 people" in text and f"Already erased in shop at {TODAY}" in text
    assert f"upheld plan … --again {waiting['ask']}" in text


def test_of_somebody_wholly_erased_nothing_is_left_to_hold(shop: Installation) -> None:
    with psycopg.connect(shop.shop) as connection:
        connection.execute("DELETE FROM invoices WHERE customer_id = 3")
    assert shop.erase(shop.plan("erasure", email(3))).code == 0
    ran = hold(shop, email(3))
    assert ran.code == 1 and ran.document["error"]["code"] == "X251" and f"shop at {TODAY}" in ran.document["error"]["detail"]


def test_a_hold_is_refused_where_the_notice_does_not_know_it(shop: Installation) -> None:
    for wrong in (
        {"ground": "because"},
        {"data": "everything-there-is"},
        {"until": "soon"},
        {"until": "2020-01-01"},
        {"cites": "GDPR"},
        {"ground": "tax-law", "data": "telephone-number"},
    ):
        ran = hold(shop, 4, **wrong)
        assert ran.code == 2 and ran.document["error"]["code"] == "X252", wrong
    assert hold(shop, "nobody@harbour.example.test").document["error"]["code"] == "X201"
    assert shop.upheld("hold", "list", "--json").document == []


def test_a_new_hold_takes_over_what_another_ground_still_keeps(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", email(4))).code == 0
    cut_links(shop)
    ran = hold(shop, email(4), data="invoice-detail")
    assert ran.code == 0 and ran.document["held_before"] == 2, ran.err
    (answer,) = package(shop, email(4))
    grounds = {stays["ground"] for table in answer["tables"] for stays in table["stays"]}
    assert grounds == {"tax-law", "legal-obligation"}


# ---- its end ---------------------------------------------------------------------------------------------------------


def test_when_a_hold_ends_what_it_kept_is_erased_by_an_ordinary_plan_and_the_way_to_it_dies(shop: Installation) -> None:
    assert hold(shop, 4, 5).code == 0
    assert shop.erase(shop.plan("erasure", email(4), email(5))).code == 0
    with psycopg.connect(shop.shop) as connection:
        connection.execute("UPDATE orders SET customer_id = NULL WHERE customer_id IN (4, 5)")
        connection.execute("UPDATE invoices SET customer_id = NULL WHERE customer_id IN (4, 5)")
    assert len(orders(shop, 4, 5)) == 4
    planned = ended(shop, "--hold", "H-0001")["plan"]
    again = shop.upheld("hold", "end", str(shop.folder), "--hold", "H-0001", "--json").document
    assert again["plans"] == [] and again["under_way"] == [planned["ask"]], "not erased yet, and not said to be"
    assert planned["subjects"] == 2 and len(orders(shop, 4, 5)) == 4
    assert {one["place"]: one["rows"] for one in planned["steps"] if one["action"] == "erase" and one["rows"]}[
        "shop.orders"
    ] == 4
    (answer,) = package(shop, email(4))
    assert {row["what"] for row in rows(answer)["shop.orders"]} == {"book-0004-1", "book-0004-2"}  # until it is run
    ran = shop.erase(planned)
    assert ran.code == 0 and ran.document["fulfilled"], ran.err
    assert orders(shop, 4, 5) == []
    names = {row[2] for row in shop.dump()["shop.invoices"]}
    assert {tokens(4)[1], tokens(5)[1]} <= names  # the tax law still holds these
    (answer,) = package(shop, email(4))
    assert set(rows(answer)) == {"shop.invoices", "letters.sendings"}
    with psycopg.connect(shop.own) as connection:
        assert connection.execute("SELECT count(*) FROM kept_row WHERE hold IS NOT NULL").fetchone() == (0,)
    assert ended(shop)["plan"] is None
    assert shop.upheld("hold", "end", str(shop.folder), "--hold", "H-0001").code == 1


def test_when_the_last_ground_ends_nothing_leads_anywhere_any_more(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", email(4), email(5))).code == 0
    cut_links(shop)
    with psycopg.connect(shop.own) as connection:
        connection.execute("UPDATE kept_row SET until = '2020-01-01'")  # its day has come
    with psycopg.connect(shop.shop) as connection:
        connection.execute("UPDATE invoices SET invoiced_at = '2001-01-01'")
    with sqlite3.connect(shop.letters) as sqlite:
        sqlite.execute("UPDATE sendings SET billed_at = '2001-01-01'")
    planned = ended(shop)["plan"]
    assert shop.erase(planned).code == 0
    left = shop.dump()
    assert {4, 5} & {row[0] for row in left["shop.invoices"]} == set()
    with psycopg.connect(shop.own) as connection:
        for table in ("kept_row", "kept_share", "kept_name", "ending"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table  # type: ignore[arg-type]
        assert connection.execute("SELECT count(*) FROM ask_key WHERE ask LIKE 'kept:%'").fetchone() == (0,)
    ran = shop.upheld("plan", str(shop.folder), "--ask", "access", "--subject", "-", stdin=lines(email(4)))
    assert ran.code == 1 and "X204" in ran.err


def test_a_second_hold_keeps_what_the_first_one_lets_go(shop: Installation) -> None:
    assert hold(shop, 4).code == 0 and hold(shop, 4, until="2032-01-01").code == 0
    assert shop.erase(shop.plan("erasure", email(4))).code == 0
    planned = ended(shop, "--hold", "H-0001")["plan"]
    assert shop.erase(planned).code == 0
    assert orders(shop, 4) == ["book-0004-1", "book-0004-2"]
    (answer,) = package(shop, email(4))
    assert len(rows(answer)["shop.orders"]) == 2
    planned = ended(shop, "--hold", "H-0002")["plan"]
    assert shop.erase(planned).code == 0
    assert orders(shop, 4) == []


def test_nothing_is_kept_on_the_ground_of_a_case_that_is_over(shop: Installation) -> None:
    assert hold(shop, 4).code == 0
    asked = shop.plan("erasure", 4)
    away = {"HARBOUR_SHOP_URL": "postgresql://nobody@127.0.0.1:9/none"}
    gone = shop.erase(asked, environment=away).document["stores"][0]["rows"]
    ended(shop, "--hold", "H-0001")
    ran = shop.erase(asked, "--resume")
    assert ran.code == 1 and "X207" in [one.get("code") for one in ran.document["stores"]], ran.out
    planned = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]), "--json").document
    ran = shop.erase(planned, "--resume")
    assert ran.document["fulfilled"] and orders(shop, 4) == [] and "legal-obligation" not in ran.out
    assert 0 < gone <= ran.document["stores"][0]["rows"], "what was done under the first plan is not forgotten"
    # Who was erased and kept on one ground, and named by a case after that: what is kept outlasts the first ground.
    assert hold(shop, 4, data="invoice-detail").document["held_before"] == 2
    ran = shop.upheld("hold", "end", str(shop.folder), "--hold", "H-0009", "--json")
    assert ran.code == 2 and ran.document["error"]["code"] == "X250"


def test_an_end_that_was_killed_goes_on(shop: Installation) -> None:
    assert hold(shop, 4).code == 0
    assert shop.erase(shop.plan("erasure", email(4))).code == 0
    planned = ended(shop, "--hold", "H-0001")["plan"]
    said = {"ask": planned["ask"], "plan": planned["plan"]}
    assert call(shop, call="erase", at="after-store-commit", nth=2, then="kill", **said).code == -9
    assert ended(shop)["plan"] is None  # it is being ended
    assert shop.erase(planned, "--resume").code == 0
    assert orders(shop, 4) == []
    assert json.loads(json.dumps(shop.upheld("hold", "list", "--json").document))[0]["rows_kept"] == 0
