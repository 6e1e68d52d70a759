"""Subjects become bindings, or a refusal that names the line and never the person; whoever was erased before is told when.

Nobody found asks the tombstones, and never says erased without one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.estate.model import Estate
from upheld.engine.execution import asks
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.execution.kept.asking import NOBODY, Asking, asked_identifiers, bind_with_held, faulty_of
from upheld.engine.execution.kept.people import Held, Name, held_of
from upheld.engine.plan.model import Binding, Refused
from upheld.faces.app.asks.firm import Firm, opened_firm
from upheld.faces.app.asks.meeting.decided import with_merges
from upheld.faces.app.asks.subjects import TENANT, read_subjects, said_by, theirs_of
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.people.tombstones import was_erased

Key = tuple[object, ...]
Place = tuple[str, str]

LINES_SHOWN = 5
THEIRS = "X209"
HELP_ERASED = "Answer with the date. While rows of hers stay on a ground, an access returns them: upheld plan … --ask access"


def who_is_meant(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    """Everybody whom the lines mean, bound, each once; NotNow (X201–X205) names the lines that mean nobody or several."""
    return each_once(each_bound(app, firm, with_merges(app, firm.estate, subjects)))


def each_bound(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    """Each line bound by itself, in their order."""
    found = bind(firm.estate, firm.catalogue, firm.stores, subjects)
    if isinstance(found, Bound):
        return found.bindings
    raise _refused(app, firm, subjects, faulty_of(firm.estate, firm.catalogue, firm.stores, subjects, found))


def held_for_clients(app: Installation, folder: Path, line: str) -> bool:
    """Whether rows that the firm holds for clients bear what the line gives. False for a line by key: it names a row of the firm's own."""
    said = {name: value for name, value in said_by(1, line).items() if name not in ("table", "key")}
    if not set(said) - {"kind", TENANT}:
        return False
    with opened_firm(app, folder) as firm:
        held = {name: replace(store, tables=theirs_of(store)) for name, store in firm.estate.stores.items() if theirs_of(store)}
        estate = Estate(held, {})
        found = bind(estate, firm.catalogue, firm.stores, read_subjects([json.dumps({**said, TENANT: ""})], estate))
    return isinstance(found, Refused) and found.code == THEIRS


@dataclass(frozen=True, slots=True)
class Meant:
    """Everybody whom lines mean, each once. `kept_as`: by reference, the numbers (hex) under which an erasure kept rows of her."""

    bindings: tuple[Binding, ...]
    kept_as: Mapping[str, frozenset[str]]


