"""A run of the probes over the example firm: evidence in the records and the ledger, states from it, nothing kept by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.board import larkspur
from upheld.faces.board import Board, board_json, render_board
from upheld.faces.board.capabilities import capabilities
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes import PROBES, ProbeContext
from upheld.faces.board.prove import close_cause, prove, read_board
from upheld.records.ledger import verify_tables

QUICK = tuple(p for p in PROBES if p.name in ("law-clock", "ledger-integrity", "location-declared"))


@pytest.fixture
def board(proved: tuple[ProbeContext, Board]) -> Board:
    return proved[1]


@pytest.fixture
def looked_at(proved: tuple[ProbeContext, Board]) -> ProbeContext:
    return proved[0]


def test_every_clause_has_a_state_and_whatever_held_exercised_something(board: Board, looked_at: ProbeContext) -> None:
    assert [c.id for c in board.clauses] == [c.id for n in looked_at.program.notices for c in n.clauses]
    assert all(e.exercised > 0 and e.entry is not None for c in board.clauses for e in c.evidence if e.outcome == "held")
    assert board.totals()["unproven"] > 20 and board.totals()["broken"] == 0


def test_each_evidence_is_in_the_ledger_and_its_path_leads_to_the_checkpoint(board: Board, looked_at: ProbeContext) -> None:
    entries = {e.entry for c in board.clauses for e in c.evidence}
    assert entries and None not in entries and entries <= set(board.paths)
    with looked_at.own.connection() as connection:
        assert not verify_tables(connection).findings


def test_the_path_s_sides_rebuild_the_signed_root(board: Board) -> None:
    import base64
    import hashlib

    for path in board.paths.values():
        found = bytes.fromhex(path.leaf_hash)
        for step in path.steps:
            other = bytes.fromhex(step.sibling)
            found = hashlib.sha256(b"\x01" + (other + found if step.left else found + other)).digest()
        assert base64.b64encode(found).decode() == path.root


def test_with_no_probe_nothing_is_kept_and_every_promise_is_unbound(firm: ProbeContext) -> None:
    totals = prove(firm, probes=()).totals()
    assert totals["kept"] == 0 and totals["unproven"] == 0
    assert totals["unbound"] == sum(1 for n in firm.program.notices for c in n.clauses if c.binding == "bound")


def test_with_all_controls_removed_after_a_run_nothing_is_kept(board: Board, looked_at: ProbeContext) -> None:
    after = read_board(looked_at.own, looked_at.program, larkspur.NOW, frozenset())
    assert after.totals()["kept"] == 0 and after.totals()["unproven"] == 0


def test_a_store_out_of_reach_makes_its_clauses_unproven_and_is_no_crash(firm: ProbeContext) -> None:
    gone = replace(firm, urls={"web": firm.urls["web"], "platform": "postgresql://nobody@127.0.0.1:9/none"})
    probes = [p for p in PROBES if p.name == "estate-classified"]
    classified = next(e for c in prove(gone, probes).clauses for e in c.evidence if e.control == "estate:classified")
    assert classified.coverage is not None and classified.coverage.reached == 1


def test_the_board_read_later_is_the_board_that_was_proved(board: Board, looked_at: ProbeContext) -> None:
    again = read_board(looked_at.own, looked_at.program, larkspur.NOW)
    assert [(c.id, c.state) for c in again.clauses] == [(c.id, c.state) for c in board.clauses]
    assert set(again.history["qualer.intro.1"]) == {(larkspur.NOW.date(), board.clause("qualer.intro.1").state)}


def test_evidence_grows_stale_without_a_run(board: Board, looked_at: ProbeContext) -> None:
    later = read_board(looked_at.own, looked_at.program, larkspur.NOW + timedelta(days=30))
    assert not [j for c in later.clauses for j in c.controls if j.standing == "held"]


def test_a_probe_that_breaks_is_not_run_and_hides_nobody(firm: ProbeContext) -> None:
    def breaks(_: ProbeContext) -> list[Evidence]:
        raise RuntimeError("ada@example.test")

    probes = tuple(replace(p, run=breaks) if p.name == "law-clock" else p for p in QUICK)
    found = prove(firm, probes)
    clock = next(j for c in found.clauses for j in c.controls if j.need.id == "law:clock")
    assert clock.standing == "not run"
    assert "ada@" not in json.dumps(board_json(found))
    assert any(e.outcome == "held" for c in found.clauses for e in c.evidence if e.control == "location:declared")


def test_a_failure_breaks_its_clauses_until_its_cause_is_closed(firm: ProbeContext) -> None:
    longer = next(p for p in PROBES if p.name == "law-clock").twin
    with longer(firm) as sandbox:
        broken = prove(sandbox, QUICK)
    assert broken.clause("qualer.gdpr.8").state == "broken"
    (cause,) = [c for c in broken.causes if c.control == "law:clock"]
    mended = prove(firm, QUICK)
    assert mended.clause("qualer.gdpr.8").state == "broken", "held again, but nobody has closed its cause"
    assert close_cause(firm.own, cause.id, "the file is right again", "an engineer", larkspur.NOW)
    assert prove(firm, QUICK).clause("qualer.gdpr.8").state == "unproven"


def test_progress_is_told_before_each_probe_and_at_the_end(firm: ProbeContext) -> None:
    told: list[tuple[str, int, int]] = []
    prove(firm, QUICK, advance=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert told[-1][1] == told[-1][2]


def test_the_page_of_the_example_is_whole(board: Board, looked_at: ProbeContext) -> None:
    html = render_board(board, looked_at.program)
    assert html.count("<article") == len(board.clauses)
    assert "Privacy notice of Qualer" in html


# ---- capabilities: the same rule, for what the software is able to do ------------------------------------------------------


def test_with_all_controls_removed_no_capability_is_proven(proved: tuple[ProbeContext, Board]) -> None:
    context, board = proved
    assert board.abilities()["proven"] > 0
    after = read_board(context.own, context.program, larkspur.NOW, frozenset())
    assert after.abilities() == {"proven": 0, "unproven": 0, "broken": 0, "not built": len(capabilities())}


def test_what_is_proven_rests_on_evidence_that_stands_in_the_ledger(proved: tuple[ProbeContext, Board]) -> None:
    for one in proved[1].capabilities:
        if one.state == "proven":
            assert len(one.evidence) == len(one.controls) > 0
            assert all(e.outcome == "held" and e.entry is not None and e.exercised for e in one.evidence)


def test_machines_read_the_same_as_the_page_shows(proved: tuple[ProbeContext, Board]) -> None:
    said = json.loads(json.dumps(board_json(proved[1])))
    assert [one["id"] for one in said["capabilities"]] == [one.id for one in capabilities()]
    assert set(said["capabilities"][0]) == {"id", "name", "state", "controls", "evidence"}
    page = render_board(proved[1], proved[0].program)
    for one in said["capabilities"]:
        if one["controls"]:
            row = page.partition(f'<tr id="{one["id"]}">')[2].partition("</tr>")[0]
            assert one["state"].capitalize() in row and all(control["id"] in row for control in one["controls"])


def test_a_board_without_capabilities_has_no_such_section(board: Board, looked_at: ProbeContext) -> None:
    assert 'id="capabilities"' not in render_board(replace(board, capabilities=()), looked_at.program)
