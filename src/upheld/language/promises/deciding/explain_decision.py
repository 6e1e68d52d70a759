"""A decision to plain words: which sentence of the notice decides, as it was published, and what would open it.

Says the clause, its text, and the promise in words; never what is known of a person, so that an explanation can be
shown and logged. Not taken: recomputing the decision; what is explained is what was decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upheld.language.promises.explain import listed, said_of, sentence
from upheld.language.promises.model import Age, Clause, Decision, Flow, Known, Name, Program, Promise, Reason, Some, Test

_MOST_NEAR = 3


def explain_decision(program: Program, decision: Decision, flow: Flow | None = None) -> str:
    """Lines of text: the answer, then per deciding sentence its clause, its words and what would change the answer.

    With `flow`, a lack of permission also names the nearest sentences that permit something else with that data. Holds
    no fact of a person. Cost: one pass over the program's clauses and promises.
    """
    told = _Told(program)
    lines = ["Allowed." if decision.allowed else "Refused."]
    for reason, leaves in _by_promise(decision.reasons):
        lines += told.reason(reason, leaves, flow)
    if decision.allowed and decision.duties:
        owed = [program_promise for duty in decision.duties if (program_promise := told.promises.get(duty.promise))]
        lines.append("It calls up:")
        lines += [f"  {_clauses(each)}: {sentence(each)}" for each in owed]
    return "\n".join(lines)


def _by_promise(reasons: Iterable[Reason]) -> Iterator[tuple[Reason, list[Name]]]:
    """Reasons that differ only in the data leaf are told together."""
    found: dict[tuple[str, str, str | None], tuple[Reason, list[Name]]] = {}
    for each in reasons:
        _, leaves = found.setdefault((each.code, each.says, each.promise), (each, []))
        if each.data is not None:
            leaves.append(each.data)
    yield from found.values()


class _Told:
    """A program as it is cited: its promises by id, its clauses by id."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.promises = {each.id: each for each in program.promises}
        self.clauses: dict[str, Clause] = {each.id: each for notice in program.notices for each in notice.clauses}

    def reason(self, reason: Reason, leaves: list[Name], flow: Flow | None) -> Iterator[str]:
        about = f"{listed(leaves)}: " if leaves else ""
        promise = self.promises.get(reason.promise or "")
        if promise is None:
            yield f"{about}{reason.says}"
            if flow is not None and reason.code == "nothing-permits":
                yield from self._near(flow, leaves)
            return
        yield f"{about}{_clauses(promise)}: {reason.says}"
        yield from (f"  “{clause.text}”" for clause in self._clauses_of(promise))
        if reason.code == "wall":
            yield from self._openings(promise)
        elif reason.code == "untold":
            yield f"  It opens once the person was told {listed(promise.object)}."

    def _clauses_of(self, promise: Promise) -> Iterator[Clause]:
        for each in promise.source.clauses:
            if each in self.clauses:
                yield self.clauses[each]

    def _openings(self, wall: Promise) -> Iterator[str]:
        person = [said_of(each) for each in wall.scope if _is_of_the_person(each)]
        if person:
            yield f"  It stands {' and '.join(person)}; it falls where that is known not to be so."
        if wall.door:
            yield f"  It opens {' and '.join(filter(None, map(said_of, wall.door)))}."
        elif wall.verb == "grant":
            yield "  It stands while the person's data is restricted; legal claims and the protection of others pass."
        excepted = [] if wall.law else [each for each in self.promises.values() if self._excepts(each, wall)]
        for each in excepted:
            yield f"  {_clauses(each)} is an exception to it: {sentence(each)}"
        if not person and not wall.door and not excepted and wall.verb != "grant":
            yield "  Nothing opens it."

    def _excepts(self, permit: Promise, wall: Promise) -> bool:
        clauses = set(wall.source.clauses)
        if permit.verb != wall.verb or permit.modality == "never" or not permit.object & wall.object:
            return False
        prevailing = any(
            each.prevails in permit.source.clauses and each.prevails not in clauses and clauses & set(each.clauses)
            for each in self.program.resolutions
        )
        return prevailing or bool(permit.excepts & clauses)

    def _near(self, flow: Flow, leaves: list[Name]) -> Iterator[str]:
        near = [
            each
            for each in self.promises.values()
            if each.verb == flow.verb and each.modality != "never" and each.object & set(leaves)
        ]
        for each in near[:_MOST_NEAR]:
            yield f"  {_clauses(each)} comes nearest: {sentence(each)}"
        if len(near) > _MOST_NEAR:
            yield f"  … and {len(near) - _MOST_NEAR} more sentences about this data."


def _is_of_the_person(test: Test) -> bool:
    return isinstance(test, Known | Some | Age)


def _clauses(promise: Promise) -> str:
    return ", ".join(promise.source.clauses) or promise.source.notice
