"""What a firm's system says it gave to whom becomes rows of the disclosure ledger: people found as any ask finds them, names held to the notice.

All or nothing: a line that cannot be taken refuses the whole report by its number, and nothing of a line stands in the refusal. The same report
again changes nothing. Not taken: a report about somebody whom no store knows; there is nobody to answer about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from upheld.engine.execution import asks
from upheld.engine.plan.model import Binding
from upheld.faces.app.asks.firm import opened_firm
from upheld.faces.app.asks.meaning import each_bound, each_once
from upheld.faces.app.asks.meeting.decided import with_merges
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.desk.standing.registry import registry_of
from upheld.faces.app.errors import Unusable
from upheld.language.promises.model import Kind, Name, Program
from upheld.language.terms import ALIASES, builtin
from upheld.records.people.disclosures import Disclosure, record_disclosures

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

MOST = 1_000
NOT_ONE = ("X201", "X202", "X203", "X204", "X205")  # a line of subjects that is nobody, several, or unreadable
WORDS = frozenset({"person", "recipient", "data", "day", "purpose"})
HELP = (
    'Say {"person": {"email": …}, "recipient": …, "data": […], "day": "2026-11-02", "purpose": …} in names of the notice, '
    f"of a day that is not ahead; at most {MOST:,} at once."
)


@dataclass(frozen=True, slots=True)
class Given:
    """Data of these kinds, of the person that `person` finds (as a line of subjects), was given to `recipient` on `day` for `purpose`."""

    person: Mapping[str, object]
    recipient: str
    data: tuple[str, ...]
    day: date
    purpose: str = ""


def report(desk: Desk, given: Sequence[Given]) -> int:
    """How many of these were not on record. Unusable R251 for names that neither the notice nor the vocabulary has, and where a person is nobody or
    several; OutOfReach, StoreFault where a store is away. One look at the stores for all, one transaction."""
    if not 0 < len(given) <= MOST:
        raise Unusable("R251", "Nothing is reported, or too much at once.", HELP)
    rows = [_rows(desk, number, one) for number, one in enumerate(given, start=1)]
    lines = list(dict.fromkeys(_line(one) for one in given))
    bound = _bound(desk, lines)
    new = 0
    with desk.own.transaction() as connection:
        people = asks.known_people(connection, desk.master, each_once(bound), desk.now)
        refs = {line: _ref_of(one, people) for line, one in zip(lines, bound, strict=True)}
        of_each: dict[str, list[Disclosure]] = {}
        for one, said in zip(given, rows, strict=True):
            of_each.setdefault(refs[_line(one)], []).extend(said)
        for ref, said in sorted(of_each.items()):
            new += record_disclosures(connection, ref, said, desk.now)
    return new


def _bound(desk: Desk, lines: Sequence[str]) -> tuple[Binding, ...]:
    """Each person, in the order of the lines."""
    with opened_firm(desk.app, desk.folder) as firm:
        try:
            return each_bound(desk.app, firm, with_merges(desk.app, firm.estate, read_subjects(lines, firm.estate)))
        except Unusable as fault:
            if fault.code not in NOT_ONE:
                raise
            raise Unusable("R251", f"Of the people named, by number: {fault.reason}", fault.help) from None


def read_given(lines: Sequence[str]) -> list[Given]:
    """Reports, a JSON object a line, blank lines left out. Unusable R251 names the line that cannot be read."""
    return [_read(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _read(number: int, line: str) -> Given:
    try:
        said = json.loads(line)
        if not isinstance(said, dict) or not {"person", "recipient", "data", "day"} <= said.keys() <= WORDS:
            raise ValueError
        data = said["data"]
        if not isinstance(said["person"], dict) or not isinstance(data, list) or not all(isinstance(one, str) for one in data):
            raise ValueError
        return Given(
            said["person"], str(said["recipient"]), tuple(data), date.fromisoformat(said["day"]), str(said.get("purpose") or "")
        )
    except (ValueError, TypeError, RecursionError):
        raise Unusable("R251", f"Line {number} cannot be read.", HELP) from None


def _rows(desk: Desk, number: int, one: Given) -> list[Disclosure]:
    program, registry = desk.program, registry_of(desk)
    known = one.recipient in registry.entries or Name(Kind.PARTY, one.recipient) in program.names
    leaves = [_leaves(program, word) for word in one.data]
    purpose = ALIASES.get(("purpose", one.purpose), one.purpose)
    fits = known and one.data and all(leaves) and (not purpose or _is_known(program, Kind.PURPOSE, purpose))
    if not fits or one.day > desk.now.date():
        raise Unusable("R251", f"Line {number} names what the notice has not, or a day that is ahead.", HELP)
    return [Disclosure(one.recipient, leaf, one.day, purpose) for leaf in sorted(frozenset().union(*leaves))]


def _leaves(program: Program, word: str) -> frozenset[str]:
    """The kinds of data that a word means; empty where neither the notice nor the vocabulary knows it. What was given is said as it was, also
    where no sentence allows it."""
    id = ALIASES.get(("data", word), word)
    name = Name(Kind.DATA, id)
    if name in program.names:
        return frozenset(leaf.id for leaf in program.names[name].leaves or {name})
    return frozenset({id}) if _is_known(program, Kind.DATA, id) else frozenset()


def _is_known(program: Program, kind: Kind, id: str) -> bool:
    return Name(kind, id) in program.names or id in builtin()[kind.value]


def _line(one: Given) -> str:
    return json.dumps(one.person, sort_keys=True, ensure_ascii=False)


def _ref_of(one: Binding, people: Sequence[Binding]) -> str:
    """Under which reference the person of a line is known: of those whom the lines mean, the one who shares a row with her."""
    if len(people) == 1:
        return people[0].ref
    mine = {(place, key) for place, keys in one.roots.items() for key in keys}
    return next(
        person.ref for person in people if mine & {(place, key) for place, keys in person.roots.items() for key in keys}
    )
