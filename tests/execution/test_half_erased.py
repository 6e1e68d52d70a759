"""The standing half-erased query: ruins of whatever tool are found, and whole people, kept rows and blanks are none."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import pytest

from tests.execution.shop import TODAY, Shop, shop_of
from upheld.engine.execution.half_erased import half_erased
from upheld.engine.execution.own_journal import KeptRows
from upheld.engine.plan.model import DueAfter, KeepRule, Why

MORE = """
  members:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}}
    columns: {id: key, email: email-address, born: birth-date, profile: {json: {$.nick: username}, others: {not-personal: settings of the page}}}
    erasure: blank
  posts:
    key: [id]
    links: {member_id: {owning: members}, parent_id: {owning: posts}}
    columns: {id: key, member_id: key, parent_id: key, body: {free-text: review}}
  notes:
    key: [id]
    links:
      sender_id: {owning: members, as: sender}
      recipient_id: {owning: members, as: recipient}
    shared:
      sender: {access: full, erasure: blank-mine, mine: [sender_note]}
      recipient: {access: full, erasure: keep}
    columns: {id: key, sender_id: key, recipient_id: key, body: {free-text: review}, sender_note: own-writing}
"""
SCHEMA = """
CREATE TABLE members (id integer PRIMARY KEY, email varchar(60) NOT NULL UNIQUE, born date NOT NULL, profile {json});
CREATE TABLE posts (id integer PRIMARY KEY, member_id integer, parent_id integer, body text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, sender_id integer NOT NULL, recipient_id integer NOT NULL, body text, sender_note text);
INSERT INTO members VALUES (1, 'dee@example.test', '1980-01-01', '{{"nick": "dee", "size": 2}}'), (2, 'eli@example.test', '1981-01-01', NULL);
INSERT INTO posts VALUES (1, 1, NULL, 'one'), (2, NULL, 1, 'two'), (3, NULL, 2, 'three'), (4, 2, NULL, 'of Eli'), (5, NULL, 4, 'to Eli'), (6, NULL, NULL, 'of nobody');
INSERT INTO notes VALUES (1, 1, 2, 'hello', 'mine'), (2, 2, 1, 'hello back', 'hers');
"""


def club_of(address: str, folder: Path):  # type: ignore[no-untyped-def]
    json = "jsonb" if address.startswith("postgresql") else "json"
    return shop_of(address, folder, schema=SCHEMA.format(json=json), more_tables=MORE)


def asked(shop: Shop, *kept: KeptRows) -> dict[tuple[str, str], int]:
    return half_erased(shop.estate, shop.catalogue, shop.stores, kept, TODAY)


def test_ruins_of_whatever_tool_are_found_down_to_the_last_child(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        assert asked(shop) == {}
        shop.sql("shop", "UPDATE customers SET name = NULL, email = NULL WHERE id = 1")
        assert asked(shop) == {("shop", "orders"): 2, ("shop", "lines"): 2}
        shop.sql("shop", "UPDATE orders SET address = NULL WHERE customer_id = 1")
        assert asked(shop) == {("shop", "lines"): 2}
        shop.sql("shop", "UPDATE lines SET engraving = '' WHERE order_id IN (10, 11)")
        assert asked(shop) == {}


@pytest.mark.parametrize("blank", ["''", "'n/a'", "'  '"])
def test_a_person_whom_another_tool_blanked_with_words_is_blank(address: str, tmp_path: Path, blank: str) -> None:
    with shop_of(address, tmp_path) as shop:
        shop.estate.stores["shop"] = _with_placeholder(shop)  # type: ignore[index]
        shop.sql("shop", f"UPDATE customers SET name = {blank}, email = {blank} WHERE id = 1")
        assert asked(shop) == {("shop", "orders"): 2, ("shop", "lines"): 2}


def _with_placeholder(shop: Shop):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(shop.estate.stores["shop"], placeholders=("N/A",))


def test_a_row_that_is_gone_leaves_ruins_too(address: str, tmp_path: Path) -> None:
    with club_of(address, tmp_path) as shop:
        shop.sql("shop", "DELETE FROM members WHERE id = 1")
        assert asked(shop) == {("shop", "posts"): 3, ("shop", "notes"): 1}


def test_an_erasure_of_ours_leaves_none(address: str, tmp_path: Path) -> None:
    with club_of(address, tmp_path) as shop:
        shop.erase("dee@example.test")
        assert shop.sql("shop", "SELECT count(*) FROM members") == [
            (2,)
        ]  # a frame with a token, a neutral day and a pruned document
        assert asked(shop) == {}
        shop.sql("shop", "INSERT INTO posts VALUES (9, 1, NULL, 'back again')")
        assert asked(shop) == {("shop", "posts"): 1}


def test_somebody_whose_address_may_not_be_null_is_no_blank(address: str, tmp_path: Path) -> None:
    with club_of(address, tmp_path) as shop:
        shop.sql("shop", "UPDATE members SET profile = NULL, born = '1970-01-01' WHERE id = 1")
        assert asked(shop) == {}
        shop.sql("shop", f"UPDATE members SET email = '{'0a' * 16}' WHERE id = 1")
        assert asked(shop) == {("shop", "posts"): 3, ("shop", "notes"): 1}


def test_a_circle_of_posts_that_hangs_on_nobody_is_a_ruin(address: str, tmp_path: Path) -> None:
    with club_of(address, tmp_path) as shop:
        shop.sql("shop", "UPDATE posts SET member_id = NULL, parent_id = 3 WHERE id = 1")
        assert asked(shop) == {("shop", "posts"): 3}


RULE = KeepRule("tax-law", ("address",), DueAfter("done_at", 7, "years"), Why(("shop.keep.1",)))


def test_what_an_erasure_kept_is_no_ruin_until_its_day(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        shop.erase("ada@example.test", plan=shop.plan(keeps={("shop", "orders"): (RULE,)}))
        assert asked(shop) == {("shop", "orders"): 1}
        kept = KeptRows("shop", "orders", RULE, date(2032, 6, 1), ((10,),))
        assert asked(shop, kept) == {}
        assert half_erased(shop.estate, shop.catalogue, shop.stores, [kept], date(2032, 6, 1)) == {("shop", "orders"): 1}


def test_a_kept_row_that_says_more_than_was_kept_is_a_ruin(address: str, tmp_path: Path) -> None:
    with club_of(address, tmp_path) as shop:
        shop.sql("shop", "DELETE FROM members WHERE id = 2")
        assert asked(shop) == {("shop", "posts"): 2, ("shop", "notes"): 1}
        rule = KeepRule("dispute", ("sender_note",), RULE.ends, RULE.why)
        assert asked(shop, KeptRows("shop", "notes", rule, None, ((2,),))) == {("shop", "posts"): 2}
        other = KeepRule("dispute", ("body",), RULE.ends, RULE.why)
        assert asked(shop, KeptRows("shop", "notes", other, None, ((2,),))) == {("shop", "posts"): 2, ("shop", "notes"): 1}


def test_it_is_one_statement_a_table_and_the_same_twice(address: str, tmp_path: Path) -> None:
    with club_of(address, tmp_path) as shop:
        shop.sql("shop", "DELETE FROM members WHERE id = 1")
        seen: list[str] = []
        session = shop.stores["shop"]
        rows = session.rows
        session.rows = lambda statement, values: seen.append(statement.sql) or rows(statement, values)  # type: ignore[method-assign, func-returns-value]
        once, twice = asked(shop), asked(shop)
        assert once == twice
        assert len(seen) == 2 * len([t for t in shop.estate.stores["shop"].tables.values() if t.owning])
        assert [one == other for one, other in itertools.pairwise(sorted(seen))].count(True) == len(seen) // 2
