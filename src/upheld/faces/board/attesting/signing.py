"""A named person's word becomes an attestation: who looked at what, with which evidence, until when it counts; in the ledger and on the board.

Only where the notice asks for a person's word, and only by the role that it names; it lapses after the promise's own period. Must never stand in for
a control that the clause calls for beside it: the board weighs the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from upheld.faces.app import NotNow, Unusable
from upheld.faces.board import kept_records as records
from upheld.faces.board.controls import is_attested, names_under
from upheld.faces.board.model import Attestation
from upheld.language.law import Span, add_span
from upheld.language.promises.model import Clause, Program, Promise
from upheld.records.ledger import Detail, Leaf, append
from upheld.records.own import OwnDatabase

EVENT = "clause:attested"


@dataclass(frozen=True, slots=True)
class Duty:
    """What only a person can show: the clause, who may sign for it, and how long a word counts (None: the notice does not say)."""

    clause: str
    roles: tuple[str, ...]
    promise: Promise


def duties(program: Program) -> tuple[Duty, ...]:
    """Every clause that calls for a named person's word, in the order of the notice."""
    promises = {promise.id: promise for promise in program.promises}
    found = []
    for clause in (each for notice in program.notices for each in notice.clauses):
        for promise in (promises[each] for each in clause.promises):
            if is_attested(promise):
                found.append(Duty(clause.id, names_under(promise, "handled-by"), promise))
    return tuple(found)


def attest(own: OwnDatabase, program: Program, clause: str, by: str, role: str, evidence: str, now: datetime) -> Attestation:
    """The word stands from `now` until the promise's period has passed. `evidence` says where what was seen can be seen again.

    V331: no such clause. V332: the clause asks for nobody's word. V333: another role is to sign. V334: name or evidence is missing.
    """
    duty = _duty(program, clause)
    if role not in duty.roles:
        said = " or ".join(f"`{each}`" for each in duty.roles) or "nobody by name"
        raise NotNow("V333", f"`{clause}` is signed for by {said}, not by `{role}`.", "Have the person of that role sign.")
    if not by.strip() or not evidence.strip():
        reason = "An attestation is a named person's, and says what it rests on."
        raise Unusable("V334", reason, "Write --by NAME --evidence WHERE: a file, a report, a number that others can look up.")
    signed = Attestation(clause, by.strip(), role, now, _until(duty, now))
    detail = Detail({"by": signed.by, "role": role, "evidence": evidence.strip(), "until": signed.until.date().isoformat()})
    with own.transaction() as connection:
        [leaf] = append(connection, [Leaf(EVENT, now, clauses=(clause,), detail=detail)])
        records.add_attestation(connection, leaf, signed)
    return signed


def _duty(program: Program, clause: str) -> Duty:
    known: dict[str, Clause] = {each.id: each for notice in program.notices for each in notice.clauses}
    if clause not in known:
        raise Unusable("V331", f"The notice has no clause `{clause[:60]}`.", "Ids bear the notice's name: qualer.keep.2.")
    found = next((each for each in duties(program) if each.clause == clause), None)
    if found is None:
        reason = f"`{clause}` is shown by controls, and a word would stand in for none of them."
        raise NotNow("V332", reason, "Run `upheld prove`; the board names what the clause calls for.")
    return found


def _until(duty: Duty, now: datetime) -> datetime:
    """The promise's period after `now`; a year where the notice sets none."""
    every = duty.promise.every
    if every is not None and every.unit == "hours":
        return now + timedelta(hours=every.amount)
    span = Span(every.amount, every.unit) if every is not None else Span(1, "years")
    return datetime.combine(add_span(now.date(), span), time(now.hour, now.minute), UTC)
