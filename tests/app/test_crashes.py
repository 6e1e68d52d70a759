"""Killed anywhere and gone on with, an ask ends as if nothing had happened: the same rows, the same leaves, the same keys on record."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.app.runs import wait_for
from tests.cli.harbour import Harbour, Installation
from tests.cli.preloaded import Ran
from upheld.records.people.choices import lift_restriction, restrict

KILLED = -9
CHUNK_POINTS = ("before-prepared", "before-store-commit", "after-store-commit", "after-done")


def start(shop: Installation, **said: Any) -> tuple[int, Path]:
    """A call of the library in a process of its own."""
    given = json.dumps({"folder": str(shop.folder), **said})
    return shop.process.start("tests.app.runs:run", [given], environment=shop.environment)


def call(shop: Installation, **said: Any) -> Ran:
    """The same, to its end."""
    return shop.process.wait(start(shop, **said))


def named(asked: Mapping[str, object]) -> dict[str, object]:
    return {"ask": asked["ask"], "plan": asked["plan"]}


def records(shop: Installation) -> dict[str, Any]:
    """What our own database holds of the ask's end: leaves, kept rows by end, tombstones, what is still known of people."""
    with psycopg.connect(shop.own) as connection:

        def read(query: str) -> list[Any]:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

        leaves = [(str(id), json.loads(leaf)) for id, leaf in read("SELECT id, leaf FROM ledger_leaf ORDER BY id")]
        return {
            "leaves": [(id, leaf["event"], leaf["counts"]) for id, leaf in leaves],
            "kept": sorted(set(read("SELECT store, place, until, rows FROM kept_row")), key=repr),
            # Their keys are made with the first of them, after the copy: each installation has others.
            "tombstones": read("SELECT store, kind, form, count(*) FROM tombstone GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"),
            "known": read("SELECT count(*) FROM person"),
            "keys": read("SELECT ask FROM ask_key ORDER BY ask"),
            "asks": read("SELECT id, state FROM ask ORDER BY id"),
            "subjects": read("SELECT count(*) FROM ask_subject"),
        }


@pytest.mark.parametrize(
    ("at", "nth"),
    [(point, nth) for point in CHUNK_POINTS for nth in (1, 2)] + [("before-sweep", 1), ("before-end", 1)],
)
def test_killed_anywhere_and_resumed_it_ends_as_if_nothing_had_happened(
    shop: Installation, harbour: Harbour, at: str, nth: int
) -> None:
    asked = shop.plan("erasure", 2, 4, 5, 6)
    untroubled = harbour.copy(shop)
    assert call(untroubled, call="erase", **named(asked)).code == 0

    assert call(shop, call="erase", at=at, nth=nth, then="kill", **named(asked)).code == KILLED
    resumed = shop.erase(asked, "--resume")

    assert resumed.code == 0 and resumed.document["fulfilled"], resumed.err
    assert shop.dump() == untroubled.dump()
    assert records(shop) == records(untroubled)
    assert shop.upheld("verify").code == 0
    harbour.drop(untroubled)


def test_killed_twice_at_different_points(shop: Installation, harbour: Harbour) -> None:
    asked = shop.plan("erasure", 2, 4)
    untroubled = harbour.copy(shop)
    assert call(untroubled, call="erase", **named(asked)).code == 0
    assert call(shop, call="erase", at="after-store-commit", nth=1, then="kill", **named(asked)).code == KILLED
    assert call(shop, call="erase", at="after-store-commit", nth=1, then="kill", resume=True, **named(asked)).code == KILLED
    assert call(shop, call="erase", at="after-store-commit", nth=1, then="kill", resume=True, **named(asked)).code == KILLED
    assert call(shop, call="erase", resume=True, **named(asked)).code == 0
    assert shop.dump() == untroubled.dump() and records(shop) == records(untroubled)
    harbour.drop(untroubled)


@pytest.mark.parametrize(("at", "nth"), [("before-store-commit", 2), ("after-store-commit", 1)])
def test_a_retention_run_that_is_killed_and_gone_on_with_leaves_the_same_rows(
    shop: Installation, harbour: Harbour, at: str, nth: int
) -> None:
    with psycopg.connect(shop.shop, autocommit=True) as connection:
        connection.execute("UPDATE orders SET placed_at = '2020-05-05' WHERE customer_id IN (3, 4)")
    plan = shop.upheld("retain", str(shop.folder), "--json").document["plan"]
    untroubled = harbour.copy(shop)
    assert call(untroubled, call="retain", plan=plan).code == 0

    assert call(shop, call="retain", at=at, nth=nth, then="kill", plan=plan).code == KILLED
    resumed = call(shop, call="retain", plan=plan)

    assert resumed.code == 0 and json.loads(resumed.out)["left"] == [], resumed.out + resumed.err
    assert shop.dump() == untroubled.dump()
    assert not [row for row in shop.dump()["shop.orders"] if row[1] in (3, 4)]
    assert shop.upheld("verify").code == 0
    assert call(shop, call="retain", plan=plan).code == 0
    harbour.drop(untroubled)


