"""Trials of a control, promise by promise, become evidence: of the clauses all of whose promises were tried, and of those where one came out otherwise.

A control that several promises of a clause call for holds there only if each of them was tried; what was not tried is not claimed. Where the world
lacks something (no mailbox), the control stands as not run, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from upheld.faces.board.controls import needs_of
from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import ProbeContext, evidence
from upheld.language.diagnostic import counted

MEND = "Look at the case's way with `upheld desk`, then at what stands in our own database."


@dataclass(slots=True)
class Tally:
    """By control and promise: how many trials there were, and what came out otherwise. `lacking`: by control and promise, why it could not be tried."""

    tried: dict[tuple[str, str], int] = field(default_factory=dict)
    wrong: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    lacking: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, control: str, promise: str, good: bool, otherwise: str) -> None:
        """One trial of a control for a promise. `otherwise`: what is so where it did not come out as promised."""
        self.tried[control, promise] = self.tried.get((control, promise), 0) + 1
        if not good:
            self.wrong.setdefault((control, promise), []).append(otherwise)

    def lacks(self, control: str, promise: str, why: str) -> None:
        """The control cannot be tried for this promise here."""
        self.lacking[control, promise] = why


def evidence_of(context: ProbeContext, tally: Tally, version: str, given: frozenset[str]) -> list[Evidence]:
    """At most three of each control: where it held, where it did not, where it could not be tried."""
    clauses, called = _clauses(context)
    found: list[Evidence] = []
    for control in sorted(given):
        held: set[str] = set()
        failed: set[str] = set()
        lacking: dict[str, set[str]] = {}
        for clause, promises in clauses.get(control, {}).items():
            keys = [(control, promise) for promise in promises]
            if any(key in tally.wrong for key in keys):
                failed.add(clause)
            elif any(key in tally.lacking for key in keys):
                lacking.setdefault(next(tally.lacking[key] for key in keys if key in tally.lacking), set()).add(clause)
            elif all(key in tally.tried for key in keys):
                held.add(clause)
        ids = {promise for promises in clauses.get(control, {}).values() for promise in promises}
        name = called.get(control, control)
        if failed:
            wrong = list(dict.fromkeys(text for id in sorted(ids) for text in tally.wrong.get((control, id), ())))
            found.append(_one(context, control, name, version, failed, tally, ids, "; ".join(wrong[:3]), len(wrong)))
        if held:
            found.append(_one(context, control, name, version, held, tally, ids, "", 0))
        for why, scope in lacking.items():
            found.append(evidence(context, control, version, 0, "not run", why, "shadow", scope=frozenset(scope)))
    return found


def _one(context: ProbeContext, control: str, called: str, version: str, scope: set[str], tally: Tally, ids: set[str], wrong: str, count: int) -> Evidence:  # fmt: skip
    trials = sum(tally.tried.get((control, id), 0) for id in ids)
    says = wrong or f"{called}: {counted(trials, 'trial')} by an invented person came out as promised"
    return evidence(
        context, control, version, trials, "failed" if wrong else "held", says, "shadow", scope=frozenset(scope),
        coverage=Coverage(len(scope), len(scope), "clauses"), detail={"trials": trials, "otherwise": count}, mend=MEND if wrong else "",
    )  # fmt: skip


def _clauses(context: ProbeContext) -> tuple[dict[str, dict[str, tuple[str, ...]]], dict[str, str]]:
    """Control → clause → the promises of the clause that call for it; and control → how it is called where it is first called for."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    called: dict[str, str] = {}
    for version in context.program.notices:
        for clause in version.clauses:
            for need in needs_of(context.program, clause):
                called.setdefault(need.id, need.says)
                if need.promises:
                    found.setdefault(need.id, {})[clause.id] = need.promises
    return found, called
