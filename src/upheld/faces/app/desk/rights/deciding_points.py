"""Where the firm decides by machine, and for whom a person must: a register of points, a gate for what a machine proposes, and reviews.

`decision-points.yaml` in the firm's folder names each point with its purpose, data, effect, basis and who reviews. What a machine proposes goes through
`record_decision`: for somebody who is not to be judged by one it is never saved alone, it becomes a review, and only a person's word ends that. GDPR Art. 22.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case
from upheld.faces.app.declared.points import FILE, DecisionPoint, read_points
from upheld.faces.app.declared.reading import text_in
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, person_of
from upheld.faces.app.desk.works.nobody import nobody
from upheld.faces.app.errors import Unusable
from upheld.language.promises import decide
from upheld.language.promises.model import AnyOf, Flow, Kind, Name, Program
from upheld.records.people import facts_of
from upheld.records.people.choices import record_fact
from upheld.records.people.facts import facts_of_many
from upheld.records.people.rights import RightsFault
from upheld.records.people.rights.reviews import Review, close_review, open_review, reviews_waiting
from upheld.records.people.rights.told import tell

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

BY_A_PERSON = Name(Kind.FACT, "automated-decision-refused")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a proposal: `review` empty means that it stands; else a person decides, and nothing may act on it before."""

    review: str = ""
    because: str = ""

    @property
    def stands(self) -> bool:
        return not self.review


def record_decision(desk: Desk, point: str, ref: str, proposed: str) -> Recorded:
    """The machine's proposal stands and is in the ledger, or it waits for a person and nothing may act on it.

    It waits for whoever asked for a person, and wherever the notice does not let a machine decide (`decide` over the point's purpose and data). Unusable
    (R232) for a point that the register does not know: what is not declared decides nothing. `proposed` is sealed.
    """
    points = _register(desk)
    if point not in points:
        raise Unusable("R232", f"No decision point `{point[:40]}` is declared.", f"Declare it in {FILE}.")
    known = points[point]
    clauses = (known.clause,) if known.clause else ()
    with desk.own.transaction() as connection:
        because = _why_a_person(desk, connection, known, ref)
        if because:
            return Recorded(open_review(connection, desk.master, ref, point, proposed, desk.now, clauses), because)
        tell(connection, "decision:by-machine", desk.now, clauses, ref, {"point": point})
    return Recorded()


def _register(desk: Desk) -> Mapping[str, DecisionPoint]:
    return read_points(desk.program, text_in(desk.folder, FILE))


def _why_a_person(desk: Desk, connection: Any, point: DecisionPoint, ref: str) -> str:
    facts = facts_of_many(connection, [ref], desk.now.date(), [point.purpose], point.data)[ref]
    if facts.get(BY_A_PERSON) is True:
        return "the person asked that a person decides"
    keys = {"for": frozenset({Name(Kind.PURPOSE, point.purpose)})}
    basis = Name(Kind.BASIS, point.basis)
    if basis in _bases(desk.program):  # a notice that speaks of no basis knows none
        keys["basis"] = frozenset({basis})
    data = frozenset(leaf for one in point.data for leaf in desk.program.names[Name(Kind.DATA, one)].leaves)
    flow = Flow("use", data, keys, ref, desk.now, frozenset())
    return "" if decide(desk.program, flow, facts).allowed else "the notice does not let a machine decide this"


def _bases(program: Program) -> frozenset[Name]:
    tests = (test for promise in program.promises for test in promise.scope if isinstance(test, AnyOf) and test.key == "basis")
    return frozenset(name for test in tests for name in test.names)


def decide_review(desk: Desk, review: str, decided: str, by: str, role: str) -> Review:
    """A person decided; both words are on record, and only hers counts. `role` must be the one that the register names (RightsFault R234); R233
    where nothing waits under this number. Nobody but staff decides: `by` is `staff:REF`."""
    with desk.own.transaction() as connection:
        found = reviews_waiting(connection, desk.master, review)
        points = _register(desk)
        wanted = points[found[0].point].reviewed_by if found and found[0].point in points else ""
        if not by.startswith("staff:") or (wanted and role != wanted):
            raise RightsFault(
                "R234", f"This is decided by {wanted or 'a member of staff'}.", "Hand it to whom the register names."
            )
        close_review(connection, desk.master, review, decided, by, desk.now)
        return reviews_waiting(connection, desk.master, review)[0]


def waiting_reviews(desk: Desk) -> tuple[Review, ...]:
    """What machines proposed and a person has not decided yet, the oldest first."""
    with desk.own.connection() as connection:
        return reviews_waiting(connection, desk.master)


class AutomatedDecisionWork(AtOnce):
    """From now on a person decides, at every point of the register."""

    rights = frozenset({"automated-decision", "opt-out-admt"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        return Prepared(approval=False)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        try:
            ref = person_of(desk, case)
        except AWAY:
            return Done(waits=UNREACHED, again=desk.now + AGAIN)
        if ref is None:
            return nobody(desk, case)
        with desk.own.transaction() as connection:
            if facts_of(connection, ref, desk.now.date()).get(BY_A_PERSON) is not True:
                record_fact(connection, ref, BY_A_PERSON, True, desk.now)
                tell(connection, "decision:by-a-person", desk.now, case.clauses, ref, {})
        points = [
            [desk.labels.word(point.name, case.language), {"say": "by-a-person", "who": point.reviewed_by.replace("-", " ")}]
            for point in _register(desk).values()
        ]
        return Done("answer", values={"done": points, "done_on": desk.now.date().isoformat()}, counts={"points": len(points)})
