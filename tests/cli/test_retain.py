"""`upheld retain`: what is past its date is shown, then ended as it was shown; nobody's name is in the proof."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from tests.cli.harbour import Installation, lines
from upheld.language.promises.model import Citation
from upheld.records.people.choices import restrict
from upheld.records.people.holds import Hold, accept_hold, end_hold


@pytest.fixture
def late(shop: Installation) -> Installation:
    """A bookshop in which two customers ordered for the last time long ago."""
    with psycopg.connect(shop.shop, autocommit=True) as connection:
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


def test_what_a_person_had_restricted_waits_until_it_is_lifted(late: Installation) -> None:
    asked = late.plan("access", 3)
    with psycopg.connect(late.own) as connection:
        connection.execute("UPDATE ask SET state = 'done'")
    shown = late.upheld("retain", str(late.folder), "--json").document
    with psycopg.connect(late.own) as connection:
        (ref,) = connection.execute("SELECT subject FROM ask_subject WHERE ask = %s", [asked["ask"]]).fetchall()[0]
        restrict(connection, ref, "claims", datetime(2026, 1, 15, tzinfo=UTC))
    before = late.dump()
    ran = late.upheld("retain", str(late.folder), "--plan", shown["plan"], "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "X207" and late.dump() == before, ran.out
    again = late.upheld("retain", str(late.folder), "--json").document
    assert late.upheld("retain", str(late.folder), "--plan", again["plan"], "--json").code == 0
    assert {row[1] for row in late.dump()["shop.orders"]} & {3, 4} == {3}


def test_a_plan_of_a_day_that_has_not_come_is_only_shown(late: Installation) -> None:
    shown = late.upheld("retain", str(late.folder), "--today", "2999-01-01", "--json")
    assert shown.document["rows"] > 0
    ran = late.upheld("retain", str(late.folder), "--plan", shown.document["plan"])
    assert ran.code == 1 and "X401" in ran.err
    assert late.upheld("retain", str(late.folder), "--today", "soon").code == 2


def test_rows_are_handed_over_only_where_somebody_said_to_which_folder(late: Installation) -> None:
    notice = late.folder / "notice.md"
    said = notice.read_text(encoding="utf-8")
    party = "define: city-archive\nis: party\nrole: recipient\n---\nmay retain: [name"
    notice.write_text(
        said.replace("may retain: [name", party, 1).replace(
            "then: erase\nwithin: 30 days", "then: hand-over\nto: city-archive\nwithin: 30 days", 1
        ),
        encoding="utf-8",
    )
    try:
        shown = late.upheld("retain", str(late.folder), "--json").document
        words = ("retain", str(late.folder), "--plan", shown["plan"], "--json")
        before, folder = late.dump(), late.data / "handed"
        refused = late.upheld(*words)
        assert refused.code == 1 and refused.document["error"]["code"] == "X405" and late.dump() == before
        nowhere = late.upheld(*words, "--hand-over-to", str(notice))
        assert nowhere.code == 1 and str(notice) in nowhere.document["error"]["detail"] and late.dump() == before, nowhere.out
        ran = late.upheld(*words, "--hand-over-to", str(folder))
    finally:
        notice.write_text(said, encoding="utf-8")
    assert ran.code == 0, ran.out + ran.err
    assert {one["party"] for one in ran.document["handed_over"]} == {"city-archive"}, (
        ran.document["ended"],
        ran.document["handed_over"],
        ran.err,
        list(folder.rglob("*")),
    )
    assert "shop-orders" in " ".join(one["file"] for one in ran.document["handed_over"])
    assert not [row for row in late.dump()["shop.orders"] if row[1] in (3, 4)]


def test_rows_to_review_are_listed_answered_by_somebody_and_end_with_the_next_run(late: Installation) -> None:
    notice = late.folder / "notice.md"
    said = notice.read_text(encoding="utf-8")
    notice.write_text(
        said.replace("then: erase\nwithin: 30 days", "then: review\nevery: 1 month\nwithin: 30 days", 1), encoding="utf-8"
    )
    ask = ("queue", str(late.folder), "--review", "shop.orders", "--json")
    try:
        shown = late.upheld(*ask)
        waiting = shown.document.get("waiting", ())
        assert len(waiting) == 4, shown.out + shown.err
        nobody = late.upheld(*ask, "--decide", "erase", "--because", "looked at")
        assert nobody.code == 2 and nobody.document["error"]["code"] == "X259"
        early = late.upheld(*ask, "--decide", "keep", "--until", "2020-01-01", "--by", "Ida", "--because", "a claim")
        assert early.code == 2 and early.document["error"]["code"] == "X422"
        nowhere = late.upheld("queue", str(late.folder), "--review", "shop.nothing", "--json")
        assert nowhere.code == 2 and nowhere.document["error"]["code"] == "X421"
        words = ("--by", "Ida", "--because", "a claim is open")
        assert (
            late.upheld(*ask, "--row", waiting[0].strip("[]"), "--decide", "keep", "--until", "2999-01-01", *words).document[
                "answered"
            ]
            == 1
        )
        assert late.upheld(*ask, "--decide", "erase", *words).document["answered"] == 3
        assert late.upheld(*ask).document["waiting"] == []
        plan = late.upheld("retain", str(late.folder), "--json").document["plan"]
        ran = late.upheld("retain", str(late.folder), "--plan", plan, "--json")
        assert ran.code == 0, ran.out + ran.err
    finally:
        notice.write_text(said, encoding="utf-8")
    # The lines of these orders wait for a review of their own, so the rows stay; what they say goes.
    assert len([row for row in late.dump()["shop.orders"] if row[1] in (3, 4) and row[2] is not None]) == 1
    assert late.upheld("verify").code == 0


def test_data_that_no_promise_covers_is_a_finding(late: Installation) -> None:
    ran = late.upheld("retain", str(late.folder), "--json")
    codes = {one["code"] for one in ran.document["findings"]}
    assert (ran.code == 1) == bool(codes)


def orders_past_their_date(firm: Installation) -> int:
    """How many orders the calendar would erase now."""
    shown = firm.upheld("retain", str(firm.folder), "--json").document
    return sum(one["rows"] for one in shown["steps"] if (one["place"], one["action"]) == ("shop.orders", "erase"))


def test_who_asked_for_a_copy_first_gets_it_before_anything_of_hers_ends(late: Installation) -> None:
    assert orders_past_their_date(late) == 4
    before = late.upheld("retain", str(late.folder), "--json").document["plan"]
    asked = late.plan("access", 3)
    assert orders_past_their_date(late) == 2
    stopped = late.upheld("retain", str(late.folder), "--plan", before)
    assert stopped.code == 1 and "X207" in stopped.err
    given = ("access", str(asked["ask"]), "--in", str(late.folder), "--to", str(late.data / "packages"), "--json")
    assert late.upheld(*given).code == 0
    assert orders_past_their_date(late) == 4


def test_what_a_case_holds_stays_until_the_hold_ends(late: Installation) -> None:
    late.plan("erasure", 3)  # by which she is known
    with psycopg.connect(late.own, autocommit=True) as connection:
        [(ref,)] = connection.execute("SELECT ref FROM person").fetchall()
        hold = Hold(
            "H-1", "dispute", "harbour.keep.2", Citation("GDPR", "17(3)(e)"), ("purchase",), date(2999, 1, 1), frozenset({ref})
        )
        connection.execute("DELETE FROM ask_subject")
        with connection.transaction():
            accept_hold(connection, hold, datetime.now(UTC))
        assert orders_past_their_date(late) == 2
        with connection.transaction():
            end_hold(connection, "H-1", datetime.now(UTC))
    assert orders_past_their_date(late) == 4


@pytest.fixture
def edited(late: Installation, tmp_path: Path) -> Path:
    """The firm's folder once more, with a text that keeps everything ten times as long under a later date."""
    folder = tmp_path / "edited"
    shutil.copytree(late.folder, folder)
    text = (folder / "notice.md").read_text(encoding="utf-8")
    text = text.replace("2026-01-15", "2026-01-16").replace("customer-history: 3 years", "customer-history: 30 years")
    (folder / "notice.md").write_text(text, encoding="utf-8")
    return folder