@pytest.mark.parametrize(
    ("address", "at", "nth", "code"),
    [
        ("HARBOUR_SHOP_URL", "before-prepared", 2, 0),
        ("HARBOUR_SHOP_URL", "before-store-commit", 2, 0),
        ("UPHELD_DATABASE_URL", "before-prepared", 2, 3),
        ("UPHELD_DATABASE_URL", "before-store-commit", 1, 3),
        ("UPHELD_DATABASE_URL", "after-store-commit", 2, 3),
    ],
)
def test_a_server_that_falls_over_in_between(
    shop: Installation, harbour: Harbour, address: str, at: str, nth: int, code: int
) -> None:
    asked = shop.plan("erasure", 2, 4)
    untroubled = harbour.copy(shop)
    assert call(untroubled, call="erase", **named(asked)).code == 0
    ran = call(shop, call="erase", at=at, nth=nth, then="cut", address=address, **named(asked))
    assert ran.code == code, ran.out + ran.err
    if code:
        assert json.loads(ran.out)["code"] == "X902"
        assert shop.erase(asked, "--resume").code == 0
    assert shop.dump() == untroubled.dump() and records(shop) == records(untroubled)
    harbour.drop(untroubled)


def test_an_access_killed_between_two_people_is_answered_whole(shop: Installation) -> None:
    asked = shop.plan("access", 2, 4, 5)
    to = shop.data / "packages"
    assert call(shop, call="access", at="after-package", nth=2, then="kill", to=str(to), ask=asked["ask"]).code == KILLED
    assert len(list(to.iterdir())) == 2
    ran = call(shop, call="access", to=str(to), ask=asked["ask"])
    assert ran.code == 0, ran.out
    assert sorted(one.name for one in to.iterdir()) == [f"{asked['ask']}-000{n}" for n in (1, 2, 3)]
    assert len(json.loads(ran.out)["ledger"]) == 3
    assert not list((shop.data / "work").rglob("*.copy"))
    assert call(shop, call="access", to=str(to), ask=asked["ask"]).code == 1  # answered; asked again it is another ask


def test_an_access_killed_before_its_end_can_be_written_elsewhere(shop: Installation) -> None:
    asked = shop.plan("access", 2)
    assert call(shop, call="access", at="before-end", then="kill", to=str(shop.data / "a"), ask=asked["ask"]).code == KILLED
    assert call(shop, call="access", to=str(shop.data / "b"), ask=asked["ask"]).code == 0


# ---- several at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "nth"), [("before-store-commit", 1), ("before-store-commit", 2), ("after-store-commit", 2)])
def test_a_second_executor_is_not_let_in_and_disturbs_nothing(
    shop: Installation, harbour: Harbour, tmp_path: Path, at: str, nth: int
) -> None:
    asked = shop.plan("erasure", 2, 4)
    untroubled = harbour.copy(shop)
    assert call(untroubled, call="erase", **named(asked)).code == 0
    first = start(shop, call="erase", at=at, nth=nth, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    second = shop.erase(asked, "--resume")
    (tmp_path / "go").touch()
    ran = shop.process.wait(first)
    assert second.code == 4 and second.document["error"]["code"] == "X105"
    assert ran.code == 0, ran.out + ran.err
    assert shop.dump() == untroubled.dump() and records(shop) == records(untroubled)
    harbour.drop(untroubled)


def test_a_hold_that_arrives_during_a_chunk_waits_for_its_end(shop: Installation, tmp_path: Path) -> None:
    asked = shop.plan("erasure", 2)
    first = start(shop, call="erase", at="before-store-commit", nth=2, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    holding = start(shop, call="hold", ask=asked["ask"], place=str(tmp_path))
    wait_for(tmp_path / "asked")
    time.sleep(0.5)
    assert not (tmp_path / "accepted").exists()
    (tmp_path / "go").touch()
    assert shop.process.wait(holding).code == 0
    assert shop.process.wait(first).code == 0
    with psycopg.connect(shop.own) as connection:
        row = connection.execute("SELECT (SELECT max(at) FROM chunk) < clock_timestamp(), count(*) FROM hold").fetchone()
    assert row == (True, 1)


def test_a_hold_that_arrives_between_plan_and_erasure_stops_it_and_is_heeded_by_the_next_plan(
    shop: Installation, tmp_path: Path
) -> None:
    asked, before = shop.plan("erasure", 2), shop.dump()
    assert call(shop, call="hold", ask=asked["ask"], place=str(tmp_path)).code == 0
    ran = shop.erase(asked)
    assert ran.code == 1 and ran.document["stores"][0]["code"] == "X207"
    assert shop.dump() == before

    again = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]), "--json").document
    assert again["plan"] != asked["plan"]
    held = {one["place"]: one["rows"] for one in again["steps"] if one["action"].startswith("hold") and one["rows"]}
    assert held["shop.orders"] == 2
    assert shop.erase(asked).code == 1  # the plan that was shown first is no longer the ask's
    assert shop.erase(again).code == 0
    orders = [row for row in shop.dump()["shop.orders"] if row[1] == 2]
    assert [row[2] for row in orders] == ["book-0002-1", "book-0002-2"]


