"""A request becomes a case; events move it; what was said is sealed, and goes with its key."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from upheld.duties.requests import Received, RequestFault, by_link, details_of, note_event, open_request, queue_of, timeline
from upheld.duties.requests.cases import go_on, in_hand, looked_at
from upheld.duties.requests.details import purge
from upheld.duties.requests.tokens import issue, peek, revoke, use
from upheld.language.law import load_law
from upheld.records.keys import MasterKey, load_master
from upheld.records.own import OwnDatabase

LAW = load_law()
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ASKED = Received(
    notice="qualer",
    rights=("erasure",),
    regime="eu-gdpr",
    channel="web",
    received_at=NOON,
    clauses=("qualer.gdpr.8",),
    details={"name": "Ines Carvalho", "email": "ines@carvalho.example.test", "words": "Please erase my account."},
    unproven=("identity",),
    origin="form-1",
)


@pytest.fixture
def master(tmp_path: Path) -> MasterKey:
    return load_master(None, tmp_path / "master.key")


def opened(own: OwnDatabase, master: MasterKey, asked: Received = ASKED):
    with own.transaction() as connection:
        return open_request(connection, master, LAW, asked, NOON)


def moved(own: OwnDatabase, master: MasterKey, number: int, kind: str, at: datetime = NOON, note: str | None = None):
    with own.transaction() as connection:
        return note_event(connection, master, LAW, number, kind, at, note=note)


def test_a_case_bears_the_days_of_the_law(own: OwnDatabase, master: MasterKey) -> None:
    case = opened(own, master).case
    assert case.id == "R-0001"
    assert (case.state, case.answer_by, case.still) == ("identity", date(2026, 12, 2), False)


def test_the_shorter_period_of_the_notice_wins_and_the_longer_does_not(own: OwnDatabase, master: MasterKey) -> None:
    short = opened(own, master, replace(ASKED, origin="a", promised="10 days")).case
    long = opened(own, master, replace(ASKED, origin="b", promised="90 days")).case
    assert (short.answer_by, long.answer_by) == (date(2026, 11, 12), date(2026, 12, 2))


def test_the_same_form_opens_the_same_case_with_the_same_page(own: OwnDatabase, master: MasterKey) -> None:
    first, second = opened(own, master), opened(own, master)
    assert (first.again, second.again) == (False, True)
    assert first.case.number == second.case.number and first.link == second.link


def test_of_two_forms_at_once_one_opens_the_case(own: OwnDatabase, master: MasterKey) -> None:
    found, gate = [], threading.Barrier(2)

    def ask() -> None:
        gate.wait()
        found.append(opened(own, master))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.case.number for each in found}) == 1
    assert sorted(each.again for each in found) == [False, True]


def test_the_link_opens_the_case_and_any_other_opens_nothing(own: OwnDatabase, master: MasterKey) -> None:
    made = opened(own, master)
    with own.connection() as connection:
        assert by_link(connection, made.link) == made.case
        assert by_link(connection, made.link + "x") is None


def test_nothing_is_answered_that_waits_for_proof(own: OwnDatabase, master: MasterKey) -> None:
    case = opened(own, master).case
    with pytest.raises(RequestFault) as refused:
        moved(own, master, case.number, "answered")
    assert refused.value.code == "R102"
    with own.connection() as connection:
        assert [event.kind for event in timeline(connection, master, case.number)] == ["opened"]


def test_asking_for_identity_does_to_the_clock_what_the_regime_says(own: OwnDatabase, master: MasterKey) -> None:
    case = opened(own, master).case
    asked = moved(own, master, case.number, "identity-asked", NOON + timedelta(days=1))
    came = moved(own, master, case.number, "identity-received", NOON + timedelta(days=5))
    quiet = opened(own, master, replace(ASKED, origin="other", unproven=())).case
    assert (came.state, came.still) == ("ready", False)
    assert came.answer_by is not None and quiet.answer_by is not None and came.answer_by >= quiet.answer_by
    assert asked.still == (asked.answer_by is None)


def test_an_end_is_an_end(own: OwnDatabase, master: MasterKey) -> None:
    case = opened(own, master).case
    ended = moved(own, master, case.number, "withdrawn")
    assert (ended.state, ended.open) == ("withdrawn", False)
    with pytest.raises(RequestFault):
        moved(own, master, case.number, "planned")
    with own.connection() as connection:
        assert queue_of(connection) == () and len(queue_of(connection, ended=True)) == 1


def test_the_queue_shows_the_most_urgent_first_and_the_still_last(own: OwnDatabase, master: MasterKey) -> None:
    for name, promised in (("a", "20 days"), ("b", "5 days"), ("c", "")):
        opened(own, master, replace(ASKED, origin=name, promised=promised))
    with own.connection() as connection:
        days = [case.answer_by for case in queue_of(connection)]
    assert days == sorted(days)


def test_what_was_said_is_sealed_and_gone_with_its_key(own: OwnDatabase, master: MasterKey) -> None:
    case = opened(own, master).case
    moved(own, master, case.number, "note", note="She telephoned from Porto.")
    with own.transaction() as connection:
        assert details_of(connection, master, case.number)["name"] == "Ines Carvalho"
        raw = connection.execute("SELECT string_agg(t::text, ' ') FROM (SELECT request_event::text t FROM request_event UNION ALL "
                                 "SELECT request_detail::text FROM request_detail UNION ALL SELECT request::text FROM request UNION ALL "
                                 "SELECT ledger_leaf::text FROM ledger_leaf UNION ALL SELECT ledger_detail::text FROM ledger_detail UNION ALL "
                                 "SELECT args::text FROM procrastinate_jobs) x").fetchone()  # fmt: skip
        assert raw is not None and "Ines" not in raw[0] and "carvalho" not in raw[0] and "Porto" not in raw[0]
        assert purge(connection, case.number, NOON)
        assert details_of(connection, master, case.number) == {}
        assert [event.note for event in timeline(connection, master, case.number)] == [None, None]
        assert not purge(connection, case.number, NOON)


def test_a_token_opens_once_in_its_time_and_for_its_purpose(own: OwnDatabase, master: MasterKey) -> None:
    number = opened(own, master).case.number
    with own.transaction() as connection:
        token = issue(connection, number, "prove-email", NOON, NOON + timedelta(hours=1))
        assert peek(connection, token, "prove-email", NOON) == number
        assert use(connection, token, "download", NOON) is None
        assert use(connection, token, "prove-email", NOON + timedelta(hours=2)) is None
        assert use(connection, token, "prove-email", NOON) == number
        assert use(connection, token, "prove-email", NOON) is None
        older = issue(connection, number, "prove-email", NOON, NOON + timedelta(hours=1))
        revoke(connection, number, "prove-email", NOON)
        assert peek(connection, older, "prove-email", NOON) is None


def test_every_event_is_a_leaf_with_the_clauses_that_promise_it(own: OwnDatabase, master: MasterKey) -> None:
    number = opened(own, master).case.number
    moved(own, master, number, "identity-asked")
    with own.connection() as connection:
        leaves = [row[0] for row in connection.execute("SELECT leaf FROM ledger_leaf")]
    assert len(leaves) == 2 and all("qualer.gdpr.8" in leaf for leaf in leaves)
    assert any('"request:identity-asked"' in leaf for leaf in leaves)


def test_each_change_defers_the_job_that_goes_on_in_the_same_transaction(own: OwnDatabase, master: MasterKey) -> None:
    number = opened(own, master).case.number
    with pytest.raises(ZeroDivisionError), own.transaction() as connection:
        note_event(connection, master, LAW, number, "identity-asked", NOON)
        raise ZeroDivisionError
    with own.connection() as connection:
        rows = connection.execute("SELECT args, lock FROM procrastinate_jobs").fetchall()
    assert rows == [({"case": number}, f"case-{number}")]


def test_in_the_hand_of_its_own_job_a_case_defers_no_other(own: OwnDatabase, master: MasterKey) -> None:
    case, other = (opened(own, master, replace(ASKED, origin=origin)).case for origin in "ab")
    with own.connection() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    with in_hand(case.number) as hand:
        moved(own, master, case.number, "note")
        moved(own, master, other.number, "note")
        with own.transaction() as connection:
            go_on(connection, case.number, NOON)
    assert hand.noted == 1
    moved(own, master, case.number, "note")
    with own.connection() as connection:
        rows = connection.execute("SELECT task_name = 'continue-case', args FROM procrastinate_jobs ORDER BY id").fetchall()
    assert [(now, args["case"] if now else args["ids"]["case"]) for now, args in rows] == [
        (True, other.number), (False, case.number), (True, case.number),
    ]  # fmt: skip


def test_two_events_at_once_are_both_on_record_and_move_the_case_in_turn(own: OwnDatabase, master: MasterKey) -> None:
    case = opened(own, master, replace(ASKED, unproven=())).case
    with own.transaction() as connection:
        moved_on = note_event(connection, master, LAW, case.number, "approved", NOON, note="said", then="executed")
        found, happened = looked_at(connection, case.number)
        told = timeline(connection, master, case.number)
        leaves = connection.execute("SELECT count(DISTINCT leaf) FROM request_event").fetchone()
    assert moved_on == found and found.state == "recipients" and happened == {"opened", "approved", "executed"}
    assert [(event.kind, event.note) for event in told] == [("opened", None), ("approved", "said"), ("executed", None)]
    assert leaves == (3,)
    with pytest.raises(RequestFault), own.transaction() as connection:
        note_event(connection, master, LAW, case.number, "note", NOON, then="approved")


def test_names_of_cases_are_read_strictly() -> None:
    from upheld.duties.requests.model import case_number

    assert case_number("R-0017") == 17
    for wrong in ("17", "R-", "R-x", "A-0017", "R-" + "9" * 13, f"R-{os.sep}"):
        with pytest.raises(RequestFault) as fault:
            case_number(wrong)
        assert fault.value.code == "R101"
