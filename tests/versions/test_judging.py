"""A person is judged by the version that she was given, narrowed by every later one; what is newer waits until she was told, and agreed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.language.fact_views import citing, passing
from tests.language.generated_programs import Situation
from tests.language.made_programs import any_of, flow, program, promise, when
from tests.versions.mutations import two_versions
from upheld.language.promises import decide
from upheld.language.promises.facts import version_given
from upheld.language.promises.model import Definition, Facts, Kind, Name, NoticeVersion, Program
from upheld.language.promises.versions import as_sql_by, decide_by, fact_columns_by, in_order
from upheld.language.promises.versions.judging import agreed_to, told_of

CASES = int(os.environ.get("UPHELD_CASES", "40"))
random = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
DAYS = (date(2026, 1, 1), date(2026, 2, 1))
GIVEN = version_given("harbour")
PIPEDA = Name(Kind.REGIME, "ca-pipeda")


def versioned(made: Program, day: date, *regimes: Name) -> Program:
    version = NoticeVersion("harbour", "Harbour", "en", day, day, "harbour", regimes, made.notices[0].clauses)
    promises = tuple(replace(each, source=replace(each.source, version=day)) for each in made.promises)
    return replace(made, notices=(version,), promises=promises, digest=f"{made.digest} of {day}")


def standing(day: date | None, told: bool | None, yes: bool | None) -> Facts:
    found = {GIVEN: day, told_of("harbour", DAYS[1]): told, agreed_to("harbour", DAYS[1]): yes}
    return {name: value for name, value in found.items() if value is not None}


OLD = versioned(program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service")]), digest="old"), DAYS[0], PIPEDA)
NEW = versioned(
    program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service", "news")]), digest="new"), DAYS[1], PIPEDA
)
TOLD = promise("t.1", "will", "tell", "new-purpose", kind=Kind.TOPIC, blocks=Name(Kind.EVENT, "purpose-starts"),
               terms={"to": (Name(Kind.GROUP, "subject"),)})  # fmt: skip
NEWS = flow("use", "email", for_="news")


def test_a_new_purpose_waits_for_the_telling_and_where_law_asks_for_the_yes() -> None:
    plain = in_order([replace(one, notices=(replace(one.notices[0], regimes=()),)) for one in (OLD, NEW)])
    assert not decide_by(plain, NEWS, {}).allowed and not decide_by(plain, NEWS, {GIVEN: DAYS[0]}).allowed
    assert decide_by(plain, NEWS, {GIVEN: DAYS[1]}).allowed
    assert decide_by(plain, NEWS, standing(DAYS[0], True, None)).allowed
    asked = in_order([OLD, NEW])
    assert not decide_by(asked, NEWS, standing(DAYS[0], True, None)).allowed
    assert decide_by(asked, NEWS, standing(DAYS[0], True, True)).allowed
    assert not decide_by(asked, NEWS, standing(DAYS[0], None, True)).allowed
    assert decide_by(asked, NEWS, {**standing(DAYS[0], True, None), PIPEDA: False}).allowed


def test_what_waits_is_refused_with_the_telling_that_opens_it() -> None:
    told = versioned(program(*NEW.promises, TOLD, digest="told"), DAYS[1])
    refused = decide_by(in_order([OLD, told]), NEWS, {GIVEN: DAYS[0]})
    assert refused.reasons[0].code == "untold" and [one.promise for one in refused.duties] == ["harbour.t.1#1"]


def test_a_later_version_narrows_for_everybody_at_once() -> None:
    narrowed = in_order([NEW, versioned(replace(OLD, digest="later"), date(2026, 3, 1))])
    for facts in ({}, {GIVEN: DAYS[1]}, {GIVEN: date(2026, 3, 1)}):
        assert not decide_by(narrowed, NEWS, facts).allowed
        assert decide_by(narrowed, flow("use", "email", for_="service"), facts).allowed
    before = replace(NEWS, at=NEWS.at.replace(month=2, day=15))
    assert decide_by(narrowed, before, {}).allowed, "a version that is not in force yet judges nobody"


def test_a_word_means_what_it_meant_when_its_version_was_published() -> None:
    riders = Name(Kind.GROUP, "riders")
    both = [promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), when("riders", kind=Kind.GROUP)])]
    member = [Definition(riders, frozenset({riders}), tests=(when(fact),)) for fact in ("active", "listed")]
    versions = in_order([versioned(program(*both, define=[one], digest=f"d{at}"), DAYS[at]) for at, one in enumerate(member)])
    active, listed = (Name(Kind.FACT, each) for each in ("active", "listed"))
    serve = flow("use", "email", for_="service")
    assert not decide_by(versions, serve, {GIVEN: DAYS[0], listed: True, active: False}).allowed
    assert decide_by(versions, serve, {GIVEN: DAYS[0], listed: True, active: True}).allowed
    assert decide_by(versions, serve, {GIVEN: DAYS[1], listed: True, active: False}).allowed


def test_no_version_is_no_order() -> None:
    with pytest.raises(ValueError, match="no version"):
        in_order([])


PEOPLE = [standing(*each) for each in product((None, *DAYS), (True, False, None), (True, None))]


@random
@given(two_versions(2), st.booleans())
def test_the_predicate_holds_for_exactly_the_people_whose_flow_passes(
    made: tuple[Program, Program, tuple[Situation, ...]], asked: bool
) -> None:
    versions = in_order([versioned(one, day, *([PIPEDA] if asked else [])) for one, day in zip(made[:2], DAYS, strict=True)])
    for situation in made[2]:
        ((known, filed),) = situation.people
        people = [({**known, **each}, filed) for each in PEOPLE]
        with closing(sqlite3.connect(":memory:")) as connection:
            found = passing(connection, as_sql_by(versions, situation.flow, "sqlite"), fact_columns_by(versions), people)
        flow = citing(situation.flow, filed)
        passes = [decide_by(versions, flow, facts).allowed for facts, _ in people]
        assert found == {number for number, passed in enumerate(passes) if passed}
        old, new = (decide(each, flow, known).allowed for each in versions.programs)
        for (facts, _), passed in zip(people, passes, strict=True):
            assert not passed or new, "the newest judges everybody"
            assert passed or not (old and new)
            assert passed == new if facts.get(GIVEN) == DAYS[1] else True
            assert passed == (old and new) if not facts.keys() & {GIVEN, told_of("harbour", DAYS[1])} else True
            # Learning that she was told, or agreed, opens and never shuts.
            learnt = {**facts, told_of("harbour", DAYS[1]): True, agreed_to("harbour", DAYS[1]): True}
            assert not passed or decide_by(versions, flow, learnt).allowed
