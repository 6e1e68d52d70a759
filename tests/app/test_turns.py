"""The matrix of asks as a firm meets it: what waits, what is suspended, what is heeded at once; when planned and when carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.runs import wait_for
from tests.app.test_cases import hold, orders
from tests.app.test_crashes import start
from tests.cli.harbour import Installation, lines
from upheld.engine.execution import asks
from upheld.faces.app import App, from_environment
from upheld.records.people.choices import lift_restriction, record_objection, restrict


@pytest.fixture
def app(shop: Installation):
    opened = App(from_environment(shop.environment))
    yield opened
    opened.close()


def open_ask(app: App, kind: str, of: object) -> str:
    """An ask of a kind that the desk will take, of the people of another ask."""
    with app.own.transaction() as connection:
        found = asks.find_ask(connection, app.master, str(of))
        assert found is not None
        made = asks.next_ask(connection, kind, found.ask.subjects, None, app.settings.now())  # type: ignore[arg-type]
        asks.store_bindings(connection, app.master, made, found.bindings, app.settings.now())
        connection.execute("UPDATE ask SET state = 'running', asked_at = asked_at - interval '1 hour' WHERE id = %s", [made.id])
    return made.id


def refs(app: App, ask: object) -> list[str]:
    with app.own.connection() as connection:
        return [row[0] for row in connection.execute("SELECT subject FROM ask_subject WHERE ask = %s", [ask]).fetchall()]


@pytest.mark.parametrize("earlier", ["portability", "rectification"])
def test_an_erasure_waits_for_what_was_asked_first(shop: Installation, app: App, earlier: str) -> None:
    asked, before = shop.plan("erasure", 4), shop.dump()
    first = open_ask(app, earlier, asked["ask"])
    again = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]), "--json").document
    assert [(one["ask"], one["code"]) for one in again["waits_for"]] == [(first, "X208")]
    shown = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]))
    assert f"It waits for {first}" in shown.out
    ran = shop.erase(asked)
    assert ran.code == 1 and ran.document["error"]["code"] == "X208" and shop.dump() == before
    with app.own.connection() as connection:
        asks.note_state(connection, first, "done", app.settings.now())
    assert shop.erase(asked).code == 0


def test_a_copy_waits_for_a_correction_that_was_asked_first(shop: Installation, app: App) -> None:
    asked = shop.plan("access", 4)
    first = open_ask(app, "rectification", asked["ask"])
    ran = shop.upheld("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "p"), "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "X208" and first in ran.document["error"]["detail"]
    with app.own.connection() as connection:
        asks.note_state(connection, first, "done", app.settings.now())
    assert shop.upheld("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "p")).code == 0


@pytest.mark.parametrize("ground", ["accuracy-contested", "erasure-disputed"])
def test_a_restriction_suspends_an_erasure_until_it_is_lifted(shop: Installation, app: App, ground: str) -> None:
    asked, before = shop.plan("erasure", 4), shop.dump()
    (ref,) = refs(app, asked["ask"])
    if ground == "erasure-disputed":  # said under another name of hers
        (ref,) = refs(app, shop.plan("access", 5)["ask"])
        assert shop.upheld("queue", str(shop.folder), "--merge", "-", "--by", "Iris", stdin=lines(4, 5)).code == 0
    with app.own.transaction() as connection:
        restrict(connection, ref, ground, app.settings.now())
    ran = shop.erase(asked)
    assert ran.code == 1 and ran.document["error"]["code"] == "X258" and shop.dump() == before
    with app.own.transaction() as connection:
        lift_restriction(connection, ref, app.settings.now())
    assert shop.erase(asked).code == 0


def test_an_objection_to_marketing_is_heeded_at_once_also_while_an_erasure_runs(
    shop: Installation, app: App, tmp_path: Path
) -> None:
    asked = shop.plan("erasure", 4)
    (ref,) = refs(app, asked["ask"])
    said = {"ask": asked["ask"], "plan": asked["plan"]}
    running = start(shop, call="erase", at="before-store-commit", nth=1, then="wait", place=str(tmp_path), **said)
    wait_for(tmp_path / "reached")
    with app.own.transaction() as connection:
        connection.execute("SET LOCAL lock_timeout = '2s'")
        record_objection(connection, ref, "direct-marketing", app.settings.now())
    (tmp_path / "go").touch()
    assert shop.process.wait(running).code == 0


def test_a_child_found_is_erased_whatever_is_open_but_not_what_a_hold_keeps(shop: Installation, app: App) -> None:
    first = shop.plan("access", 4)
    assert hold(shop, 4).code == 0
    (ref,) = refs(app, first["ask"])
    with app.own.transaction() as connection:
        restrict(connection, ref, "accuracy-contested", app.settings.now())
    asked = shop.plan("child-found", 4)
    assert asked["kind"] == "child-found" and asked["waits_for"] == []
    ran = shop.erase(asked)
    assert ran.code == 0 and ran.document["fulfilled"], ran.err
    assert {row[0]: row[1] for row in shop.dump()["shop.customers"]}[4] is None
    assert orders(shop, 4) == ["book-0004-1", "book-0004-2"]
