"""People: facts by opaque ref, holds that are never lost, tombstones and suppressions that name nobody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from tests import searching
from upheld.language.promises.model import Citation, Kind, Name
from upheld.records import ledger, people
from upheld.records.keys import MasterKey
from upheld.records.keys.hashing import hash_keys
from upheld.records.own import OwnDatabase
from upheld.records.people import Choice, Erased, Hold, graves
from upheld.records.people.choices import Age, end_objection, lift_restriction, record_age, record_fact, restrict
from upheld.records.people.decisions import part, record_merge
from upheld.records.people.facts import AGE_KNOWN, HOLD_OPEN, OBJECTED, objected_to
from upheld.records.people.holds import end_hold, ensure_guards, holds_on
from upheld.records.people.identities import Known, alone_enrolling, forget, identities_of
from upheld.records.people.suppression import rotate_suppression, suppress, suppressed_among
from upheld.records.people.tombstones import erased_since, let_tombstones_die

MASTER = MasterKey(bytes(range(32)))
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
ADA = ("email/1", "ada.quillfeather@example.test")
BEN = ("email/1", "ben.thistledown@example.test")
NEWSLETTER = Name(Kind.CHOICE, "newsletter")


@pytest.fixture
def ada(own: OwnDatabase) -> str:
    with own.transaction() as connection:
        return people.enrol(connection, MASTER, [Known("customer", (ADA, ("key:shop.customers", "17")), "signed in")], NOW)[0]


def test_a_person_is_found_by_any_verified_identifier(own: OwnDatabase, ada: str) -> None:
    with own.connection() as connection:
        found = people.find_subjects(connection, MASTER, [ADA, ("key:shop.customers", "17"), BEN])
        assert found == {ADA: frozenset({ada}), ("key:shop.customers", "17"): frozenset({ada})}
        assert set(identities_of(connection, MASTER, [ada])[ada]) == {ADA, ("key:shop.customers", "17")}


def test_an_identifier_of_two_people_answers_with_both(own: OwnDatabase, ada: str) -> None:
    with own.connection() as connection:
        other = people.enrol(connection, MASTER, [Known("customer", (ADA,), "letter")], NOW)[0]
        assert people.find_subjects(connection, MASTER, [ADA])[ADA] == {ada, other}


def test_two_asks_of_one_person_at_the_same_moment_enrol_her_once(own: OwnDatabase) -> None:
    def ask(_: int) -> None:
        with own.transaction() as connection:
            alone_enrolling(connection)
            if not people.find_subjects(connection, MASTER, [ADA]):
                people.enrol(connection, MASTER, [Known("customer", (ADA,), "ask")], NOW)

    with ThreadPoolExecutor(4) as asks:
        list(asks.map(ask, range(4)))
    with own.connection() as connection:
        assert len(people.find_subjects(connection, MASTER, [ADA])[ADA]) == 1


def test_no_identifier_lies_readable_anywhere(own: OwnDatabase, ada: str) -> None:
    with own.connection() as connection:
        people.bury(connection, MASTER, [Erased("shop", "customer", *ADA)], NOW)
        suppress(connection, MASTER, [ADA], "everything", NOW)
        assert searching.in_database(connection, [ADA[1]]) == []


def test_the_latest_answer_to_a_choice_counts_and_history_stays(own: OwnDatabase, ada: str) -> None:
    with own.transaction() as connection:
        for days, answer in enumerate((True, False, True)):
            given = Choice(
                ada, "newsletter", answer, NOW + timedelta(days=days), date(2026, 1, 1), "preference-centre", ("north.mail.1",)
            )
            people.record_choice(connection, given)
            assert people.facts_of(connection, ada, TODAY)[NEWSLETTER] is answer
        assert connection.execute("SELECT count(*) FROM person_choice").fetchone() == (3,)


def test_a_yes_that_ends_is_given_to_decisions_with_its_day(own: OwnDatabase, ada: str) -> None:
    with own.transaction() as connection:
        until = date(2026, 7, 1)
        people.record_choice(connection, Choice(ada, "newsletter", True, NOW, date(2026, 1, 1), "form", until=until))
        assert people.facts_of(connection, ada, TODAY)[NEWSLETTER] == until


def test_a_choice_never_answered_is_unknown_but_an_objection_never_made_is_none(own: OwnDatabase, ada: str) -> None:
    with own.connection() as connection:
        facts = people.facts_of(connection, ada, TODAY)
    assert NEWSLETTER not in facts
    assert facts[OBJECTED] is False and facts[HOLD_OPEN] is False and facts[Name(Kind.FACT, "restricted")] is False


def test_objections_and_restrictions_stand_until_ended(own: OwnDatabase, ada: str) -> None:
    with own.transaction() as connection:
        people.record_objection(connection, ada, "direct-marketing", NOW)
        restrict(connection, ada, "accuracy-contested", NOW)
        facts = people.facts_of(connection, ada, TODAY)
        assert facts[OBJECTED] is True and facts[objected_to("direct-marketing")] is True
        assert facts[Name(Kind.FACT, "restricted")] is True
        assert end_objection(connection, ada, "direct-marketing", NOW) and not end_objection(
            connection, ada, "direct-marketing", NOW
        )
        assert lift_restriction(connection, ada, NOW) and not lift_restriction(connection, ada, NOW)
        facts = people.facts_of(connection, ada, TODAY)
        assert facts[OBJECTED] is False and facts[Name(Kind.FACT, "restricted")] is False


def test_age_is_known_from_a_birth_date_or_a_band(own: OwnDatabase, ada: str) -> None:
    with own.transaction() as connection:
        assert AGE_KNOWN not in people.facts_of(connection, ada, TODAY)
        record_age(connection, Age(ada, NOW, "declared", least=16))
        assert people.facts_of(connection, ada, TODAY)[Name(Kind.FACT, "age-least")] == 16
        record_age(connection, Age(ada, NOW, "document", born=date(2001, 2, 28)))
        facts = people.facts_of(connection, ada, TODAY)
        assert facts[Name(Kind.FACT, "birth-date")] == date(2001, 2, 28)
        assert facts[AGE_KNOWN] is True and Name(Kind.FACT, "age-least") not in facts


def test_of_what_was_said_under_two_names_the_more_protective_counts_until_they_are_parted(own: OwnDatabase, ada: str) -> None:
    """The refs of one merged person answer alike, whichever is asked; a stranger's words change nothing."""
    told = Name(Kind.FACT, "told-breach-known")
    with own.transaction() as connection:
        other, stranger = people.enrol(
            connection,
            MASTER,
            [Known("customer", (("email/1", f"{name}@example.test"),), "ask") for name in ("other", "stranger")],
            NOW,
        )
        for ref, choice, answer, until in (
            (ada, "newsletter", True, None), (other, "newsletter", False, None), (ada, "club", True, date(2027, 1, 1)),
            (other, "club", True, date(2026, 9, 1)), (ada, "survey", True, None), (stranger, "survey", False, None), (stranger, "club", False, None),
        ):  # fmt: skip
            people.record_choice(connection, Choice(ref, choice, answer, NOW, date(2026, 1, 1), "form", until=until))
        people.record_objection(connection, other, "direct-marketing", NOW)
        people.record_objection(connection, stranger, "profiling", NOW)
        restrict(connection, other, "accuracy-contested", NOW)
        record_age(connection, Age(ada, NOW, "declared", least=18))
        record_age(connection, Age(other, NOW, "declared", least=13, below=16))
        record_fact(connection, ada, told, True, NOW)
        record_fact(connection, other, told, False, NOW)
        apart = people.facts_of(connection, ada, TODAY)
        number = record_merge(
            connection,
            MASTER,
            ada,
            [("shop.customers", "[1]"), ("shop.customers", "[2]")],
            [("root", "x", "[1]")],
            "Iris",
            NOW,
            [other],
        )
        one, same = (people.facts_of(connection, ref, TODAY) for ref in (ada, other))
        assert one == same
        choices = {name.id: value for name, value in one.items() if name.kind is Kind.CHOICE}
        assert choices == {"newsletter": False, "club": date(2026, 9, 1), "survey": True}
        assert one[OBJECTED] is True and one[objected_to("direct-marketing")] is True and objected_to("profiling") not in one
        assert one[Name(Kind.FACT, "restricted")] is True and one[Name(Kind.FACT, "age-least")] == 13
        assert told not in one, "what contradicts is unknown, and unknown refuses"
        assert part(connection, number, "Iris", NOW)
        assert people.facts_of(connection, ada, TODAY) == apart
        assert people.facts_of(connection, stranger, TODAY)[Name(Kind.CHOICE, "survey")] is False


