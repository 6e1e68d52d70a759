"""Objection: the use rests from the moment the person is known; an operator weighs each purpose, and says why and by which law.

Upheld, the purpose is closed to her data for good. Dismissed, the use may go on. Excepted, it may go on until a contract's last day, and rests again from
that day by itself. What she objects to: the purposes she names, or all that the notice lets her object to. GDPR Art. 21(1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, RequestFault, details_of, note_details, note_event, request_of
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, person_of
from upheld.faces.app.desk.works.nobody import nobody
from upheld.language.promises.model import AnyOf, Kind, Known, Program
from upheld.records.people.choices import record_objection
from upheld.records.people.facts import MARKETING
from upheld.records.people.rights import objections_of, weigh
from upheld.records.people.rights.objections import Weighing

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

WEIGHED, PURPOSES = "weighed", "objected-purposes"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What an operator decided of one purpose. `because` is told to the person; `until` and `cites`: a contract's end and clause, or the law."""

    decision: Weighing
    because: str = ""
    cites: str = ""
    until: date | None = None


class ObjectionWork(AtOnce):
    """It counts at once; weighing is a person's."""

    rights = frozenset({"objection"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        try:
            ref = person_of(desk, case)
        except AWAY:
            return Prepared(approval=True, waits=UNREACHED, again=desk.now + AGAIN)
        if ref is None:
            return Prepared(approval=False)
        with desk.own.transaction() as connection:
            said = details_of(connection, desk.master, case.number, ["purposes", WEIGHED])
            purposes = said.get("purposes", "").split() or sorted(objectable(desk.program))
            standing = {one.purpose for one in objections_of(connection, ref)}
            for purpose in purposes:
                if purpose not in standing:
                    record_objection(connection, ref, purpose, desk.now, case.clauses)
            note_details(connection, desk.master, case.number, {PURPOSES: " ".join(purposes)}, desk.now)
        return Prepared(approval=True, note=f"weigh: {', '.join(purposes)}")

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        if case.subject is None:
            return nobody(desk, case)
        with desk.own.connection() as connection:
            said = details_of(connection, desk.master, case.number, [WEIGHED, PURPOSES])
        if not said.get(PURPOSES):
            return Done(waits="the notice has no use that may be objected to: a person answers")
        if not said.get(WEIGHED):
            return Done(waits="nobody has weighed it")
        return _answered(desk, json.loads(said[WEIGHED]), case.language)


def weigh_objections(desk: Desk, number: int, weighed: Mapping[str, Weighed], by: str) -> Case:
    """What was decided of every purpose stands, is in the ledger, and the case goes on. RequestFault R224 where a purpose is left out, or a reason;
    RightsFault R221 to R223. One transaction."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        wanted = set(details_of(connection, desk.master, number, [PURPOSES]).get(PURPOSES, "").split())
        if case.subject is None or not wanted or set(weighed) != wanted:
            raise RequestFault(
                "R224", "Not every purpose that is objected to was weighed, or one that is not.", "Decide of each purpose."
            )
        for purpose, one in sorted(weighed.items()):
            if one.decision != "upheld" and not (one.because.strip() and one.cites.strip()):
                raise RequestFault("R224", "A use that goes on is not explained.", "Say why, and by which law or clause.")
            weigh(
                connection,
                case.subject,
                purpose,
                one.decision,
                by,
                desk.now,
                until=one.until,
                cites=one.cites,
                clauses=case.clauses,
            )
        note_details(
            connection, desk.master, number, {WEIGHED: json.dumps({p: _json(one) for p, one in weighed.items()})}, desk.now
        )
        return note_event(connection, desk.master, desk.law, number, "approved", desk.now, by=by)


def objectable(program: Program) -> frozenset[str]:
    """The purposes that the notice closes to whoever objects, and those that rest on the firm's own interest; without marketing."""
    found: set[str] = set()
    for promise in program.promises:
        walls = promise.modality == "never" and any(
            isinstance(t, Known) and t.fact.id.startswith("objected") for t in promise.scope
        )
        interest = promise.modality == "may" and any(
            name.id == "legitimate-interest" for name in promise.terms.get("basis", ())
        )
        if walls or interest:
            for test in promise.scope:
                if isinstance(test, AnyOf) and test.key == "for":
                    found |= {leaf.id for name in test.names for leaf in _leaves(program, name) if leaf.kind is Kind.PURPOSE}
    return frozenset(found - {MARKETING})


def _leaves(program: Program, name: object) -> frozenset:  # type: ignore[type-arg]
    return program.names[name].leaves if name in program.names else frozenset({name})  # type: ignore[index]


def _json(one: Weighed) -> dict[str, str]:
    return {
        "decision": one.decision,
        "because": one.because,
        "cites": one.cites,
        "until": one.until.isoformat() if one.until else "",
    }


def _answered(desk: Desk, weighed: Mapping[str, Mapping[str, str]], language: str) -> Done:
    def said(purposes: list[str]) -> str:
        return _listed(desk, purposes, language)

    upheld = sorted(purpose for purpose, one in weighed.items() if one["decision"] == "upheld")
    going_on = {purpose: one for purpose, one in sorted(weighed.items()) if one["decision"] != "upheld"}
    counts = {"upheld": len(upheld), "going-on": len(going_on)}
    if not going_on:
        return Done(
            "objection-upheld",
            values={"purpose": said(upheld), "done_on": desk.now.date().isoformat()},
            tell="opt-out",
            counts=counts,
        )
    reasons = "\n".join(
        f"{said([purpose])}: {one['because']}" + (f" ({one['until']})" if one["until"] else "")
        for purpose, one in going_on.items()
    )
    cites = list(dict.fromkeys(one["cites"] for one in going_on.values()))
    if upheld:
        values = {"reasons": reasons, "refused": [said([purpose]) for purpose in going_on], "cites": cites,
                  "done": [[said([purpose]), {"say": "stopped", "day": desk.now.date().isoformat()}] for purpose in upheld]}  # fmt: skip
        return Done("answer-partial", values=values, tell="opt-out", counts=counts)
    rejected: dict[str, object] = {
        "purpose": said(list(going_on)),
        "resume_on": desk.now.date().isoformat(),
        "reasons": reasons,
        "cites": cites,
    }
    return Done("objection-rejected", values=rejected, refused=reasons, counts=counts)


def _listed(desk: Desk, purposes: list[str], language: str) -> str:
    return ", ".join(desk.labels.word(purpose, language) for purpose in purposes)
