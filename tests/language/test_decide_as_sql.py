"""The predicate beside deciding, where the random programs do not reach: versions, supplements, groups, needs of names."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from tests.language.fact_views import citing, passing
from tests.language.made_programs import any_of, choice, fact, flow, needs, program, promise, record, when
from upheld.language.promises import as_sql, decide, fact_columns
from upheld.language.promises.facts import BIRTH_DATE, column_of, until_column, version_given
from upheld.language.promises.model import Age, Definition, Facts, Flow, Kind, Known, Name, NoticeVersion, Program, Record

OLD, NEW = date(2026, 1, 1), date(2026, 5, 1)
USE = flow("use", "email", for_="service")
SERVES = promise("u.1", "may", "use", "email", scope=[any_of("for", "service")])
JUNIORS = Name(Kind.GROUP, "juniors")


def _agrees(made: Program, asked: Flow, people: list[tuple[Facts, frozenset[Record]]]) -> set[int]:
    with closing(sqlite3.connect(":memory:")) as connection:
        found = passing(connection, as_sql(made, asked, "sqlite"), fact_columns(made), people)
    assert found == {
        number for number, (facts, filed) in enumerate(people) if decide(made, citing(asked, filed), facts).allowed
    }
    return found


def test_versions_given_and_later_ones_are_one_predicate() -> None:
    notices = [NoticeVersion("harbour", "Harbour", "en", day, day, "harbour", (), ()) for day in (OLD, NEW)]
    made = program(
        promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), when("old")], version=OLD),
        promise("u.5", "may", "use", "email", scope=[any_of("for", "service"), when("new")], version=NEW),
        notices=notices,
    )
    days = (None, OLD, NEW, date(2025, 1, 1), date(2027, 1, 1))
    people = [
        ({version_given("harbour"): day, fact("old"): old, fact("new"): new}, frozenset())
        for day, old, new in product(days, (True, False, None), (True, False))
    ]
    assert len(_agrees(made, USE, people)) == 9
    assert _agrees(made, replace(USE, at=USE.at.replace(month=2)), people)


@pytest.mark.parametrize("prevails", [True, False])
def test_supplements_are_one_predicate(prevails: bool) -> None:
    base = NoticeVersion("harbour", "Harbour", "en", OLD, OLD, "harbour", (), ())
    extra = replace(base, notice="harbour-juniors", supplements="harbour", covers=(Known("of", JUNIORS),), prevails=prevails)
    made = program(
        SERVES,
        promise("j.1", "may", "use", "email", scope=[any_of("for", "homework")], notice="harbour-juniors"),
        promise("j.2", "never", "use", "email", scope=[when("blocked")], notice="harbour-juniors"),
        notices=[base, extra],
    )
    people = [
        ({JUNIORS: member, fact("blocked"): blocked}, frozenset())
        for member, blocked in product((True, False, None), (True, False, None))
    ]
    assert _agrees(made, USE, people)
    _agrees(made, flow("use", "email", for_="homework"), people)


def test_groups_with_tests_and_ages_are_computed_in_the_predicate() -> None:
    define = [Definition(JUNIORS, frozenset({JUNIORS}), tests=(Age(below=16), Known("when", fact("age-known"))))]
    made = program(SERVES, promise("u.2", "never", "use", "email", scope=[Known("of", JUNIORS)]), define=define)
    people = [
        ({BIRTH_DATE: born, fact("age-known"): known}, frozenset())
        for born, known in product((None, date(2010, 6, 15), date(2010, 6, 16), date(1980, 1, 1)), (True, False, None))
    ]
    assert 0 < len(_agrees(made, USE, people)) < len(people)
    assert column_of(JUNIORS) not in {each.column for each in fact_columns(made)}


def test_records_with_groups_and_needs_are_exists_over_the_records() -> None:
    proof, contract, order = (Name(Kind.RECORD, each) for each in ("proof", "contract", "order"))
    service = Name(Kind.PURPOSE, "service")
    define = [
        Definition(proof, frozenset({contract, order})),
        Definition(contract, frozenset({contract}), {"needs": (Name(Kind.RECORD, "approver"),)}),
        Definition(service, frozenset({service}), {"needs": (Name(Kind.RECORD, "assessment"),)}),
    ]
    made = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), needs("proof")]), define=define)
    kinds = ("order", "contract", "approver", "assessment", "proof")
    people = [
        ({}, frozenset(record(kind) for kind, there in zip(kinds, filed, strict=True) if there))
        for filed in product((True, False), repeat=5)
    ]
    assert len(_agrees(made, USE, people)) == 10


def test_a_flow_that_cannot_be_decided_is_false_for_everybody() -> None:
    assert as_sql(program(SERVES), flow("use", "shoe-size", for_="service"), "sqlite").sql == "FALSE"
    assert as_sql(program(SERVES), replace(USE, keys={}), "postgresql").sql == "FALSE"


def test_what_the_keys_settle_folds_away() -> None:
    assert as_sql(program(SERVES), USE, "sqlite") == as_sql(program(SERVES), USE, "postgresql")
    assert as_sql(program(SERVES), USE, "sqlite").sql == "TRUE"
    news = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), choice("news")]))
    predicate = as_sql(news, USE, "postgresql")
    assert "purpose" not in predicate.sql and "%(" in predicate.sql
    assert list(predicate.params.values()) == [date(2026, 6, 15)]


def test_no_value_stands_in_the_text_of_a_predicate() -> None:
    made = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), needs("invoice"), Age(least=16)]))
    predicate = as_sql(made, USE, "postgresql")
    assert "invoice" not in predicate.sql and "2010" not in predicate.sql
    assert {"invoice", date(2010, 6, 15), 16} <= set(predicate.params.values())


def test_a_moment_without_a_zone_is_served_by_records_without_an_end_alone() -> None:
    made = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), needs("invoice")]))
    noon = USE.at.replace(tzinfo=None)
    ends = USE.at.replace(year=2030)
    people = [({}, frozenset({record("invoice")})), ({}, frozenset({record("invoice", expires=ends)}))]
    assert _agrees(made, replace(USE, at=noon), people) == {0}


def test_columns_have_room_in_postgresql_and_never_meet() -> None:
    long = [Name(Kind.CHOICE, "a-very-long-name-" * 6 + end) for end in ("one", "two")]
    assert all(len(until_column(each).encode()) <= 63 for each in long)
    assert len({column_of(each) for each in long}) == 2
    assert column_of(Name(Kind.FACT, "account-open")) == "fact_account_open"
    assert column_of(BIRTH_DATE) == "birth_date"
