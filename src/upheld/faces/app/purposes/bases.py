"""`bases.yaml` becomes the records behind the bases of uses: a balancing assessment, a citation, a relation. What has none that stands is locked.

Interests are weighed before they count, and weighed again on their day; a duty of law is cited; a contract says with whom. A purpose whose record is missing
or out of date is refused by `decide`, by name. Not taken: a basis that is taken on trust because the notice names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from upheld.faces.app.declared.reading import Declared, read_mapping
from upheld.faces.app.purposes.register import bases_of, purposes_in
from upheld.language.promises.model import Decision, Flow, Kind, Name, Program, Promise, Reason

FILE = "bases.yaml"
HELP = "Mend the file; docs/bases.md says what may stand in it."
# Basis → the record that it needs.
RECORDS: Mapping[str, str] = {
    "legitimate-interests": "assessment",
    "legal-obligation": "citation",
    "contract": "relation",
}
KEYS = {"assessment": frozenset({"where", "by", "dated", "review"}), "citation": frozenset({"where", "review"}), "relation": frozenset({"where", "review"})}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Basis:
    """One record. `where`: where the assessment lies, what is cited, or with whom the contract is; `review`: the day on which it lapses, None for none."""

    kind: str
    where: str
    by: str = ""
    dated: date | None = None
    review: date | None = None

    def why_not(self, today: date) -> str:
        """Why it does not stand on this day; empty where it does."""
        if self.dated is not None and self.dated > today:
            return f"its {self.kind} is dated {self.dated}, which has not come"
        if self.review is not None and self.review <= today:
            return f"its {self.kind} was to be reviewed by {self.review}"
        return ""


Records = Mapping[tuple[str, str], Basis]  # (purpose, basis)


def read_bases(program: Program, text: str) -> Records:
    """The records by purpose and basis. Declared (N331) names the entry and what is wrong with it."""
    found: dict[tuple[str, str], Basis] = {}
    for name, rows in read_mapping(text, FILE, "N331", HELP).items():
        meaning = program.names.get(Name(Kind.PURPOSE, str(name)))
        if meaning is None:
            raise _wrong(str(name), "the notice knows no such purpose")
        if not isinstance(rows, Mapping):
            raise _wrong(str(name), "it lists records by basis")
        for basis, row in rows.items():
            record = _record(str(name), str(basis), row)
            found |= {(leaf.id, str(basis)): record for leaf in meaning.leaves}
    return found


def _record(name: str, basis: str, row: Any) -> Basis:
    kind = RECORDS.get(basis, "")
    if not kind:
        raise _wrong(name, f"a record is kept for {', '.join(RECORDS)}")
    if not isinstance(row, Mapping) or not set(row) <= KEYS[kind] or not row.get("where"):
        raise _wrong(name, f"its {kind} says {', '.join(sorted(KEYS[kind]))}")
    for key in ("dated", "review"):
        if key in row and not (isinstance(row[key], date)):
            raise _wrong(name, f"`{key}` is a day")
    if kind == "assessment" and not (row.get("dated") and row.get("review") and row.get("by")):
        raise _wrong(name, "an assessment is dated, says by whom, and until when it is reviewed")
    return Basis(kind, str(row["where"]), str(row.get("by") or ""), row.get("dated"), row.get("review"))


def required(program: Program) -> frozenset[tuple[str, str]]:
    """Every purpose with a basis that some use rests on and that needs a record."""
    return frozenset(
        (purpose, basis)
        for promise in program.promises
        if promise.verb == "use" and promise.modality != "never"
        for purpose in purposes_in(promise)
        for basis in bases_of(program, promise, purpose) & set(RECORDS)
    )


def lacking(program: Program, records: Records, today: date) -> Iterator[tuple[str, str, str]]:
    """(purpose, basis, why) of each record that is missing or does not stand on this day, sorted."""
    for purpose, basis in sorted(required(program)):
        if why := _why_not(records, purpose, basis, today):
            yield purpose, basis, why


def locked(program: Program, records: Records, flow: Flow, decision: Decision) -> Decision:
    """The decision, or its refusal: where every permission that lets the use pass rests on a record that does not stand."""
    if flow.verb != "use" or not decision.allowed:
        return decision
    promises = {promise.id: promise for promise in program.promises}
    held = [promises[id] for id in decision.determining if id in promises]
    why = {promise.id: _locks(program, records, promise, flow) for promise in held}
    free = frozenset(leaf for promise in held if not why[promise.id] for leaf in promise.object)
    if flow.data <= free or not any(why.values()):
        return decision
    shut = [promise for promise in held if why[promise.id]]
    reasons = tuple(Reason("nothing-permits", why[promise.id], None, promise.id) for promise in shut)
    return replace(decision, allowed=False, determining=tuple(promise.id for promise in shut), reasons=reasons, duties=())


def _locks(program: Program, records: Records, promise: Promise, flow: Flow) -> str:
    listed = set(purposes_in(promise))
    for purpose in sorted({name.id for name in flow.keys.get("for", ())} & listed):
        for basis in sorted(bases_of(program, promise, purpose)):
            if basis in RECORDS and (why := _why_not(records, purpose, basis, flow.at.date())):
                return f"The purpose `{purpose}` is locked: {why}."
    return ""


def _why_not(records: Records, purpose: str, basis: str, today: date) -> str:
    record = records.get((purpose, basis))
    return record.why_not(today) if record is not None else f"it rests on {basis}, and no {RECORDS[basis]} is on record"


def _wrong(name: str, why: str) -> Declared:
    return Declared("N331", f"{FILE}: `{name[:40]}` cannot be used: {why}.", HELP)
