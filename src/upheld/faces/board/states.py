"""States: from the program, the evidence and a moment to the state of each clause. Pure.

A bound clause is *broken* on open contrary evidence, *unbound* while none of its controls exists, *kept* only when every
control that its keys call for ran freshly, exercised something, has a twin that went red and no way round that nobody
attested; else *unproven*. An attestation gives *attested*, never kept. Takes the set of controls that exist as an argument,
so that a run with all of them removed can be tried. Not taken: a state stored by hand; a state is always computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from upheld.faces.board import words
from upheld.faces.board.controls import is_attested, needs_of
from upheld.faces.board.freshness import fresh_until
from upheld.faces.board.model import (
    Attestation,
    Cause,
    ClauseState,
    Evidence,
    Judged,
    Need,
    Standing,
    State,
)
from upheld.language.promises.model import Clause, Program, Promise

TWIN_FRESH_FOR = timedelta(days=7)  # the window in which the twin must have gone red


def states(
    program: Program,
    existing: frozenset[str],
    evidence: Sequence[Evidence],
    causes: Sequence[Cause],
    attestations: Sequence[Attestation],
    now: datetime,
    ledger_verified: bool = True,
) -> tuple[ClauseState, ...]:
    """The state of every clause of every notice, in the order of the text. Cost: clauses × their controls.

    With a ledger that does not verify nothing is kept: evidence that may have been rewritten proves nothing.
    """
    latest = by_control(evidence)
    signed = {a.clause: a for a in attestations if a.at <= now < a.until}
    promises = {p.id: p for p in program.promises}
    return tuple(
        _state_of(program, clause, promises, existing, latest, causes, signed.get(clause.id), now, ledger_verified)
        for notice in program.notices
        for clause in notice.clauses
    )


def judge(
    need: Need,
    clause: str,
    promises: Iterable[Promise],
    existing: frozenset[str],
    latest: dict[str, list[Evidence]],
    causes: Sequence[Cause],
    now: datetime,
) -> Judged:
    """How one control stands for one clause at `now`, by the newest evidence whose scope holds the clause."""
    if need.id not in existing:
        return Judged(need, "missing", None, "does not exist yet")
    found = [e for e in latest.get(need.id, ()) if not e.scope or clause in e.scope]
    if not found:
        return Judged(need, "not run", None, "has not run yet")
    newest = found[0]
    ends = fresh_until(need.id, newest.at, promises)
    standing, why = _standing(newest, ends, now)
    open_cause = next((c for c in causes if _holds(c, need.id, clause) and c.closed is None), None)
    # INVARIANT: an open cause is open contrary evidence, however the control stands now; a store out of reach hides nothing.
    if standing != "failed" and open_cause is not None:
        again = "held again" if standing == "held" else "not shown to hold since"
        standing, why = "failed", f"{again}, and nobody has closed its cause: {open_cause.says}"
    return Judged(need, standing, newest, why, ends)


def _standing(found: Evidence, ends: datetime, now: datetime) -> tuple[Standing, str]:
    if found.outcome == "failed":
        return "failed", found.says
    if found.outcome == "not run":
        return "not run", found.says or "could not run"
    if now >= ends:
        return "stale", f"its evidence went stale on {words.day(ends)}"
    if found.exercised <= 0:
        return "hollow", "there was nothing to exercise"
    if found.twin_red is None or now - found.twin_red > TWIN_FRESH_FOR:
        return "hollow", "its twin did not go red on the planted fault"
    if found.bypasses:
        return "hollow", words.ways_round(len(found.bypasses))
    if found.coverage is not None and found.coverage.reached < found.coverage.of:
        return "hollow", words.covered(found.coverage)
    return "held", found.says


def _state_of(
    program: Program,
    clause: Clause,
    promises: dict[str, Promise],
    existing: frozenset[str],
    latest: dict[str, list[Evidence]],
    causes: Sequence[Cause],
    signed: Attestation | None,
    now: datetime,
    ledger_verified: bool,
) -> ClauseState:
    if clause.binding in ("informs", "outside"):
        return ClauseState(clause.id, clause.binding, margin=words.margin(clause.binding, ()))
    judged = tuple(
        _spoken(need, promises, signed)
        or judge(need, clause.id, [promises[i] for i in need.promises], existing, latest, causes, now)
        for need in needs_of(program, clause)
    )
    state = _weigh(judged, signed, ledger_verified)
    evidence = tuple(j.evidence for j in judged if j.evidence is not None)
    age = now - min(e.at for e in evidence) if evidence else None
    since = next((c.opened for c in causes if c.closed is None and any(_holds(c, j.need.id, clause.id) for j in judged)), None)
    return ClauseState(
        clause.id,
        state,
        judged,
        evidence,
        words.margin(state, judged, signed, ledger_verified),
        words.finding(state, judged, since),
        age,
        signed if state == "attested" else None,
    )


def _spoken(need: Need, promises: dict[str, Promise], signed: Attestation | None) -> Judged | None:
    """How a need stands that only a person's word can meet; None where a control has to."""
    if not need.promises or not all(is_attested(promises[each]) for each in need.promises):
        return None
    if signed is None:
        asks = need.id.startswith("attestation:")
        return Judged(
            need, "not run", None, "nobody has given it; sign with `upheld attest`" if asks else "rests on a named person"
        )
    return Judged(need, "held", None, f"signed by {signed.by}", signed.until)


def _weigh(judged: Sequence[Judged], signed: Attestation | None, ledger_verified: bool) -> State:
    if any(j.standing == "failed" for j in judged):
        return "broken"
    if signed is not None and all(j.standing == "held" for j in judged):
        # A word is never drawn as kept, however many controls held beside it; and it stands in for none of them.
        return "attested"
    if not judged or all(j.standing == "missing" for j in judged):
        return "unbound"
    if all(j.standing == "held" for j in judged) and ledger_verified:
        return "kept"
    return "unproven"


def by_control(evidence: Sequence[Evidence]) -> dict[str, list[Evidence]]:
    """Control → its evidence, the newest first."""
    controls: dict[str, list[Evidence]] = {}
    for found in sorted(evidence, key=lambda e: e.at, reverse=True):
        controls.setdefault(found.control, []).append(found)
    return controls


def _holds(cause: Cause, control: str, clause: str) -> bool:
    return cause.control == control and (not cause.scope or clause in cause.scope)