def test_who_was_merged_is_forgotten_under_both_names(own: OwnDatabase, ada: str) -> None:
    with own.transaction() as connection:
        other, stranger = people.enrol(
            connection,
            MASTER,
            [Known("customer", (("email/1", f"{name}@example.test"),), "ask") for name in ("other", "stranger")],
            NOW,
        )
        for ref in (ada, other, stranger):
            people.record_choice(connection, Choice(ref, "newsletter", True, NOW, date(2026, 1, 1), "form"))
        record_merge(connection, MASTER, ada, [("shop.customers", "[1]")], [("root", "x", "[1]")], "Iris", NOW, [other])
        assert forget(connection, [ada], NOW) == 2
        assert connection.execute("SELECT ref FROM person").fetchall() == [(stranger,)]
        assert connection.execute("SELECT subject FROM person_choice").fetchall() == [(stranger,)]


def test_named_facts_are_truths_or_days(own: OwnDatabase, ada: str) -> None:
    told, version = Name(Kind.FACT, "told-breach-known"), Name(Kind.FACT, "version-given-north")
    with own.transaction() as connection:
        record_fact(connection, ada, told, True, NOW)
        record_fact(connection, ada, version, date(2026, 1, 1), NOW)
        record_fact(connection, ada, told, False, NOW)
        facts = people.facts_of(connection, ada, TODAY)
    assert facts[told] is False and facts[version] == date(2026, 1, 1)


