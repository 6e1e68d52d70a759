"""The two dates of an erasure: unreachable at the commit, overwritten after `upheld compact`; the promised day between them is a duty."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest

from tests.cli.harbour import Installation
from upheld.engine.stores import StoreFault
from upheld.faces.app.backups.compacting import Compacted


def erased(shop: Installation, person: int) -> tuple[dict[str, object], dict[str, object]]:
    asked = shop.plan("erasure", person)
    ran = shop.erase(asked)
    assert ran.code == 0, ran.out + ran.err
    return asked, dict(ran.document)


def test_an_answer_has_one_date_and_after_compact_both(shop: Installation) -> None:
    asked, answer = erased(shop, 4)
    assert answer["unreachable_since"] and answer["overwritten_since"] is None
    assert [(one["store"], one["overwritten_since"]) for one in answer["overwriting"]] == [("letters", None), ("shop", None)]  # type: ignore[attr-defined]
    one = shop.upheld("compact", str(shop.folder), "letters", "--json")
    assert one.code == 0 and [s["store"] for s in one.document["stores"]] == ["letters"]
    half = shop.erase(asked).document
    assert half["overwritten_since"] is None and {o["store"]: bool(o["overwritten_since"]) for o in half["overwriting"]} == {
        "letters": True,
        "shop": False,
    }
    rest = shop.upheld("compact", str(shop.folder), "--json")
    assert rest.code == 0 and rest.document["open"] == []
    assert shop.erase(asked).document["overwritten_since"] is not None
    again = shop.upheld("compact", str(shop.folder))
    assert again.code == 0 and "Nothing waits" in again.out
    with psycopg.connect(shop.owner) as connection:
        row = connection.execute(
            "SELECT count(*) FROM ledger_leaf WHERE leaf::jsonb ->> 'event' = 'overwriting:store:done'"
        ).fetchone()
    assert row == (2,)


def test_a_store_in_which_somebody_still_sees_the_rows_stays_open_and_the_other_is_done(shop: Installation) -> None:
    with psycopg.connect(shop.shop) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM pg_class").fetchone()
        erased(shop, 6)
        ran = shop.upheld("compact", str(shop.folder), "--json")
    assert ran.code == 4
    assert {s["store"]: s["code"] for s in ran.document["stores"]} == {"letters": None, "shop": "X509"}
    assert [duty["store"] for duty in ran.document["open"]] == ["shop"]
    assert shop.upheld("compact", str(shop.folder)).code == 0


@pytest.fixture
def promising(shop: Installation) -> Iterator[Installation]:
    """The bookshop with a promise of overwriting within 30 days, whose letters are compacted after each erasure."""
    folder = shop.data / "firm"
    shutil.copytree(shop.folder, folder)
    change(folder / "notice.md", "then: erase\n", "then: erase\noverwritten-within: 30 days\n")
    change(folder / "estate" / "letters.yaml", "kind: primary\n", "kind: primary\ncompact: after-erasure\n")
    yield replace(shop, folder=folder)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, file.name
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_promise_of_overwriting_is_a_duty_with_a_day_and_a_store_may_be_done_at_once(promising: Installation) -> None:
    _, answer = erased(promising, 8)
    dates = {one["store"]: one for one in answer["overwriting"]}  # type: ignore[attr-defined]
    assert dates["letters"]["overwritten_since"] is not None
    assert dates["shop"]["overwritten_since"] is None
    assert dates["shop"]["due"] and dates["shop"]["clauses"]


def test_a_store_that_the_estate_does_not_know_is_refused(shop: Installation) -> None:
    ran = shop.upheld("compact", str(shop.folder), "nowhere", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (2, "X503")


def test_what_the_calendar_ended_waits_to_be_overwritten_too(shop: Installation) -> None:
    due = shop.upheld("retain", str(shop.folder), "--json")
    ran = shop.upheld("retain", str(shop.folder), "--plan", due.document["plan"], "--json")
    assert ran.code in (0, 1, 4), ran.out + ran.err
    done = shop.upheld("compact", str(shop.folder), "--json")
    assert done.code == 0 and {one["ask"] for s in done.document["stores"] for one in s["overwritten"]} == {due.document["ask"]}


def test_a_busy_store_is_compacted_again_and_no_ask_run_again() -> None:
    busy = StoreFault("X103", "letters (SQLITE_BUSY)", help="Run the ask again when the store is quieter.")
    [(code, _, _, remedy)] = Compacted({}, {"letters": 3}, {"letters": busy}, (), date(2026, 1, 15)).findings()
    assert code == "X103" and remedy.startswith("Compact again")