def test_a_hold_between_two_chunks_stops_the_second_and_the_first_stays_done(shop: Installation, tmp_path: Path) -> None:
    asked = shop.plan("erasure", 2)
    first = start(shop, call="erase", at="after-done", nth=1, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    assert call(shop, call="hold", ask=asked["ask"], place=str(tmp_path)).code == 0
    (tmp_path / "go").touch()
    ran = shop.process.wait(first)
    assert ran.code == 1 and [one.get("code") for one in json.loads(ran.out)["stores"]] == [None, "X207"]
    again = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]), "--json").document
    assert shop.erase(again).code == 1  # it was begun
    assert shop.erase(again, "--resume").code == 0
    assert [row[2] for row in shop.dump()["shop.orders"] if row[1] == 2] == ["book-0002-1", "book-0002-2"]


def test_a_hold_that_arrives_before_settling_keeps_what_writers_brought_in_meanwhile(
    shop: Installation, tmp_path: Path
) -> None:
    asked = shop.plan("erasure", 2)
    first = start(shop, call="erase", at="before-settling", then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    with psycopg.connect(shop.shop) as connection:
        connection.execute("INSERT INTO orders VALUES (9001, 2, 'book-0002-9', '2026-01-05')")
    assert call(shop, call="hold", ask=asked["ask"], place=str(tmp_path)).code == 0
    (tmp_path / "go").touch()
    ran = shop.process.wait(first)
    assert ran.code == 1 and "X207" in ran.out
    again = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]), "--json").document
    assert shop.erase(again, "--resume").code == 0
    assert [row[2] for row in shop.dump()["shop.orders"] if row[1] == 2] == ["book-0002-9"]


def test_a_restriction_between_two_chunks_suspends_the_second_until_it_is_lifted(shop: Installation, tmp_path: Path) -> None:
    asked, before = shop.plan("erasure", 2), shop.dump()
    first = start(shop, call="erase", at="after-done", then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    with psycopg.connect(shop.own) as connection:
        [(ref,)] = connection.execute("SELECT subject FROM ask_subject WHERE ask = %s", [asked["ask"]]).fetchall()
        restrict(connection, ref, "accuracy-contested", datetime.now(UTC))
    (tmp_path / "go").touch()
    ran = shop.process.wait(first)
    assert ran.code == 1 and [one.get("code") for one in json.loads(ran.out)["stores"]] == [None, "X258"]
    assert shop.dump()["shop.customers"] == before["shop.customers"]
    with psycopg.connect(shop.own) as connection:
        assert lift_restriction(connection, ref, datetime.now(UTC))
    assert shop.erase(asked, "--resume").code == 0


def test_a_restriction_that_arrives_during_a_chunk_waits_for_its_end(shop: Installation, tmp_path: Path) -> None:
    asked = shop.plan("erasure", 2)
    first = start(shop, call="erase", at="before-store-commit", nth=2, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    with psycopg.connect(shop.own) as connection:
        [(ref,)] = connection.execute("SELECT subject FROM ask_subject WHERE ask = %s", [asked["ask"]]).fetchall()
        connection.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            restrict(connection, ref, "accuracy-contested", datetime.now(UTC))
    (tmp_path / "go").touch()
    assert shop.process.wait(first).code == 0


# ---- time -----------------------------------------------------------------------------------------------------------------


def test_a_plan_that_was_shown_more_than_seven_days_ago_is_shown_again(shop: Installation) -> None:
    asked, before = shop.plan("erasure", 2), shop.dump()
    late = call(shop, call="erase", days=8, **named(asked))
    assert late.code == 1 and json.loads(late.out)["code"] == "L203"
    assert shop.dump() == before
    assert call(shop, call="erase", days=6, **named(asked)).code == 0


def test_an_erasure_that_was_begun_goes_on_after_seven_days(shop: Installation) -> None:
    asked = shop.plan("erasure", 2)
    assert call(shop, call="erase", at="after-done", nth=1, then="kill", **named(asked)).code == KILLED
    assert call(shop, call="erase", days=8, resume=True, **named(asked)).code == 0