def test_what_a_person_does_is_in_the_ledger_without_the_person(own: OwnDatabase, ada: str) -> None:
    with own.transaction() as connection:
        people.record_choice(connection, Choice(ada, "newsletter", True, NOW, date(2026, 1, 1), "form", ("north.mail.1",)))
        people.record_objection(connection, ada, "direct-marketing", NOW)
        leaves = connection.execute("SELECT leaf FROM ledger_leaf").fetchall()
    assert len(leaves) == 2
    assert all(ada not in leaf and "newsletter" not in leaf for (leaf,) in leaves)


def test_a_forgotten_person_leaves_no_row_and_the_ledger_stands(own: OwnDatabase, ada: str) -> None:
    with own.connection() as connection:
        ledger.begin(connection, MASTER, "ledger.example.test/north", NOW)
    with own.transaction() as connection:
        people.record_choice(connection, Choice(ada, "newsletter", True, NOW, date(2026, 1, 1), "form"))
        record_age(connection, Age(ada, NOW, "document", born=date(2001, 2, 28)))
        assert forget(connection, [ada]) == 1
    with own.connection() as connection:
        assert searching.in_database(connection, [ada]) == []
        ledger.sequence(connection, MASTER, NOW)
        assert ledger.verify_tables(connection).findings == ()


# ---- holds -----------------------------------------------------------------------------------------------------------


def a_hold(id: str, *subjects: str, until: date = date(2027, 1, 1)) -> Hold:
    return Hold(id, "legal-claims", "north.keep.9", Citation("GDPR", "17(3)(e)"), ("invoice",), until, frozenset(subjects))


