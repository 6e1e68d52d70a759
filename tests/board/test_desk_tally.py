"""Trials of a control become evidence of the clauses all of whose promises were tried, and of no other."""

from __future__ import annotations

from dataclasses import replace

from upheld.faces.board.probes import ProbeContext
from upheld.faces.board.probes.context import NO_POST
from upheld.faces.board.probes.desk.tally import Tally, evidence_of

LETTER, CLOCK = "channel:letter", "clock:respond"
GIVEN = frozenset({LETTER, CLOCK})


def test_a_clause_is_claimed_only_where_its_promise_was_tried(firm: ProbeContext) -> None:
    tally = Tally()
    tally.note(LETTER, "qualer.gdpr.9#1", True, "")
    (found,) = evidence_of(firm, tally, "desk/1", GIVEN)
    assert (found.outcome, found.scope, found.exercised) == ("held", {"qualer.gdpr.9"}, 1)
    assert found.says.endswith("1 trial by an invented person came out as promised")


def test_one_trial_that_came_out_otherwise_is_contrary_evidence_of_its_clause_alone(firm: ProbeContext) -> None:
    tally = Tally()
    for promise in ("qualer.gdpr.9#1", "qualer.gdpr.8#1"):
        tally.note(CLOCK, promise, True, "")
    tally.note(CLOCK, "qualer.gdpr.8#1", False, "it may be answered too late")
    found = {one.outcome: one for one in evidence_of(firm, tally, "desk/1", GIVEN)}
    assert found["failed"].scope == {"qualer.gdpr.8"} and found["failed"].says == "it may be answered too late"
    assert found["held"].scope == {"qualer.gdpr.9"}


def test_what_the_world_lacks_is_not_run_and_says_why(firm: ProbeContext) -> None:
    tally = Tally()
    tally.note(CLOCK, "qualer.gdpr.9#1", True, "")
    tally.lacks("channel:email", "qualer.gdpr.9#1", NO_POST)
    (found,) = evidence_of(firm, tally, "desk/1", frozenset({"channel:email"}))
    assert (found.outcome, found.exercised, found.says) == ("not run", 0, NO_POST)
    assert replace(firm).post() == NO_POST, "without a setting there is no mailbox"
