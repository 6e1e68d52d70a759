"""Subjects become bindings, or a refusal that names the line and never the person; whoever was erased before is told when.

Nobody found asks the tombstones, and never says erased without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from upheld.engine.estate.forms import normalise
from upheld.engine.execution import asks
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.plan.model import Binding, Refused
from upheld.faces.app.asks.firm import Firm
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.people.tombstones import was_erased

LINES_SHOWN = 5
HELP_ERASED = (
    'Answer with the date. What stays on a ground is copied when asked by key: {"table": "shop.customers", "key": {"id": 7}}.'
)


def who_is_meant(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    """Every subject, bound; NotNow (X201–X205) names the lines that cannot be."""
    found = bind(firm.estate, firm.catalogue, firm.stores, subjects)
    if isinstance(found, Bound):
        return found.bindings
    if len(subjects) == 1:
        raise _whose(app, firm, subjects[0], found)
    faulty = _faulty(firm, subjects, found)
    first, why = faulty[0]
    places = ", ".join(subject.ref for subject, _ in faulty[:LINES_SHOWN])
    more = f" and {len(faulty) - LINES_SHOWN} more" if len(faulty) > LINES_SHOWN else ""
    raise _whose(app, firm, first, why, f"{places}{more}: ")


def erased_on(app: Installation, names: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Store → moment of the latest erasure that a tombstone of any of `names` (kind, form, normal form) speaks of."""
    found: dict[str, Any] = {}
    with app.own.connection() as connection:
        for kind, form, normal in names:
            for store, at in was_erased(connection, app.master, kind, form, normal):
                found[store] = max(at, found.get(store, at))
    return found


def root_names(binding: Binding) -> list[tuple[str, str, str]]:
    """The person's own rows, as tombstones know them."""
    return [
        (f"{store}.{table}", "key", asks.key_text(key))
        for (store, table), keys in sorted(binding.roots.items())
        for key in keys
    ]


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
    erased = erased_on(app, list(_asked_for(firm, subject))) if why.code == "X201" else {}
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
