"""Who asks for access is bound; whoever was erased is meant too, while rows of hers are held.

Binding looks for root rows, and an erased person may have none. What was kept of her is sought by the same verified identifiers and keys, so that
she is answered with exactly what stays. Nobody found and nothing held stays a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.execution.errors import refused
from upheld.engine.execution.kept.people import Held, Name, names_asked
from upheld.engine.plan.model import Binding, Linked, Refused
from upheld.engine.stores import Store

NOBODY = "X201"
NOT_FOUND = refused(
    NOBODY, "no root row bears what was given", "Check the identifiers: as the stores write them, and of the right kind."
)
Seek = Callable[[Mapping[str, frozenset[Name]]], Mapping[str, Held]]
Faulty = list[tuple[Subject, Refused]]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who was found: `living` have rows of their own, `gone` only what is held. `people`: by reference, the numbers under which it is."""

    living: tuple[Binding, ...]
    gone: tuple[Binding, ...]
    people: Mapping[str, frozenset[bytes]] = field(default_factory=dict)


def bind_with_held(
    estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store], subjects: Sequence[Subject], seek: Seek
) -> Asking | Faulty:
    """Everybody, each with what is held; or those who mean nobody or several, each with the reason. StoreFault as `bind`."""
    away: set[str] = set()
    found = bind(estate, catalogue, stores, subjects, away)
    if isinstance(found, Bound):
        faulty = [(one, NOT_FOUND) for one in subjects if one.ref in away]
    else:
        faulty = faulty_of(estate, catalogue, stores, subjects, found)
    missing = [subject for subject, why in faulty if why.code == NOBODY]
    held = seek({subject.ref: names_asked(estate, subject, None) for subject in missing}) if missing else {}
    others = [each for each in faulty if each[0].ref not in held]
    if others:
        return others
    if isinstance(found, Refused):
        rest = [subject for subject in subjects if subject.ref not in held]
        found = bind(estate, catalogue, stores, rest) if rest else Bound(())
        if isinstance(found, Refused):  # a row went between the two looks
            return faulty_of(estate, catalogue, stores, rest, found)
    by_ref = {one.ref: one for one in subjects}
    too = seek({one.ref: names_asked(estate, by_ref[one.ref], one) for one in found.bindings}) if found.bindings else {}
    living = tuple(replace(one, held=too[one.ref].cells) if one.ref in too else one for one in found.bindings)
    gone = tuple(_gone(estate, subject, held[subject.ref]) for subject in missing)
    return Asking(living, gone, {ref: one.people for ref, one in {**held, **too}.items()})


def faulty_of(
    estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store], subjects: Sequence[Subject], why: Refused
) -> Faulty:
    """The subjects that cannot be bound, each with its reason, found by halving: most lines of a file are well."""
    if len(subjects) == 1:
        return [(subjects[0], why)]
    middle = len(subjects) // 2
    faulty: Faulty = []
    for half in (subjects[:middle], subjects[middle:]):
        found = bind(estate, catalogue, stores, half)
        if isinstance(found, Refused):
            faulty += faulty_of(estate, catalogue, stores, half, found)
    return faulty


def asked_identifiers(estate: Estate, subject: Subject) -> frozenset[tuple[str, str, str]]:
    """The identifiers that an ask verified, as (kind, form, normal form), in the normal form of every region of the estate."""
    regions = sorted({store.region or store.place for store in estate.stores.values()})
    normals = ((kind, form, normalise(form, value, region)) for kind, form, value in subject.identifiers for region in regions)
    return frozenset((kind, form, normal) for kind, form, normal in normals if normal is not None)


def _gone(estate: Estate, subject: Subject, held: Held) -> Binding:
    """No row is a person's own any more; what bears a verified identifier is still hers, and what is held."""
    names = sorted(asked_identifiers(estate, subject))
    return Binding(subject.ref, {}, tuple(Linked(*name, bearers=0) for name in names), held=held.cells)
