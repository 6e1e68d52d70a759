"""Days are watched, refusals take two, what lacks is asked back, and what is over is destroyed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.desk.conftest import Desked
from tests.desk.test_thin_path import asked, letters, token_in
from upheld.duties.incidents import close_incident, incidents
from upheld.duties.requests import Case, RequestFault, details_of, timeline
from upheld.faces.app.desk.keeping import purge_ended, watch


def proven(desked: Desked, right: str, number: int) -> Case:
    desk = desked.desk
    case = desk.open(asked(desked, right, desked.email(number))).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    return desk.case(case.number)


def kinds(desked: Desked, number: int) -> list[str]:
    with desked.desk.own.connection() as connection:
        return [event.kind for event in timeline(connection, desked.desk.master, number)]


def test_a_refusal_names_law_reasons_and_authority_and_takes_two(desked: Desked) -> None:
    desk, case = desked.desk, proven(desked, "objection", 4)
    ground = sorted(desk.grounds(case.number, "objection"))[0]
    with pytest.raises(RequestFault) as refused:
        desk.propose_refusal(case.number, "objection", "because-we-say-so", "No.", "staff:1")
    assert refused.value.code == "R123"
    desk.propose_refusal(case.number, "objection", ground, "The contract with you needs it.", "staff:1")
    with pytest.raises(RequestFault) as same:
        desk.confirm_refusal(case.number, "objection", "staff:1")
    assert same.value.code == "R121"
    ended = desk.confirm_refusal(case.number, "objection", "staff:2")
    assert ended.state == "refused"
    kind, text = letters(desked, case.id)[-1]
    assert kind == "refusal"
    assert "The contract with you needs it." in text and desk.grounds(case.number, "objection")[ground] in text
    assert "Data Protection Commission" in text


def test_more_time_is_told_with_its_reason_and_only_once(desked: Desked) -> None:
    desk, case = desked.desk, proven(desked, "objection", 6)
    before = case.answer_by
    after = desk.extend(case.number, "The request is complex.", "staff:1").answer_by
    assert before is not None and after is not None and after > before
    assert letters(desked, case.id)[-1][0] == "extension"
    with pytest.raises(RequestFault) as refused:
        desk.extend(case.number, "It is still complex.", "staff:1")
    assert refused.value.code == "R122"


def test_what_the_notice_wants_and_lacks_is_asked_back_and_completes(desked: Desked) -> None:
    desk = desked.desk
    bare = replace(asked(desked, "objection", ""), details={"words": "Stop."})
    case = desk.open(bare).case
    desked.work()
    # Qualer's notice wants nothing said; who gives no address gets paper, and is asked for papers instead of a link.
    assert desk.case(case.number).state == "identity"
    assert [kind for kind, _ in letters(desked, case.id)] == ["acknowledgement", "more-identity"]
    desk.complete(case.number, {"email": desked.email(7)})
    assert desk.link_again(case.number)


def test_a_day_that_comes_near_is_warned_of_and_one_that_is_missed_is_an_incident(desked: Desked) -> None:
    desk, case = desked.desk, proven(desked, "objection", 8)
    began = desked.clock.at
    try:
        assert case.answer_by is not None
        desked.clock.forward(days=(case.answer_by - began.date()).days - 2)
        watch(desk)
        watch(desk)
        assert kinds(desked, case.number).count("warned") == 1
        desked.clock.forward(days=3)
        watch(desk)
        watch(desk)
        assert kinds(desked, case.number).count("late") == 1
        with desk.own.transaction() as connection:
            found = [one for one in incidents(connection) if one.about == case.id]
            assert [one.kind for one in found] == ["missed-deadline"]
            with pytest.raises(ValueError, match="cause"):
                close_incident(connection, found[0].number, " ", "staff:1", desk.now)
            assert close_incident(connection, found[0].number, "Nobody was there.", "staff:1", desk.now)
            assert not close_incident(connection, found[0].number, "Again.", "staff:1", desk.now)
        watch(desk)
        with desk.own.connection() as connection:
            assert not [one for one in incidents(connection) if one.about == case.id]
    finally:
        desked.clock.at = began


def test_what_was_said_goes_when_the_days_are_over_and_the_line_stays(desked: Desked) -> None:
    desk, case = desked.desk, proven(desked, "objection", 9)
    desk.withdraw(case.number)
    with desk.own.connection() as connection:
        connection.execute("UPDATE letter SET state = 'posted' WHERE state IN ('queued', 'to-post', 'waiting')")
    began = desked.clock.at
    try:
        desked.clock.forward(days=desk.policy.kept_days + 1)
        assert purge_ended(desk) >= 1
        with desk.own.connection() as connection:
            assert details_of(connection, desk.master, case.number) == {}
        stays = desk.case(case.number)
        assert stays.purged_at is not None and stays.rights == ("objection",)
        assert purge_ended(desk) == 0
    finally:
        desked.clock.at = began


def test_who_was_asked_and_says_nothing_is_reminded_once_by_a_letter(desked: Desked) -> None:
    desk = desked.desk
    case = desk.open(asked(desked, "objection", desked.email(10))).case
    desked.work()
    began = desked.clock.at
    try:
        desked.clock.forward(days=desk.policy.reminder_days)
        before = len(letters(desked, case.id))
        watch(desk)
        desked.work()
        watch(desk)
        desked.work()
        sent = letters(desked, case.id)
        assert [kind for kind, _ in sent[before:]] == ["prove-email"]
        assert kinds(desked, case.number).count("reminded") == 1
        assert desk.proves(token_in(sent[-1][1], "prove")) and not desk.proves(token_in(sent[0][1], "prove"))
    finally:
        desked.clock.at = began
