"""Two executors on one plan, an end that nobody knows, a store that is down for a day: real processes, and never a false done."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.app.runs import cut, wait_for
from tests.app.test_crashes import KILLED, call, named, records, start
from tests.cli.harbour import Harbour, Installation


def untroubled(shop: Installation, harbour: Harbour, asked: dict[str, object]) -> tuple[Any, Any]:
    """The rows and the records of the same ask, carried out without any trouble."""
    copy = harbour.copy(shop)
    assert call(copy, call="erase", **named(asked)).code == 0
    found = copy.dump(), records(copy)
    harbour.drop(copy)
    return found


def state(shop: Installation, ask: object) -> str:
    with psycopg.connect(shop.own) as connection:
        row = connection.execute("SELECT state FROM ask WHERE id = %s", [ask]).fetchone()
    assert row is not None
    return str(row[0])


# ---- two executors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "nth"), [("before-prepared", 1), ("before-store-commit", 2), ("after-store-commit", 1)])
def test_one_of_two_executors_is_killed_and_the_other_goes_on(
    shop: Installation, harbour: Harbour, tmp_path: Path, at: str, nth: int
) -> None:
    asked = shop.plan("erasure", 2, 4, 5)
    rows, known = untroubled(shop, harbour, asked)
    first = start(shop, call="erase", at=at, nth=nth, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    second = call(shop, call="erase", resume=True, **named(asked))
    assert second.code == 4 and json.loads(second.out)["code"] == "X105"
    os.kill(first[0], signal.SIGKILL)
    assert shop.process.wait(first).code == KILLED
    assert call(shop, call="erase", resume=True, **named(asked)).code == 0
    assert shop.dump() == rows and records(shop) == known


@pytest.mark.parametrize("nth", [1, 2])
def test_an_executor_that_lost_its_lease_cannot_write_done(
    shop: Installation, harbour: Harbour, tmp_path: Path, nth: int
) -> None:
    """Its line to our records is cut between the store's commit and the record, so another one is let in; then it wakes."""
    asked = shop.plan("erasure", 2, 4)
    rows, known = untroubled(shop, harbour, asked)
    first = start(shop, call="erase", at="after-store-commit", nth=nth, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    cut(shop.own)
    assert call(shop, call="erase", resume=True, **named(asked)).code == 0
    with psycopg.connect(shop.own) as connection:
        before = connection.execute("SELECT store, epoch, at FROM chunk ORDER BY 1").fetchall()
    (tmp_path / "go").touch()
    late = shop.process.wait(first)
    assert late.code in (3, 4) and json.loads(late.out)["code"] in ("X105", "X902"), late.out
    with psycopg.connect(shop.own) as connection:
        assert connection.execute("SELECT store, epoch, at FROM chunk ORDER BY 1").fetchall() == before
    assert shop.dump() == rows and records(shop) == known and state(shop, asked["ask"]) == "done"


# ---- an end that nobody knows ----------------------------------------------------------------------------------------


def note_token(shop: Installation, token: str) -> None:
    with psycopg.connect(shop.own) as connection:
        assert (
            connection.execute("UPDATE chunk SET token = %s WHERE state = 'prepared' AND store = 'shop'", [token]).rowcount == 1
        )


@pytest.mark.parametrize(
    ("at", "token"),
    [
        ("after-store-commit", None),  # committed: the record is finished with the counts as prepared
        ("before-store-commit", None),  # aborted: it runs again
        ("before-store-commit", "0"),  # NULL: the server no longer says
        ("before-store-commit", "999999999999"),  # an error: an id that this server never gave
        ("after-store-commit", "0"),
        ("after-store-commit", "999999999999"),
    ],
)
def test_whatever_the_server_says_of_a_lost_commit_the_end_is_the_same(
    shop: Installation, harbour: Harbour, at: str, token: str | None
) -> None:
    asked = shop.plan("erasure", 3, 5)
    rows, known = untroubled(shop, harbour, asked)
    nth = 2  # the shop comes after the letters
    assert call(shop, call="erase", at=at, nth=nth, then="kill", **named(asked)).code == KILLED
    if token is not None:
        note_token(shop, token)
    assert call(shop, call="erase", resume=True, **named(asked)).code == 0
    assert shop.dump() == rows and records(shop) == known


def test_a_commit_that_still_runs_is_unknown_and_never_done(shop: Installation, harbour: Harbour) -> None:
    asked = shop.plan("erasure", 3)
    rows, known = untroubled(shop, harbour, asked)
    assert call(shop, call="erase", at="before-store-commit", nth=2, then="kill", **named(asked)).code == KILLED
    with psycopg.connect(shop.shop) as other:
        row = other.execute("SELECT pg_current_xact_id()::text").fetchone()
        assert row is not None
        note_token(shop, row[0])
        ran = shop.erase(asked, "--resume")
        assert ran.code != 0 and not ran.document["fulfilled"]
        assert {one["store"]: one["outcome"] for one in ran.document["stores"]}["shop"] == "unknown"
        assert state(shop, asked["ask"]) == "waiting"
        other.rollback()
    assert shop.erase(asked, "--resume").code == 0
    assert shop.dump() == rows and records(shop) == known


# ---- a store that is down for a day ----------------------------------------------------------------------------------


def test_a_store_that_is_down_for_a_day_lets_the_ask_wait_and_it_ends_the_next_day(
    shop: Installation, harbour: Harbour
) -> None:
    asked = shop.plan("erasure", 2, 4)
    rows, _ = untroubled(shop, harbour, asked)
    down = {"HARBOUR_SHOP_URL": "postgresql://upheld_firm@localhost:9/nowhere?connect_timeout=2"}
    for _ in range(2):
        ran = shop.erase(asked, *(["--resume"] if state(shop, asked["ask"]) == "waiting" else []), environment=down)
        assert ran.code == 3 and not ran.document["fulfilled"] and ran.document["open"] == ["shop"]
        assert {one["store"]: one["outcome"] for one in ran.document["stores"]} == {"letters": "done", "shop": "failed"}
        assert ran.document["settled"] is None and ran.document["unreachable_since"] is None
        assert "Not fulfilled: shop did not end" in ran.err + ran.out or "X101" in ran.err + ran.out
        assert state(shop, asked["ask"]) == "waiting"
    before = shop.dump()
    assert before["shop.customers"] != rows["shop.customers"] and before["letters.subscribers"] == rows["letters.subscribers"]
    assert shop.erase(asked).code == 1  # it was begun, and goes on only when told to
    assert call(shop, call="erase", days=1, resume=True, **named(asked)).code == 0
    assert shop.dump() == rows and state(shop, asked["ask"]) == "done"
