"""Subjects become bindings, or a refusal that names the line and never the person; whoever was erased before is told when.

Nobody found asks the tombstones, and never says erased without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from upheld.engine.estate.forms import normalise
from upheld.engine.execution import asks
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.plan.model import Binding, Refused
from upheld.faces.app.asks.firm import Firm
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.people.tombstones import was_erased

Key = tuple[object, ...]
Place = tuple[str, str]

LINES_SHOWN = 5
HELP_ERASED = "Answer with the date. Rows that stay on a ground are copied when they are asked for by key."


def who_is_meant(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    """Everybody whom the lines mean, bound, each once; NotNow (X201–X205) names the lines that mean nobody or several."""
    found = bind(firm.estate, firm.catalogue, firm.stores, subjects)
    if isinstance(found, Bound):
        return each_once(found.bindings)
    if len(subjects) == 1:
        raise _whose(app, firm, subjects[0], found)
    faulty = _faulty(firm, subjects, found)
    first, why = faulty[0]
    places = ", ".join(subject.ref for subject, _ in faulty[:LINES_SHOWN])
    more = f" and {len(faulty) - LINES_SHOWN} more" if len(faulty) > LINES_SHOWN else ""
    raise _whose(app, firm, first, why, f"{places}{more}: ")


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


def _one_person(said: list[Binding]) -> Binding:
    if len(said) == 1:
        return said[0]
    identifiers = {(one.kind, one.form, one.normal): one for binding in said for one in binding.identifiers}
    contested = _joined(binding.contested for binding in said)
    return Binding(said[0].ref, _joined(binding.roots for binding in said), tuple(identifiers.values()), contested)


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


def _faulty(firm: Firm, subjects: list[Subject], why: Refused) -> list[tuple[Subject, Refused]]:
    """The subjects that cannot be bound, each with its reason, found by halving: most lines of a file are well."""
    if len(subjects) == 1:
        return [(subjects[0], why)]
    middle = len(subjects) // 2
    faulty: list[tuple[Subject, Refused]] = []
    for half in (subjects[:middle], subjects[middle:]):
        found = bind(firm.estate, firm.catalogue, firm.stores, half)
        if isinstance(found, Refused):
            faulty += _faulty(firm, half, found)
    return faulty


def _whose(app: Installation, firm: Firm, subject: Subject, why: Refused, where: str = "") -> Unusable:
    erased = _erased_on(app, list(_asked_for(firm, subject))) if why.code == "X201" else {}
    if erased:
        said = "; ".join(f"{store} on {at.date().isoformat()}" for store, at in sorted(erased.items()))
        return NotNow("X204", f"{where}erased before: {said}.", HELP_ERASED)
    kind = Unusable if why.code == "X203" else NotNow
    return kind(why.code, f"{where}{why.reason}.", why.help)


def _asked_for(firm: Firm, subject: Subject) -> Iterator[tuple[str, str, str]]:
    regions = {store.region or store.place for store in firm.estate.stores.values()}
    for kind, form, value in subject.identifiers:
        for region in sorted(regions):
            normal = normalise(form, value, region)
            if normal is not None:
                yield kind, form, normal
    for (store, table), keys in subject.keys.items():
        for key in keys:
            yield f"{store}.{table}", "key", asks.key_text(key)
