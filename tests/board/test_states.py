"""States are computed, never said: what makes a clause kept, and each way in which it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.board import larkspur
from upheld.faces.board.model import Cause, Coverage, Evidence
from upheld.faces.board.states import states

KEPT = "larkspur.collect.1"


def judged(evidence, existing=larkspur.EXISTING, causes=(), signed=(), now=larkspur.NOW, verified=True):  # type: ignore[no-untyped-def]
    found = states(larkspur.program(), existing, evidence, causes, signed, now, verified)
    return {c.id: c for c in found}


def with_evidence(**changes):  # type: ignore[no-untyped-def]
    return tuple(replace(e, **changes) if e.control == "estate:classified" else e for e in larkspur.evidence())


def test_a_clause_whose_every_control_ran_freshly_is_kept() -> None:
    assert judged(larkspur.evidence())[KEPT].state == "kept"


def test_with_all_controls_removed_nothing_is_kept() -> None:
    found = judged(larkspur.evidence(), existing=frozenset())
    assert [c.id for c in found.values() if c.state == "kept"] == []
    # What only a person can show waits for the person; no control could exist for it.
    assert {i: c.state for i, c in found.items() if c.state not in ("unbound", "informs", "outside")} == {
        "larkspur.rights.2": "unproven"
    }


def test_without_evidence_nothing_is_kept() -> None:
    assert not [c for c in judged(()).values() if c.state == "kept"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exercised": 0}, "nothing to exercise"),
        ({"twin_red": None}, "twin did not go red"),
        ({"twin_red": larkspur.NOW - timedelta(days=8)}, "twin did not go red"),
        ({"bypasses": ("superuser",)}, "one way round it is not attested"),
        ({"coverage": Coverage(4, 5, "stores")}, "4 of 5 stores reached"),
        ({"outcome": "not run", "says": "the store shop is out of reach"}, "out of reach"),
        ({"at": larkspur.NOW - timedelta(days=2)}, "went stale"),
        ({"scope": frozenset({"larkspur.tell.2"})}, "has not run yet"),
    ],
)
def test_each_weakness_of_the_evidence_makes_it_unproven_and_says_why(changes, why) -> None:  # type: ignore[no-untyped-def]
    clause = judged(with_evidence(**changes))[KEPT]
    assert clause.state == "unproven"
    assert why in clause.margin


def test_evidence_goes_stale_by_the_clock_alone() -> None:
    later = larkspur.NOW + timedelta(days=2)
    assert judged(larkspur.evidence(), now=later)[KEPT].state == "unproven"


def test_the_promises_own_period_makes_evidence_stale_sooner() -> None:
    program = larkspur.program()
    hourly = tuple(
        replace(p, every=larkspur.Period(1, "hours")) if p.id.startswith("larkspur.keep.3") else p for p in program.promises
    )
    found = states(
        replace(program, promises=hourly),
        larkspur.EXISTING | {"store:absent:password"},
        larkspur.evidence(timedelta(hours=2)),
        (),
        (),
        larkspur.NOW,
    )
    assert {c.id: c.state for c in found}["larkspur.keep.3"] == "unproven"


def test_contrary_evidence_breaks_the_clause_and_never_goes_stale() -> None:
    broken = with_evidence(outcome="failed", says="7 live columns have no leaf")
    clause = judged(broken, now=larkspur.NOW + timedelta(days=400))[KEPT]
    assert clause.state == "broken"
    assert clause.finding is not None and "7 live columns" in clause.finding.text


def test_broken_returns_to_kept_only_through_a_closed_cause() -> None:
    opened = Cause("C-1", "estate:classified", frozenset(), larkspur.NOW - timedelta(days=1), "a column not classified")
    assert judged(larkspur.evidence(), causes=(opened,))[KEPT].state == "broken"
    closed = replace(opened, closed=larkspur.NOW, because="classified", by="an engineer")
    assert judged(larkspur.evidence(), causes=(closed,))[KEPT].state == "kept"


@pytest.mark.parametrize(
    "change", [{"outcome": "not run"}, {"exercised": 0}, {"twin_red": None}, {"at": larkspur.NOW - timedelta(days=400)}]
)
def test_an_open_cause_is_not_hidden_by_a_probe_that_cannot_run(change: dict[str, object]) -> None:
    opened = Cause("C-1", "estate:classified", frozenset(), larkspur.NOW - timedelta(days=1), "a column without a leaf")
    assert judged(with_evidence(**change), causes=(opened,))[KEPT].state == "broken"


def test_one_missing_control_of_three_leaves_it_unproven_and_counts_them() -> None:
    clause = judged(larkspur.evidence())["larkspur.keep.1"]
    assert clause.state == "unproven"
    assert clause.margin.startswith("1 of 4 controls ran.")


def test_an_attested_clause_is_attested_and_lapses() -> None:
    signed = larkspur.attestations()
    assert judged((), signed=signed)["larkspur.rights.2"].state == "attested"
    later = signed[0].until
    assert judged((), signed=signed, now=later)["larkspur.rights.2"].state == "unproven"


def test_an_attestation_cannot_hide_contrary_evidence() -> None:
    signed = (replace(larkspur.attestations()[0], clause=KEPT),)
    found = judged(with_evidence(outcome="failed"), signed=signed)
    assert found[KEPT].state == "broken"


def test_a_clause_that_informs_or_stands_outside_stays_so() -> None:
    found = judged(larkspur.evidence())
    assert found["larkspur.who.1"].state == "informs"
    assert found["larkspur.tell.6"].state == "outside"


def test_a_ledger_that_does_not_verify_leaves_nothing_kept() -> None:
    assert not [c for c in judged(larkspur.evidence(), verified=False).values() if c.state == "kept"]


def test_a_newer_failure_outweighs_an_older_success() -> None:
    newer = Evidence("estate:classified", "estate-classified/1", larkspur.NOW, 3, "failed", "count", says="worse now")
    assert judged((*larkspur.evidence(), newer))[KEPT].state == "broken"


def test_totals_list_all_seven_states() -> None:
    totals = larkspur.board().totals()
    assert list(totals) == ["kept", "unproven", "broken", "unbound", "informs", "attested", "outside"]
    assert sum(totals.values()) == 14
