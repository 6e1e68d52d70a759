"""What was published judges people: through the library, the command and the facts on record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.versions.conftest import Clock, Notice
from upheld.faces.app import App, NotNow
from upheld.language.promises.facts import version_given
from upheld.language.promises.model import Flow, Kind, Name
from upheld.language.promises.versions import decide_by
from upheld.language.promises.versions.judging import WAITS, told_of
from upheld.records import people
from upheld.records.people.choices import record_fact
from upheld.records.people.identities import Known

TOLD = "told-harbour-2026-05-01=yes"


@pytest.fixture
def published(app: App, notice: Notice) -> Path:
    """A notice whose second version has a purpose more; the first is the text that people were given."""
    assert app.publish(notice.written()).fresh
    text, block = notice.clauses["use.1"]
    notice.clauses["use.1"] = (f"{text} And to write to you.", block.replace("for: service\n", "for: [service, letters]\n"))
    notice.clauses["use.2"] = ("Letters are letters.", "define: letters\nis: purpose")
    assert app.publish(notice.dated("2026-05-01").written()).registered.number == 2
    return notice.folder


def passes(app: App, folder: Path, purpose: str, *facts: str) -> bool:
    return app.decide(folder, "use", ["name"], [f"for={purpose}"], list(facts), [], published=True).allowed


def test_a_later_purpose_is_shut_until_the_person_was_told(app: App, published: Path) -> None:
    assert not passes(app, published, "letters", "version-given=2026-03-01")
    assert not passes(app, published, "letters")
    assert passes(app, published, "letters", "version-given=2026-03-01", TOLD)
    assert passes(app, published, "letters", "version-given=2026-05-01")
    assert passes(app, published, "service", "version-given=2026-03-01")
    refused = app.decide(published, "use", ["name"], ["for=letters"], ["version-given=2026-03-01"], [], published=True)
    assert refused.text.startswith(WAITS) and "By the version of 2026-03-01" in refused.text
    assert refused.as_json()["reasons"][0]["code"] == "untold"


def test_the_text_at_hand_decides_where_nobody_asks_for_what_was_published(app: App, published: Path) -> None:
    assert app.decide(published, "use", ["name"], ["for=letters"], [], []).allowed


def test_the_facts_on_record_judge(app: App, published: Path, clock: Clock) -> None:
    with app.own.transaction() as connection:
        (ref,) = people.enrol(
            connection, app.master, [Known("customer", (("email/1", "zq@example.test"),), "signed in")], clock()
        )
        record_fact(connection, ref, version_given("harbour"), date(2026, 3, 1), clock())
    versions = app.judged_by("harbour")
    flow = _letters(clock)
    with app.own.connection() as connection:
        assert not decide_by(versions, flow, people.facts_of(connection, ref, clock.today)).allowed
    with app.own.transaction() as connection:
        record_fact(connection, ref, told_of("harbour", date(2026, 5, 1)), True, clock())
    with app.own.connection() as connection:
        assert decide_by(versions, flow, people.facts_of(connection, ref, clock.today)).allowed
    assert app.judged_by("harbour") is versions


def _letters(clock: Clock) -> Flow:
    keys = {"for": frozenset({Name(Kind.PURPOSE, "letters")})}
    return Flow("use", frozenset({Name(Kind.DATA, "name")}), keys, "ada", clock())


def test_nobody_is_judged_by_a_notice_that_was_never_published(app: App, notice: Notice) -> None:
    with pytest.raises(NotNow, match="V313"):
        app.decide(notice.written(), "use", ["name"], ["for=service"], [], [], published=True)
