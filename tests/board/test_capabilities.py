"""What the software is able to do, on the board: green comes from controls that ran, and from nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.board import larkspur
from upheld.faces.app import Exit
from upheld.faces.board.capabilities import capabilities, judge_capabilities, proving
from upheld.faces.board.model import Capability, CapabilityState, Coverage, Evidence
from upheld.faces.cli.proof import exit_of

MISSION = Path(__file__).resolve().parents[3] / "shared" / "mission" / "CAPABILITIES.md"
LAW = Capability("C901", "a clock", ("law:clock", "ledger:integrity"))
EXISTING = frozenset({"law:clock", "ledger:integrity"})


def found(control: str, **more: object) -> Evidence:
    given = {"outcome": "held", "twin_red": larkspur.NOW, "coverage": Coverage(1, 1, "things"), **more}
    return Evidence(control, "a/1", larkspur.NOW, 1, canary="count", **given)  # type: ignore[arg-type]


def state(
    *evidence: Evidence, existing: frozenset[str] = EXISTING, verified: bool = True, later: timedelta = timedelta()
) -> str:
    (one,) = judge_capabilities([LAW], larkspur.program(), existing, evidence, (), larkspur.NOW + later, verified)
    return one.state


def test_a_capability_is_proven_only_while_every_control_ran_and_held() -> None:
    both = found("law:clock"), found("ledger:integrity")
    assert state(*both) == "proven"
    assert state(both[0]) == "unproven"
    assert state(*both, later=timedelta(days=40)) == "unproven"
    assert state(both[0], found("ledger:integrity", twin_red=None)) == "unproven"
    assert state(*both, verified=False) == "unproven"


def test_one_control_that_failed_breaks_it_and_one_that_does_not_exist_leaves_it_not_built() -> None:
    assert state(found("law:clock", outcome="failed"), found("ledger:integrity")) == "broken"
    assert state(found("law:clock"), found("ledger:integrity"), existing=frozenset({"law:clock"})) == "not built"
    assert state(existing=frozenset()) == "not built"


def test_every_control_of_the_register_is_named_like_a_control_and_once_a_capability() -> None:
    for one in capabilities():
        assert len(set(one.controls)) == len(one.controls)
        assert all(re.fullmatch(r"[a-z-]+(:[a-z0-9-]+)+", control) for control in one.controls)
    assert proving()


def test_the_register_has_every_number_of_the_mission() -> None:
    if not MISSION.is_file():
        pytest.skip("the mission's pages are not here")
    wanted = re.findall(r"^- \*\*(C\d{3}) ", MISSION.read_text("utf-8"), re.MULTILINE)
    assert [one.id for one in capabilities()] == wanted


def test_a_broken_capability_ends_the_command_as_a_broken_clause_does() -> None:
    whole = replace(larkspur.board(), clauses=(), capabilities=(CapabilityState(LAW, "proven"),))
    assert exit_of(whole, strict=True) is Exit.WELL
    assert exit_of(replace(whole, capabilities=(CapabilityState(LAW, "broken"),)), strict=False) is Exit.BROKEN
    assert exit_of(larkspur.board(), strict=False) is Exit.BROKEN  # one of its clauses is
