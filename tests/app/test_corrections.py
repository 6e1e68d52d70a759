"""Corrections as a firm meets them: planned with counts, carried out in both stores, killed anywhere and gone on with, on record sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import psycopg

from tests.app.test_crashes import KILLED, call
from tests.app.test_held_here import answered, rows_of
from tests.cli.harbour import Harbour, Installation, email, tokens
from upheld.engine.execution import asks
from upheld.engine.execution.corrections import corrections_of
from upheld.faces.app import App, from_environment

NEW = "kestrel-new@harbour.example.test"


def line(person: int, *corrections: Mapping[str, object]) -> str:
    return json.dumps({"table": "shop.customers", "key": {"id": person}, "correct": list(corrections)}) + "\n"


def plan(shop: Installation, *lines: str, code: int = 0) -> Any:
    ran = shop.upheld("plan", str(shop.folder), "--ask", "rectification", "--subject", "-", "--json", stdin="".join(lines))
    assert ran.code == code, ran.err
    return ran.document


def correct(shop: Installation, asked: Mapping[str, Any], *words: str) -> Any:
    return shop.upheld("correct", asked["ask"], "--plan", asked["plan"], "--in", str(shop.folder), "--json", *words)


EMAIL = {"data": "email", "was": email(4), "now": NEW}
NAME = {"data": "name", "was": tokens(4)[1], "now": "Wren Hollow Marsh"}


def expected(dump: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """The dump in which customer 4 bears the new address and name, and nothing else is another."""
    swaps = {email(4): NEW, tokens(4)[1]: "Wren Hollow Marsh"}
    return {
        table: sorted((tuple(swaps.get(cell, cell) if isinstance(cell, str) else cell for cell in row) for row in rows), key=repr)
        for table, rows in dump.items()
    }  # fmt: skip


def test_killed_anywhere_and_resumed_exactly_the_persons_cells_are_others(shop: Installation, harbour: Harbour) -> None:
    asked, before = plan(shop, line(4, EMAIL, NAME)), shop.dump()
    assert asked["rows"] == 5, "her row, her invoice, her subscription"
    ends = []
    for at in ("before-store-commit", "after-store-commit"):
        copy = harbour.copy(shop)
        said = {"ask": asked["ask"], "plan": asked["plan"]}
        assert call(copy, call="correct", at=at, nth=2, then="kill", **said).code == KILLED
        assert call(copy, call="correct", resume=True, **said).code == 0
        assert copy.dump() == expected(before)
        with psycopg.connect(copy.own) as connection:
            events = connection.execute(
                "SELECT leaf::jsonb ->> 'event', count(*) FROM ledger_leaf GROUP BY 1 ORDER BY 1"
            ).fetchall()
        ends.append((events, before_and_after(copy, asked["ask"])))
        harbour.drop(copy)
    assert len({repr(end) for end in ends}) == 1
    assert sorted(row[2:] for row in ends[0][1]) == sorted(
        (store, table, column, old, new)
        for store, table, column, old, new in (
            ("letters", "subscribers", "email", email(4), NEW), ("letters", "subscribers", "name", tokens(4)[1], "Wren Hollow Marsh"),
            ("shop", "customers", "email", email(4), NEW), ("shop", "customers", "name", tokens(4)[1], "Wren Hollow Marsh"),
            ("shop", "invoices", "billed_name", tokens(4)[1], "Wren Hollow Marsh"),
        )
    )  # fmt: skip


def before_and_after(shop: Installation, ask: str) -> list[tuple[object, ...]]:
    app = App(from_environment(shop.environment))
    with app.own.connection() as connection:
        refs = [row[0] for row in connection.execute("SELECT DISTINCT subject FROM corrected").fetchall()]
        found = corrections_of(connection, app.master, refs, ask)
    app.close()
    return [("", one[1], *one[2:7]) for one in found]


def test_an_erasure_that_waited_for_the_correction_finds_her_by_the_new_address_too(shop: Installation) -> None:
    first, then = plan(shop, line(4, EMAIL)), shop.plan("erasure", 4)
    assert shop.erase(then).document["error"]["code"] == "X208"
    ran = correct(shop, first)
    assert ran.code == 0 and ran.document["fulfilled"], ran.err
    assert shop.erase(then).code == 0
    left = repr(shop.dump())
    assert NEW not in left and email(4) not in left
    assert shop.upheld("verify").code == 0


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"data": "email", "was": email(4), "now": email(6)}, "L134"),
    ({"column": "shop.customers.id", "now": "9"}, "L131"),
    ({"column": "shop.orders.placed_at", "was": "2026-01-05", "now": "yesterday"}, "L132"),
    ({"data": "name", "was": "Nobody of this name", "now": "Ada"}, "L136"),
    ({"data": "grade", "was": "1", "now": "2"}, "L131"),
    ({"data": "name", "now": "Ada"}, "X203"),
    ({"data": "name", "was": ["Ada"], "now": "Ada"}, "X203"),
    ({"column": "shop.customers.email", "now": "ada@example.test"}, "X203"),
    ({"column": "shop.orders.what", "now": "a book", "row": {"number": 1}}, "X203"),
    ({"column": "shop.orders.what", "now": "a book", "row": {"id": 61}}, "L136"),
]


def test_what_cannot_be_corrected_is_refused_before_anything_is_touched(shop: Installation) -> None:
    before = shop.dump()
    for said, code in REFUSED:
        document = plan(shop, line(4, said), code=2 if code == "X203" else 1)
        assert document["error"]["code"] == code, said
    again = {"data": "name", "was": "Wren Hollow Marsh", "now": "Somebody Else"}
    assert plan(shop, line(4, NAME, again), code=1)["error"]["code"] == "L133"
    assert shop.dump() == before


def test_our_own_records_know_her_by_the_new_address(shop: Installation) -> None:
    assert correct(shop, plan(shop, line(4, EMAIL))).code == 0
    again = shop.plan("access", NEW)
    with psycopg.connect(shop.own) as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (1,)
        (ask,) = connection.execute("SELECT ask FROM ask_subject").fetchall()[0]
    assert ask == again["ask"]
    app = App(from_environment(shop.environment))
    with app.own.connection() as connection:
        found = asks.find_ask(connection, app.master, str(ask))
    app.close()
    assert found is not None and {one.normal for one in found.bindings[0].identifiers} == {NEW}
    said = {row["cells"] for row in rows_of(answered(shop, again["ask"])["corrected"])}
    assert said == {f"{place}.email: “{email(4)}” became “{NEW}”" for place in ("customers", "subscribers")}
