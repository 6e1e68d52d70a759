"""Prove: every probe that some clause calls for is run, its twin too, and the board is read from what was found.

Evidence and its ledger leaf are written in one transaction, then numbered; the board is computed from the records, never from the
run, so that serving it later gives the same. A probe that breaks is *not run*: it never passes and never hides another. Not
taken: probing on a visit; a page must not be able to set work going.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from upheld.faces.board import kept_records as records
from upheld.faces.board.capabilities import capabilities, judge_capabilities, proving
from upheld.faces.board.controls import needs_of
from upheld.faces.board.model import Board, Evidence, LedgerPath, PathStep
from upheld.faces.board.probes import PROBES, Probe, ProbeContext
from upheld.faces.board.states import states
from upheld.language.promises.model import Program
from upheld.records.keys import MasterKey
from upheld.records.ledger import Leaf, append, checkpoint, inclusion_proof, sequence
from upheld.records.own import OwnDatabase

TWIN_EVERY = timedelta(days=1)
ALWAYS = frozenset({"ledger:integrity"})
COUNT = re.compile(r"[^a-z0-9]+")
Advance = Callable[[str, int, int], None]


def prove(
    context: ProbeContext,
    probes: Sequence[Probe] = PROBES,
    advance: Advance | None = None,
    also: frozenset[str] = frozenset(),
) -> Board:
    """The board after a run of the probes. `advance` is told (what, done, of) before each probe and at the end.

    `also`: controls that are tried though no clause calls for them. A twin runs when its last red is a day old, or was no red. Cost: what the probes cost; a few statements beside them.
    """
    notice = context.program.notices[0].notice
    wanted = called_for(context.program) | ALWAYS | also
    chosen = [p for p in probes if p.given(context.program) & wanted]
    found: list[Evidence] = []
    with context.own.connection() as connection:
        tried = records.newest_twins(connection, notice)
    for done, probe in enumerate(chosen):
        if advance is not None:
            advance(probe.name, done, len(chosen))
        found += [e for e in _run(context, probe) if e.control in wanted]
        controls = probe.given(context.program) & wanted
        if any(_is_due(tried.get((control, probe.id)), context.now()) for control in controls):
            for control, (red, says) in try_twin(context, probe, controls).items():
                with context.own.connection() as connection:
                    records.add_twin(connection, notice, control, probe.id, context.now(), red, says)
    _write(context, notice, found)
    if advance is not None:
        advance("", len(chosen), len(chosen))
    existing = existing_of(context.program, probes)
    board = read_board(context.own, context.program, context.now(), existing)
    with context.own.transaction() as connection:
        records.note_day(connection, notice, context.now().date(), board.clauses)
    return board


def read_board(own: OwnDatabase, program: Program, now: datetime, existing: frozenset[str] | None = None) -> Board:
    """The board as the records give it at `now`, without running anything. `existing` is the set of controls there are."""
    notice = program.notices[0].notice
    controls = existing_of(program, PROBES) if existing is None else existing
    clauses = [c.id for n in program.notices for c in n.clauses]
    with own.connection() as connection:
        evidence = records.newest_evidence(connection, notice)
        causes = records.causes(connection, notice)
        signed = records.attestations(connection, clauses)
        days = records.history(connection, notice)
        last = checkpoint(connection)
        entries = sorted({e.entry for e in evidence if e.entry is not None})
        paths = {n: _path(connection, n, last.signed_at) for n in entries}
    verified = all(e.outcome == "held" for e in evidence if e.control == "ledger:integrity")
    found = states(program, controls, evidence, causes, signed, now, verified)
    able = judge_capabilities(capabilities(), program, controls, evidence, causes, now, verified)
    return Board(notice, now, found, days, paths, causes, last.size, verified, able)


def existing_of(program: Program, probes: Sequence[Probe]) -> frozenset[str]:
    """The controls that the program or a capability calls for, and some probe gives evidence of."""
    return frozenset(control for probe in probes for control in probe.given(program)) & (called_for(program) | proving())


def called_for(program: Program) -> frozenset[str]:
    """The controls that some clause of the program calls for."""
    return frozenset(need.id for n in program.notices for clause in n.clauses for need in needs_of(program, clause))


def try_twin(context: ProbeContext, probe: Probe, controls: frozenset[str]) -> dict[str, tuple[bool, str]]:
    """By control: whether the probe goes red over the planted fault, and what it said. A twin that breaks proves nothing: not red."""
    try:
        with probe.twin(context) as sandbox:
            found = list(probe.run(sandbox))
    except Exception as error:
        return dict.fromkeys(controls, (False, f"the twin could not be tried ({type(error).__name__})"))
    red = {e.control: e.says for e in found if e.outcome == "failed"}
    return {c: (c in red, red.get(c, "the probe stayed green over the planted fault")) for c in controls}


def close_cause(own: OwnDatabase, cause: str, because: str, by: str, now: datetime) -> bool:
    """The cause is closed, and the ledger says so; False if none of this id is open."""
    with own.transaction() as connection:
        closed = records.close_cause(connection, cause, because, by, now)
        if closed:
            append(connection, [Leaf("control:cause-closed", now)])
    return closed


def _run(context: ProbeContext, probe: Probe) -> list[Evidence]:
    try:
        return list(probe.run(context))
    except Exception as error:  # the class alone: a message may quote a row
        says = f"could not run ({type(error).__name__})"
        return [
            Evidence(control, probe.id, context.now(), 0, "not run", "count", says=says) for control in sorted(probe.controls)
        ]


def _is_due(tried: tuple[datetime, bool] | None, now: datetime) -> bool:
    return tried is None or not tried[1] or now - tried[0] >= TWIN_EVERY


def _write(context: ProbeContext, notice: str, found: Sequence[Evidence]) -> None:
    by_control: dict[str, list[str]] = {}
    for n in context.program.notices:
        for clause in n.clauses:
            for need in needs_of(context.program, clause):
                by_control.setdefault(need.id, []).append(clause.id)
    with context.own.transaction() as connection:
        leaves = [_leaf(e, by_control) for e in found]
        for evidence, leaf in zip(found, append(connection, leaves), strict=True):
            records.add_evidence(connection, notice, replace(evidence, leaf=leaf))
        records.open_causes(connection, notice, [e for e in found if e.outcome == "failed"])
    _number(context.own, context.master, context.now())


def _leaf(evidence: Evidence, by_control: dict[str, list[str]]) -> Leaf:
    clauses = sorted(evidence.scope) or by_control.get(evidence.control, [])
    counts = {COUNT.sub("-", name.lower()).strip("-"): n for name, n in evidence.detail.items()}
    return Leaf(
        f"control:{evidence.control}",
        evidence.at,
        tuple(clauses),
        {"exercised": evidence.exercised, **counts},
        outcome=evidence.outcome.replace(" ", "-"),
    )


def _number(own: OwnDatabase, master: MasterKey, now: datetime) -> None:
    connection = own.connect()
    try:
        sequence(connection, master, now)
    finally:
        connection.close()


def _path(connection: records.Connection, entry: int, signed: datetime) -> LedgerPath:
    """The inclusion path with the side of each sibling, by RFC 6962 from the entry's number and the tree's size."""
    proof = inclusion_proof(connection, entry)  # type: ignore[arg-type]
    steps: list[PathStep] = []
    place, last = entry, proof.size - 1
    for sibling in proof.path:
        left = bool(place & 1) or place == last
        steps.append(PathStep(sibling.hex(), left))
        while left and not place & 1 and place:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    root = proof.note.split("\n")[2]
    return LedgerPath(entry, proof.hash.hex(), proof.size, root, signed, tuple(steps))