def test_a_hold_is_seen_until_its_day_or_its_end(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        people.accept_hold(connection, a_hold("H-0001", "s1", "s2"), NOW)
        assert people.guard(connection, ["s2", "s3"], TODAY) == (a_hold("H-0001", "s2"),)
        assert people.facts_of(connection, "s2", TODAY)[HOLD_OPEN] is True
        assert holds_on(connection, ["s2"], date(2027, 1, 1)) == ()
        assert end_hold(connection, "H-0001", NOW) and not end_hold(connection, "H-0001", NOW)
        assert holds_on(connection, ["s2"], TODAY) == ()


def test_a_hold_that_arrives_while_a_chunk_runs_waits_for_its_commit(own: OwnDatabase) -> None:
    accepted = threading.Event()

    def accept() -> None:
        with own.transaction() as connection:
            people.accept_hold(connection, a_hold("H-0002", "s1"), NOW)
        accepted.set()

    with ThreadPoolExecutor(1) as another:
        with own.transaction() as chunk:
            assert people.guard(chunk, ["s1"], TODAY) == ()
            arriving = another.submit(accept)
            assert not accepted.wait(0.3)
        arriving.result(60)
    assert accepted.is_set()


def test_a_chunk_that_starts_while_a_hold_is_accepted_sees_it(own: OwnDatabase) -> None:
    seen: list[tuple[Hold, ...]] = []

    def run_chunk() -> None:
        with own.transaction() as connection:
            seen.append(people.guard(connection, ["s1"], TODAY))

    with ThreadPoolExecutor(1) as another:
        with own.transaction() as accepting:
            people.accept_hold(accepting, a_hold("H-0003", "s1"), NOW)
            chunk = another.submit(run_chunk)
            assert not chunk.done()
        chunk.result(60)
    assert [hold.id for hold in seen[0]] == ["H-0003"]


def test_two_chunks_may_guard_the_same_person_together(own: OwnDatabase) -> None:
    with own.transaction() as binding:
        ensure_guards(binding, ["s1", "s2"])
    with own.transaction() as one, own.transaction() as two:
        for connection in (one, two):
            connection.execute("SET LOCAL lock_timeout = '2s'")
        assert people.guard(one, ["s1", "s2"], TODAY) == people.guard(two, ["s2", "s1"], TODAY) == ()


# ---- tombstones ------------------------------------------------------------------------------------------------------


def test_a_tombstone_says_where_and_when_and_only_for_its_identifier(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        people.bury(connection, MASTER, [Erased("shop", "customer", *ADA), Erased("web", "customer", *ADA)], NOW)
        assert people.was_erased(connection, MASTER, "customer", *ADA) == (("shop", NOW), ("web", NOW))
        assert people.was_erased(connection, MASTER, "customer", *BEN) == ()
        assert people.was_erased(connection, MASTER, "employee", *ADA) == ()


def test_every_living_epoch_is_asked(own: OwnDatabase) -> None:
    later = NOW + timedelta(days=200)
    with own.transaction() as connection:
        people.bury(connection, MASTER, [Erased("shop", "customer", *ADA)], NOW)
        people.bury(connection, MASTER, [Erased("shop", "customer", *BEN)], later)
        assert set(hash_keys(connection, MASTER, "tombstone")) == {"2026-Q1", "2026-Q3"}
        assert people.was_erased(connection, MASTER, "customer", *ADA) == (("shop", NOW),)


def test_erasing_twice_keeps_the_later_date(own: OwnDatabase) -> None:
    again = NOW + timedelta(days=3)
    with own.transaction() as connection:
        for at in (again, NOW):
            people.bury(connection, MASTER, [Erased("shop", "customer", *ADA)], at)
        assert people.was_erased(connection, MASTER, "customer", *ADA) == (("shop", again),)


def test_replay_takes_only_what_was_erased_after_the_backup(own: OwnDatabase) -> None:
    ada, ben = Erased("shop", "customer", *ADA), Erased("shop", "customer", *BEN)
    with own.transaction() as connection:
        people.bury(connection, MASTER, [ada], NOW)
        people.bury(connection, MASTER, [ben], NOW + timedelta(days=100))
        assert erased_since(connection, MASTER, [ada, ben], NOW + timedelta(days=1)) == [ben]
        assert erased_since(connection, MASTER, [ada, ben], NOW - timedelta(days=1)) == [ada, ben]
        elsewhere = Erased("web", "customer", *BEN)
        assert erased_since(connection, MASTER, [elsewhere], NOW) == []


@pytest.mark.parametrize("remembered", [graves.REMEMBERED, 0])
def test_an_identity_that_many_rows_bear_is_found_in_each(
    own: OwnDatabase, monkeypatch: pytest.MonkeyPatch, remembered: int
) -> None:
    monkeypatch.setattr(graves, "REMEMBERED", remembered)
    blocks = [
        ((1, 2, 3), ("ada@example.test", "ben@example.test", None)),
        ((4, 5), ("ben@example.test", "ada@example.test")),
        ((6, 7), ("ada@example.test", "ada@example.test")),
    ]
    with own.transaction() as connection:
        people.bury(connection, MASTER, [Erased("shop", "customer", "email/1", "ada@example.test")], NOW)
        found = graves.Graves(connection, MASTER, "shop", NOW - timedelta(days=1))
        read = [
            hit for some in found.among((rows, [("customer", "email/1", column)]) for rows, column in blocks) for hit in some
        ]
    named = frozenset({("customer", "email/1", "ada@example.test")})
    assert read == [(1, named), (5, named), (6, named), (7, named)] and found.looked_at == 6


def test_tombstones_die_with_the_oldest_backup_and_their_key_with_them(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        people.bury(connection, MASTER, [Erased("shop", "customer", *ADA)], NOW)
        assert let_tombstones_die(connection, NOW + timedelta(days=120)) == 1
        assert people.was_erased(connection, MASTER, "customer", *ADA) == ()
        assert hash_keys(connection, MASTER, "tombstone") == {}


# ---- suppression -----------------------------------------------------------------------------------------------------


def test_a_suppression_covers_its_message_and_everything_covers_all(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        assert suppressed_among(connection, MASTER, [ADA, BEN], "newsletter") == frozenset()
        suppress(connection, MASTER, [ADA], "newsletter", NOW)
        suppress(connection, MASTER, [BEN], "everything", NOW)
        assert suppressed_among(connection, MASTER, [ADA, BEN], "newsletter") == {ADA, BEN}
        assert suppressed_among(connection, MASTER, [ADA, BEN], "offers") == {BEN}


def test_rotation_keeps_every_suppression_and_the_first_key_alone_tests_nothing(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        suppress(connection, MASTER, [ADA], "newsletter", NOW)
        before = connection.execute("SELECT hash FROM suppression").fetchall()
        assert rotate_suppression(connection, MASTER, NOW + timedelta(days=1)) == 1
        assert rotate_suppression(connection, MASTER, NOW + timedelta(days=2)) == 1
        suppress(connection, MASTER, [ADA, BEN], "newsletter", NOW)
        assert suppressed_among(connection, MASTER, [ADA, BEN], "newsletter") == {ADA, BEN}
        after = connection.execute("SELECT hash FROM suppression").fetchall()
        assert len(after) == 2 and not set(before) & set(after)


def test_a_rotation_never_lets_a_suppressed_person_through(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        suppress(connection, MASTER, [ADA], "newsletter", NOW)
    ended = threading.Event()

    def rotate() -> None:
        for days in range(20):
            with own.transaction() as connection:
                rotate_suppression(connection, MASTER, NOW + timedelta(days=days))
        ended.set()

    with ThreadPoolExecutor(1) as another:
        rotating = another.submit(rotate)
        with own.connection() as connection:
            while not ended.is_set():
                assert suppressed_among(connection, MASTER, [ADA], "newsletter") == {ADA}
        rotating.result(60)


def test_who_is_under_a_hold_stays_findable_when_forgotten_and_goes_when_it_ends(own: OwnDatabase, ada: str) -> None:
    hold = Hold("H-9", "dispute", "shop.hold.1", Citation("GDPR", "17(3)(e)"), ("invoice",), date(2027, 1, 1), frozenset({ada}))
    with own.transaction() as connection:
        people.record_objection(connection, ada, "direct-marketing", NOW)
        people.accept_hold(connection, hold, NOW)
        assert forget(connection, [ada], NOW) == 0
        assert people.find_subjects(connection, MASTER, [ADA]) == {ADA: frozenset({ada})}
        assert connection.execute("SELECT count(*) FROM person_objection").fetchone() == (0,)
        end_hold(connection, "H-9", NOW)
        assert forget(connection, [], NOW) == 1
        assert people.find_subjects(connection, MASTER, [ADA]) == {}
