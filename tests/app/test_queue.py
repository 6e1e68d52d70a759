"""Contested rows and merges wait for a person: shown, decided, on record without anybody's data, and honoured by the next plan."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import psycopg

from tests import searching
from tests.app.test_cases import hold, orders
from tests.cli.harbour import SHARED, Installation, lines, tokens
from tests.cli.preloaded import Ran

# Customers 38 and 39 share the reception's address; the newsletter knows one reader by it.
READER, NAME = 77, "Wrenhollow Reception Reader"


def with_a_reader(shop: Installation) -> None:
    connection = sqlite3.connect(shop.letters)
    with connection:
        connection.execute("INSERT INTO subscribers VALUES (?, ?, ?)", (READER, SHARED, NAME))
    connection.close()


def queue(shop: Installation, *words: str, stdin: str = "") -> Ran:
    return shop.upheld("queue", str(shop.folder), "--json", *words, stdin=stdin)


def again(shop: Installation, ask: object) -> dict[str, Any]:
    ran = shop.upheld("plan", str(shop.folder), "--again", str(ask), "--json")
    assert ran.code == 0, ran.err
    return dict(ran.document)


def readers(shop: Installation) -> set[object]:
    return {row[0] for row in shop.dump()["letters.subscribers"] if row[2]}


def test_contested_rows_wait_in_the_queue_and_a_decision_lets_the_ask_end(shop: Installation) -> None:
    with_a_reader(shop)
    asked = shop.plan("erasure", 38)
    ran = shop.erase(asked)
    assert ran.code == 4 and not ran.document["fulfilled"] and READER in readers(shop)
    (item,) = queue(shop).document["items"]
    assert item["table"] == "subscribers" and item["rows"] == 1 and item["ask"] == asked["ask"] and item["keys"] is None
    assert queue(shop, "--item", item["item"]).document["items"][0]["keys"] == [f"[{READER}]"]
    shown = shop.upheld("queue", str(shop.folder))
    assert item["item"] in shown.out and SHARED not in shown.out and NAME not in shown.out

    decided = queue(shop, "--item", item["item"], "--decide", "hers", "--by", "Iris Underhill")
    assert decided.code == 0 and decided.document["plan_again"] == asked["ask"]
    assert queue(shop).document["items"] == []
    planned = again(shop, asked["ask"])
    assert shop.erase(planned, "--resume").document["fulfilled"]
    assert READER not in readers(shop)


def test_rows_that_are_not_hers_are_left_alone_and_the_ask_ends(shop: Installation) -> None:
    with_a_reader(shop)
    asked = shop.plan("erasure", 38)
    (item,) = queue(shop).document["items"]
    assert queue(shop, "--item", item["item"], "--decide", "not-hers", "--by", "Iris Underhill").code == 0
    ran = shop.erase(again(shop, asked["ask"]))
    assert ran.code == 0 and ran.document["fulfilled"], ran.err
    assert READER in readers(shop)


def test_a_decision_is_honoured_by_the_persons_next_ask_too(shop: Installation) -> None:
    with_a_reader(shop)
    first = shop.plan("access", 38)
    (item,) = queue(shop).document["items"]
    assert queue(shop, "--item", item["item"], "--decide", "hers", "--by", "Iris Underhill").code == 0
    assert shop.upheld("access", str(first["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "p")).code == 0
    shop.plan("access", 38)
    assert queue(shop).document["items"] == []


def test_decisions_stand_in_the_ledger_without_anybodys_data(shop: Installation) -> None:
    with_a_reader(shop)
    shop.plan("erasure", 38)
    (item,) = queue(shop).document["items"]
    assert queue(shop, "--item", item["item"], "--decide", "hers", "--by", "Iris Underhill").code == 0
    assert queue(shop, "--merge", "-", "--by", "Iris Underhill", stdin=lines(38, 39)).code == 0
    assert queue(shop, "--part", "M-0001", "--by", "Iris Underhill").code == 0
    with psycopg.connect(shop.own) as connection:
        leaves = [json.loads(row[0]) for row in connection.execute("SELECT leaf FROM ledger_leaf").fetchall()]
        events = [leaf["event"] for leaf in leaves]
        assert {"contested:decided", "identity:merged", "identity:parted"} <= set(events)
        found = searching.in_database(connection, ["Iris Underhill", SHARED, NAME, *tokens(38)])
        places = {"public.ledger_detail", "public.row_decision", "public.merge"}
        assert {hit.place for hit in found} <= places and {hit.token for hit in found} == {"Iris Underhill"}
    assert shop.upheld("verify").code == 0


# ---- merges ----------------------------------------------------------------------------------------------------------


def test_a_merge_makes_two_root_rows_one_person_until_it_is_parted(shop: Installation) -> None:
    with_a_reader(shop)
    doubtful = shop.upheld("plan", str(shop.folder), "--ask", "erasure", "--subject", "-", "--json", stdin=lines(SHARED))
    assert doubtful.code == 1 and doubtful.document["error"]["code"] == "X202"
    ran = queue(shop, "--merge", "-", "--by", "Iris Underhill", stdin=lines(38, 39))
    assert ran.code == 0 and ran.document["number"] == "M-0001", ran.err
    assert queue(shop, "--part", "M-0001", "--by", "Iris Underhill").code == 0
    asked = shop.upheld("plan", str(shop.folder), "--ask", "erasure", "--subject", "-", "--json", stdin=lines(SHARED))
    assert asked.code == 1 and asked.document["error"]["code"] == "X202"
    both = shop.plan("erasure", 38, 39)
    with psycopg.connect(shop.own) as connection:
        named = connection.execute("SELECT count(*) FROM ask_subject WHERE ask = %s", [both["ask"]]).fetchone()
    assert named == (2,), "whoever is two people again is erased as two"

    assert queue(shop, "--merge", "-", "--by", "Iris Underhill", stdin=lines(38, 39)).document["number"] == "M-0002"
    asked = shop.upheld("plan", str(shop.folder), "--ask", "erasure", "--subject", "-", "--json", stdin=lines(SHARED))
    assert asked.code == 0 and asked.document["subjects"] == 1, asked.err
    ran = shop.erase(asked.document)
    assert ran.code == 0 and ran.document["fulfilled"], ran.err
    names = {row[0]: row[1] for row in shop.dump()["shop.customers"]}
    assert names[38] is None and names[39] is None and READER not in readers(shop)
    with psycopg.connect(shop.own) as connection:
        assert connection.execute("SELECT count(*) FROM merge").fetchone() == (0,), "it goes with the person"


def test_by_the_key_of_one_merged_row_the_other_is_meant_too(shop: Installation) -> None:
    assert hold(shop, 6).code == 0 and hold(shop, 7, data="case-text").code == 0
    assert queue(shop, "--merge", "-", "--by", "Iris Underhill", stdin=lines(6, 7)).code == 0
    asked = shop.plan("erasure", 7)
    assert asked["subjects"] == 1 and shop.erase(asked).code == 0
    left = {row[0]: row[1:] for row in shop.dump()["shop.customers"]}
    assert left[6][0] is None and left[7][0] is None and left[8][0] is not None
    # What a case held of either name is held of her.
    assert left[6][3] == tokens(6)[3] and left[7][3] == tokens(7)[3] and len(orders(shop, 6, 7)) == 4


def test_what_cannot_be_decided_is_refused(shop: Installation) -> None:
    assert queue(shop, "--item", "Q-00000000").document["error"]["code"] == "X255"
    assert queue(shop, "--item", "Q-00000000", "--decide", "hers", "--by", "Iris").document["error"]["code"] == "X255"
    assert queue(shop, "--item", "Q-00000000", "--decide", "hers").document["error"]["code"] == "X259"
    assert queue(shop, "--item", "Q-00000000", "--decide", "perhaps", "--by", "Iris").document["error"]["code"] == "X256"
    assert queue(shop, "--merge", "-", "--by", "Iris", stdin=lines(6)).document["error"]["code"] == "X257"
    assert queue(shop, "--merge", "-", "--by", "Iris", stdin=lines(6, 6)).document["error"]["code"] == "X257"
    assert queue(shop, "--part", "M-0009", "--by", "Iris").document["error"]["code"] == "X257"
    assert queue(shop, "--merge", "-", stdin=lines(6, 7)).document["error"]["code"] == "X259"
    empty = shop.upheld("queue", str(shop.folder))
    assert empty.code == 0 and "Nothing waits for a person." in empty.out
