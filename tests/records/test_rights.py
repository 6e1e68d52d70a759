"""Restriction, objection, dispute, statement and review: what gates are told from the moment on, for one person and for everybody at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from tests.language.fact_views import passing
from tests.language.made_programs import any_of, flow, program, promise, when
from upheld.engine.execution.package.own_rows import own_tables
from upheld.language.promises import as_sql, decide, fact_columns
from upheld.language.promises.model import Facts
from upheld.records import ledger, people
from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase
from upheld.records.people.choices import record_objection, restrict
from upheld.records.people.facts import facts_of_many
from upheld.records.people.identities import Known, forget
from upheld.records.people.rights import (
    RightsFault,
    announce_lifting,
    end_dispute,
    lift,
    mark_disputed,
    objections_of,
    record_statement,
    restrictions_of,
    weigh,
    withdraw_statement,
)
from upheld.records.people.rights.carrying import carry_identifier
from upheld.records.people.rights.restrictions import due_liftings
from upheld.records.people.rights.reviews import close_review, open_review, opened_reviews, reviews_waiting
from upheld.records.people.rights.statements import opened_statements
from upheld.records.people.suppression import suppress, suppressed_among

MASTER = MasterKey(bytes(range(32)))
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
LATER = NOW + timedelta(days=2)
OLD, NEW = ("email/1", "ada@example.test"), ("email/1", "ada@new.example.test")
NOTICE = program(
    promise("u.1", "may", "use", "email", "name", scope=[any_of("for", "service", "marketing")]),
    promise("u.2", "never", "use", "email", "name", scope=[when("restricted")]),
    promise("u.3", "never", "use", "email", "name", scope=[any_of("for", "marketing"), when("opted-out")]),
    promise("u.4", "never", "use", "email", "name", scope=[when("objected")]),
    promise("u.5", "never", "use", "name", scope=[when("disputed-name")]),
)


@pytest.fixture
def known(own: OwnDatabase) -> list[str]:
    with own.transaction() as connection:
        ledger.begin(connection, MASTER, "ledger.example.test/north", NOW)
        return people.enrol(
            connection, MASTER, [Known("customer", (OLD,), "signed in"), Known("customer", (), "signed in")], NOW
        )


def may_use(
    connection: psycopg.Connection, refs: list[str], purpose: str = "service", data: str = "email", today: date = TODAY
) -> list[bool]:
    """For whom this use is allowed on this day: asked of each alone and of all as one predicate, which agree."""
    facts = facts_of_many(connection, refs, today, [purpose], [data])
    asked = replace(flow("use", data, for_=purpose), at=datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
    alone = [decide(NOTICE, asked, facts[ref]).allowed for ref in refs]
    views: list[tuple[Facts, frozenset]] = [(facts[ref], frozenset()) for ref in refs]  # type: ignore[type-arg]
    with closing(sqlite3.connect(":memory:")) as together:
        found = passing(together, as_sql(NOTICE, asked, "sqlite"), fact_columns(NOTICE), views)
    assert [number in found for number in range(len(refs))] == alone
    return alone


def test_a_restriction_closes_every_gate_at_once_and_is_lifted_only_after_the_person_was_told(
    own: OwnDatabase, known: list[str]
) -> None:
    ada, _ = known
    with own.transaction() as connection:
        assert may_use(connection, known) == [True, True]
        restrict(connection, ada, "accuracy-contested", NOW)
        assert may_use(connection, known) == [False, True]
        with pytest.raises(RightsFault, match="R211"):
            lift(connection, ada, "accuracy-contested", LATER)
        announce_lifting(connection, ada, "accuracy-contested", "email", NOW)
        with pytest.raises(RightsFault, match="R211"):
            lift(connection, ada, "accuracy-contested", NOW)
        assert may_use(connection, known) == [False, True], "told is not lifted"
        assert lift(connection, ada, "accuracy-contested", LATER) == 1
        assert may_use(connection, known) == [True, True]
        with pytest.raises(RightsFault, match="R212"):
            announce_lifting(connection, ada, "accuracy-contested", "email", LATER)
        assert [one.announced_how for one in restrictions_of(connection, ada, standing=False)] == ["email"]


def test_where_she_asked_anew_since_nothing_is_due_and_others_are(own: OwnDatabase, known: list[str]) -> None:
    ada, ben = known
    with own.transaction() as connection:
        for ref in known:
            restrict(connection, ref, "accuracy-contested", NOW)
            announce_lifting(connection, ref, "accuracy-contested", "email", NOW, lift_on=TODAY)
        assert due_liftings(connection, TODAY) == ((ada, "accuracy-contested"), (ben, "accuracy-contested"))
        restrict(connection, ada, "accuracy-contested", NOW, data=["name"])
        assert due_liftings(connection, TODAY) == ((ben, "accuracy-contested"),), "what comes due is never refused"
        announce_lifting(connection, ada, "accuracy-contested", "email", NOW, lift_on=TODAY)
        assert [lift(connection, *one, LATER) for one in due_liftings(connection, TODAY)] == [2, 1]


def test_a_restriction_of_one_purpose_or_of_some_data_leaves_the_rest(own: OwnDatabase, known: list[str]) -> None:
    ada, ben = known
    with own.transaction() as connection:
        restrict(connection, ada, "unlawful", NOW, purposes=["marketing"])
        restrict(connection, ben, "unlawful", NOW, data=["name"])
        assert may_use(connection, known, "marketing") == [False, True]
        assert may_use(connection, known, "service") == [True, True]
        assert may_use(connection, known, "service", "name") == [True, False]
        assert all(facts_of_many(connection, known, TODAY)[ref][key] for ref in known for key in fact_columns_of("restricted"))


def fact_columns_of(word: str) -> list:  # type: ignore[type-arg]
    return [one.fact for one in fact_columns(NOTICE) if one.fact.id == word]


def test_an_objection_suspends_is_weighed_and_what_a_contract_excepts_ends_by_itself(
    own: OwnDatabase, known: list[str]
) -> None:
    ada, ben = known
    ends = date(2026, 3, 1)
    with own.transaction() as connection:
        for ref in known:
            record_objection(connection, ref, "service", NOW)
        assert may_use(connection, known) == [False, False]
        assert may_use(connection, known, "marketing") == [True, True], "another purpose"
        weigh(connection, ada, "service", "excepted", "staff:7", NOW, until=ends, cites="contract 4.2")
        weigh(connection, ben, "service", "dismissed", "staff:7", NOW)
        assert may_use(connection, known) == [True, True]
        assert may_use(connection, known, today=ends) == [False, True], "the contract is over"
        assert [one.counts(ends) for one in objections_of(connection, ada)] == [True]
        record_objection(connection, ben, "service", LATER)
        weigh(connection, ben, "service", "upheld", "staff:7", LATER)
        assert may_use(connection, known, today=date(2030, 1, 1)) == [False, False]
        with pytest.raises(RightsFault, match="R223"):
            weigh(connection, ada, "service", "excepted", "staff:7", NOW, until=TODAY, cites="contract 4.2")
        with pytest.raises(RightsFault, match="R222"):
            weigh(connection, ada, "statistics", "upheld", "staff:7", NOW)


def test_an_objection_to_direct_marketing_is_absolute(own: OwnDatabase, known: list[str]) -> None:
    ada, _ = known
    with own.transaction() as connection:
        record_objection(connection, ada, "direct-marketing", NOW)
        assert may_use(connection, known, "marketing") == [False, True]
        assert may_use(connection, known, "service") == [True, True]
        with pytest.raises(RightsFault, match="R221"):
            weigh(connection, ada, "direct-marketing", "dismissed", "staff:7", NOW)


def test_disputed_data_is_marked_until_it_is_decided(own: OwnDatabase, known: list[str]) -> None:
    ada, _ = known
    with own.transaction() as connection:
        assert mark_disputed(connection, ada, "name", NOW) and not mark_disputed(connection, ada, "name", NOW)
        assert may_use(connection, known, "service", "name") == [False, True] and may_use(connection, known) == [True, True]
        assert end_dispute(connection, ada, "name", "stays", LATER) and not end_dispute(connection, ada, "name", "stays", LATER)


def test_a_statement_is_sealed_shown_to_her_and_goes_with_her(own: OwnDatabase, known: list[str]) -> None:
    ada, _ = known
    words = "The mark of 2019 was given under another examiner."
    with own.transaction() as connection:
        serial = record_statement(connection, MASTER, ada, "grade", words, NOW)
        assert [row[1:3] for row in opened_statements(connection, MASTER, known)] == [("grade", words)]
        row = connection.execute("SELECT words FROM person_statement").fetchone()
        assert row is not None and words.encode() not in row[0]
        assert withdraw_statement(connection, ada, serial, LATER) and not withdraw_statement(connection, ada, serial, LATER)
        assert forget(connection, [ada], LATER) == 1 and opened_statements(connection, MASTER, known) == []


def test_what_a_machine_proposed_is_decided_by_a_person_once(own: OwnDatabase, known: list[str]) -> None:
    ada, _ = known
    with own.transaction() as connection:
        id = open_review(connection, MASTER, ada, "credit-limit", "refuse", NOW)
        assert [(one.id, one.proposed) for one in reviews_waiting(connection, MASTER)] == [(id, "refuse")]
        close_review(connection, MASTER, id, "grant 500", "staff:7", LATER)
        assert reviews_waiting(connection, MASTER) == ()
        with pytest.raises(RightsFault, match="R233"):
            close_review(connection, MASTER, id, "refuse", "staff:7", LATER)
        assert [row[1:4] + row[5:6] for row in opened_reviews(connection, MASTER, [ada])] == [
            (id, "credit-limit", "refuse", "grant 500")
        ]


def test_a_corrected_address_carries_what_keeps_us_from_writing_to_her(own: OwnDatabase, known: list[str]) -> None:
    ada, _ = known
    with own.transaction() as connection:
        suppress(connection, MASTER, [OLD], "direct-marketing", NOW)
        for _ in range(2):
            carry_identifier(connection, MASTER, ada, OLD, NEW, LATER)
        assert people.find_subjects(connection, MASTER, [OLD, NEW]) == {NEW: frozenset({ada})}
        assert suppressed_among(connection, MASTER, [OLD, NEW], "direct-marketing") == {OLD, NEW}


def test_her_answer_shows_what_she_disputes_says_and_had_restricted_and_who_decided_stays_out(
    own: OwnDatabase, known: list[str]
) -> None:
    ada, ben = known
    with own.transaction() as connection:
        mark_disputed(connection, ada, "grade", NOW)
        record_statement(connection, MASTER, ada, "grade", "Another examiner.", NOW)
        restrict(connection, ada, "unlawful", NOW, purposes=["marketing"])
        record_objection(connection, ada, "service", NOW)
        weigh(connection, ada, "service", "excepted", "staff:77", NOW, until=date(2026, 3, 1), cites="contract 4.2")
        close_review(
            connection, MASTER, open_review(connection, MASTER, ada, "credit-limit", "refuse", NOW), "grant", "staff:77", LATER
        )
        found = {
            one.table: [dict(zip([c.name for c in one.columns], row, strict=True)) for row in one.rows]
            for one in own_tables(connection, MASTER, [ada])[ada]
        }
        assert found["person_dispute"][0]["about"] == "grade" and found["person_statement"][0]["words"] == "Another examiner."
        assert found["person_restriction"][0]["purposes"] == "marketing"
        assert found["person_objection"][0]["excepted_by"] == "contract 4.2"
        assert (found["decision_review"][0]["proposed"], found["decision_review"][0]["decided"]) == ("refuse", "grant")
        assert "staff:77" not in repr({name: rows for name, rows in found.items() if name != "ledger_detail"})
        assert not any(
            one.table.startswith("person_") and one.table != "person_identity"
            for one in own_tables(connection, MASTER, [ben])[ben]
        )