def who_is_meant_with_held(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    """The same for an access: whoever was erased is meant too, while rows of hers are held; each with what is held of her."""
    found = _asking(app, firm, subjects)
    if not isinstance(found, Asking):
        raise _refused(app, firm, subjects, found)
    return _meant(found).bindings


def meant_with_gone(app: Installation, firm: Firm, subjects: list[Subject]) -> Meant:
    """The same for a case: whoever was erased, and of whom nothing is held, is left out; everybody else must be found."""
    found = _asking(app, firm, subjects)
    if not isinstance(found, Asking):
        erased = {
            subject.ref
            for subject, why in found
            if why.code == NOBODY and _erased_on(app, list(_asked_for(firm.estate, subject)))
        }
        if any(subject.ref not in erased for subject, _ in found):
            raise _refused(app, firm, subjects, [each for each in found if each[0].ref not in erased])
        rest = [subject for subject in subjects if subject.ref not in erased]
        found = _asking(app, firm, rest) if rest else Asking((), ())
        if not isinstance(found, Asking):
            raise _refused(app, firm, rest, found)
    return _meant(found)


def _asking(app: Installation, firm: Firm, subjects: list[Subject]) -> Asking | list[tuple[Subject, Refused]]:
    def seek(names: Mapping[str, frozenset[Name]]) -> Mapping[str, Held]:
        with app.own.connection() as connection:
            return held_of(connection, app.master, names)

    return bind_with_held(firm.estate, firm.catalogue, firm.stores, with_merges(app, firm.estate, subjects), seek)


def _meant(found: Asking) -> Meant:
    gone = _each_once_held(found.gone, found.people)
    living = each_once(found.living)
    numbers = {one.ref: people for people, one in gone}
    for one in living:
        numbers[one.ref] = {
            n for other in found.living if set(other.held) & set(one.held) for n in found.people.get(other.ref, ())
        }
    kept_as = {ref: frozenset(number.hex() for number in people) for ref, people in numbers.items()}
    return Meant((*living, *(one for _, one in gone)), kept_as)


def _each_once_held(gone: Sequence[Binding], numbers: Mapping[str, frozenset[bytes]]) -> list[tuple[set[bytes], Binding]]:
    """Lines that lead to one kept person are one; in the order of the first, with the numbers under which she is kept."""
    merged: list[tuple[set[bytes], Binding]] = []
    for one in gone:
        people = set(numbers[one.ref])
        same = [each for each in merged if each[0] & people]
        first = min((merged.index(each) for each in same), default=len(merged))
        said = [*(each[1] for each in same), one]
        cells = tuple(dict.fromkeys(cell for binding in said for cell in binding.held))
        linked = tuple(dict.fromkeys(i for binding in said for i in binding.identifiers))
        merged = [each for each in merged if each not in same]
        merged.insert(first, (people.union(*(each[0] for each in same)), Binding(said[0].ref, {}, linked, held=cells)))
    return merged


def _refused(app: Installation, firm: Firm, subjects: list[Subject], faulty: list[tuple[Subject, Refused]]) -> Unusable:
    first, why = faulty[0]
    if len(subjects) == 1:
        return _whose(app, firm, first, why)
    places = ", ".join(subject.ref for subject, _ in faulty[:LINES_SHOWN])
    more = f" and {len(faulty) - LINES_SHOWN} more" if len(faulty) > LINES_SHOWN else ""
    return _whose(app, firm, first, why, f"{places}{more}: ")


def each_once(bindings: Sequence[Binding]) -> tuple[Binding, ...]:
    """Bindings that share a row of their own are one person, whom several lines named; in the order of the first line."""
    of_root: dict[tuple[str, str, tuple[object, ...]], int] = {}
    people: dict[int, list[Binding]] = {}
    for number, binding in enumerate(bindings):
        roots = [(*place, key) for place, keys in binding.roots.items() for key in keys]
        same = sorted({of_root[root] for root in roots if root in of_root})
        first = same[0] if same else number
        people[first] = [*(one for known in same for one in people.pop(known)), binding]
        for one in people[first]:
            of_root |= {(*place, key): first for place, keys in one.roots.items() for key in keys}
    return tuple(map(_one_person, (people[number] for number in sorted(people))))


def each_ref_once(bindings: Sequence[Binding]) -> tuple[Binding, ...]:
    """Bindings under one reference are one person; in the order of the first."""
    people: dict[str, list[Binding]] = {}
    for binding in bindings:
        people.setdefault(binding.ref, []).append(binding)
    return tuple(map(_one_person, people.values()))


def _one_person(said: list[Binding]) -> Binding:
    if len(said) == 1:
        return said[0]
    identifiers = {(one.kind, one.form, one.normal): one for binding in said for one in binding.identifiers}
    contested = _joined(binding.contested for binding in said)
    held = tuple(dict.fromkeys(cell for binding in said for cell in binding.held))
    corrections = tuple(dict.fromkeys(one for binding in said for one in binding.corrections))
    roots = _joined(binding.roots for binding in said)
    return Binding(said[0].ref, roots, tuple(identifiers.values()), contested, held, corrections=corrections)


def _joined(places: Iterable[Mapping[Place, tuple[Key, ...]]]) -> dict[Place, tuple[Key, ...]]:
    found: dict[Place, dict[Key, None]] = {}
    for one in places:
        for place, keys in one.items():
            found.setdefault(place, {}).update(dict.fromkeys(keys))
    return {place: tuple(keys) for place, keys in found.items()}


def _erased_on(app: Installation, names: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Store → moment of the latest erasure that a tombstone of any of `names` (kind, form, normal form) speaks of."""
    found: dict[str, Any] = {}
    with app.own.connection() as connection:
        for kind, form, normal in names:
            for store, at in was_erased(connection, app.master, kind, form, normal):
                found[store] = max(at, found.get(store, at))
    return found


def _whose(app: Installation, firm: Firm, subject: Subject, why: Refused, where: str = "") -> Unusable:
    erased = _erased_on(app, list(_asked_for(firm.estate, subject))) if why.code == NOBODY else {}
    if erased:
        said = "; ".join(f"{store} on {at.date().isoformat()}" for store, at in sorted(erased.items()))
        return NotNow("X204", f"{where}erased before: {said}.", HELP_ERASED)
    kind = Unusable if why.code == "X203" else NotNow
    return kind(why.code, f"{where}{why.reason}.", why.help)


def erased_before(app: Installation, estate: Estate, line: str) -> date | None:
    """The day of the latest erasure that a tombstone knows of whomever this line of subjects means; None where none does. Unusable (X203)."""
    (subject,) = read_subjects([line], estate)
    days = _erased_on(app, list(_asked_for(estate, subject))).values()
    return max((at.date() for at in days), default=None)


def _asked_for(estate: Estate, subject: Subject) -> Iterator[tuple[str, str, str]]:
    yield from sorted(asked_identifiers(estate, subject))
    for (store, table), keys in subject.keys.items():
        for key in keys:
            yield f"{store}.{table}", "key", asks.key_text(key)