def test_a_plan_keeps_what_is_published_and_in_force_and_names_it(late: Installation, edited: Path, tmp_path: Path) -> None:
    assert late.upheld("retain", str(edited), "--json").document["rows"] == 0, "nothing is published: the folder's text counts"
    assert late.upheld("publish", str(late.folder), "--to", str(tmp_path / "pages")).code == 0
    shown = late.upheld("retain", str(edited), "--json").document
    assert shown["version"] == "harbour 1" and shown["rows"] > 0
    said = " ".join(late.upheld("retain", str(edited)).out.split())
    assert "promises of version 1 of harbour. The folder's text is another one" in said
    asked = late.upheld("plan", str(edited), "--ask", "erasure", "--subject", "-", "--json", stdin=lines(3)).document
    assert asked["version"] == "harbour 1"
    ran = late.upheld("publish", str(edited), "--to", str(tmp_path / "pages"), "--because", "We keep longer.")
    assert ran.code == 0, ran.out + ran.err
    shown = late.upheld("retain", str(edited), "--json").document
    assert (shown["version"], shown["rows"]) == ("harbour 2", 0)


def test_an_estate_that_fits_another_text_than_the_one_in_force_is_refused(
    late: Installation, edited: Path, tmp_path: Path
) -> None:
    assert late.upheld("publish", str(late.folder), "--to", str(tmp_path / "pages")).code == 0
    for file in (edited / "notice.md", *(edited / "estate").glob("*.yaml")):
        file.write_text(file.read_text(encoding="utf-8").replace("invoice-detail", "bill-detail"), encoding="utf-8")
    ran = late.upheld("retain", str(edited), "--json")
    assert (ran.code, ran.document["error"]["code"]) == (1, "X123"), ran.out
    assert "harbour 1" in ran.document["error"]["detail"]
