"""Evidence becomes the state of each capability, by the rule of *kept*: every control ran freshly, exercised something, and its twin went red. Pure.

A control that clauses call for must hold for each of them; one that none calls for must hold as such. With a ledger that does not verify nothing is
proven. Takes the set of controls that exist, so that a run with all of them removed can be tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from upheld.faces.board.controls import is_attested, needs_of
from upheld.faces.board.model import Ability, Capability, CapabilityState, Cause, Evidence, Judged, Need
from upheld.faces.board.states import by_control, judge
from upheld.faces.board.words import words_of
from upheld.language.promises.model import Program

Called = Mapping[str, Sequence[tuple[str, Need]]]


def judge_capabilities(
    register: Sequence[Capability],
    program: Program,
    existing: frozenset[str],
    evidence: Sequence[Evidence],
    causes: Sequence[Cause],
    now: datetime,
    ledger_verified: bool = True,
) -> tuple[CapabilityState, ...]:
    """Each capability of the register as it stands at `now`. Cost: controls of the register × clauses that call for them."""
    latest, called = by_control(evidence), _called(program)
    promises = {promise.id: promise for promise in program.promises}

    def judged(control: str) -> Judged:
        need = Need(control, words_of(control.replace(":", " ")))
        if control not in existing:
            return Judged(need, "missing", None, "does not exist yet")
        each = [
            judge(one, clause, [promises[id] for id in one.promises], existing, latest, causes, now)
            for clause, one in called.get(control, ())
        ] or [judge(need, "", (), existing, latest, causes, now)]
        order = ("failed", "not run", "hollow", "stale", "held")
        return min(each, key=lambda one: order.index(one.standing) if one.standing in order else 0)

    found = []
    for one in register:
        controls = tuple(judged(control) for control in one.controls)
        found.append(CapabilityState(one, _weigh(controls, ledger_verified), controls))
    return tuple(found)


def _weigh(controls: Sequence[Judged], ledger_verified: bool) -> Ability:
    if any(one.standing == "failed" for one in controls):
        return "broken"
    if not controls or any(one.standing == "missing" for one in controls):
        return "not built"
    return "proven" if ledger_verified and all(one.standing == "held" for one in controls) else "unproven"


def _called(program: Program) -> dict[str, list[tuple[str, Need]]]:
    """Control → the clauses that call for it, but for those that a person's word meets."""
    attested = {promise.id for promise in program.promises if is_attested(promise)}
    found: dict[str, list[tuple[str, Need]]] = {}
    for version in program.notices:
        for clause in version.clauses:
            for need in needs_of(program, clause):
                if not need.promises or not set(need.promises) <= attested:
                    found.setdefault(need.id, []).append((clause.id, need))
    return found
