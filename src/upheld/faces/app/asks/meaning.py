"""Subjects become bindings, or a refusal that names the line and never the person; whoever was erased before is told when.

Nobody found asks the tombstones, and never says erased without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.execution.kept.asking import NOBODY, Asking, asked_identifiers, bind_with_held, faulty_of
from upheld.engine.execution.kept.people import Held, Name, held_of
from upheld.engine.plan.model import Binding, Refused
from upheld.faces.app.asks.firm import Firm
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.people.tombstones import was_erased

Key = tuple[object, ...]
Place = tuple[str, str]

LINES_SHOWN = 5
HELP_ERASED = "Answer with the date. While rows of hers stay on a ground, an access returns them: upheld plan … --ask access"


def who_is_meant(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    """Everybody whom the lines mean, bound, each once; NotNow (X201–X205) names the lines that mean nobody or several."""
    found = bind(firm.estate, firm.catalogue, firm.stores, subjects)
    if isinstance(found, Bound):
        return each_once(found.bindings)
    raise _refused(app, firm, subjects, faulty_of(firm.estate, firm.catalogue, firm.stores, subjects, found))


def who_is_meant_with_held(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    """The same for an access: whoever was erased is meant too, while rows of hers are held; each with what is held of her."""

    def seek(names: Mapping[str, frozenset[Name]]) -> Mapping[str, Held]:
        with app.own.connection() as connection:
            return held_of(connection, app.master, names)

    found = bind_with_held(firm.estate, firm.catalogue, firm.stores, subjects, seek)
    if not isinstance(found, Asking):
        raise _refused(app, firm, subjects, found)
    return (*each_once(found.living), *_each_once_held(found.gone, found.people))


def _each_once_held(gone: Sequence[Binding], numbers: Mapping[str, frozenset[bytes]]) -> list[Binding]:
    """Lines that lead to one kept person are one; in the order of the first."""
    merged: list[tuple[set[bytes], Binding]] = []
    for one in gone:
        people = set(numbers[one.ref])
        same = [each for each in merged if each[0] & people]
        first = min((merged.index(each) for each in same), default=len(merged))
        cells = tuple(dict.fromkeys(cell for binding in (*(each[1] for each in same), one) for cell in binding.held))
        linked = tuple(dict.fromkeys(i for binding in (*(each[1] for each in same), one) for i in binding.identifiers))
        ref = same[0][1].ref if same else one.ref
        merged = [each for each in merged if each not in same]
        merged.insert(first, (people.union(*(each[0] for each in same)), Binding(ref, {}, linked, held=cells)))
    return [binding for _, binding in merged]


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
    return Binding(said[0].ref, _joined(binding.roots for binding in said), tuple(identifiers.values()), contested, held)


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
    erased = _erased_on(app, list(_asked_for(firm, subject))) if why.code == NOBODY else {}
    if erased:
        said = "; ".join(f"{store} on {at.date().isoformat()}" for store, at in sorted(erased.items()))
        return NotNow("X204", f"{where}erased before: {said}.", HELP_ERASED)
    kind = Unusable if why.code == "X203" else NotNow
    return kind(why.code, f"{where}{why.reason}.", why.help)


def _asked_for(firm: Firm, subject: Subject) -> Iterator[tuple[str, str, str]]:
    yield from sorted(asked_identifiers(firm.estate, subject))
    for (store, table), keys in subject.keys.items():
        for key in keys:
            yield f"{store}.{table}", "key", asks.key_text(key)
