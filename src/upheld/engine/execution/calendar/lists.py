"""Rows that are kept, by key, become the lists that a calendar plan names: what of them is on record, and what of them has come to its day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from upheld.engine.execution.kept.rows import KeptRows
from upheld.engine.plan.calendar.on_record import ENDED, NOTED, refs_of, refs_of_stay
from upheld.engine.plan.model import Binding
from upheld.engine.plan.plans import Plan

Key = tuple[object, ...]
Places = dict[tuple[str, str], dict[Key, None]]


def lists_of_kept(rows: Iterable[KeptRows], day: date) -> tuple[Binding, ...]:
    """Of a row, each kind has ended once nothing keeps it any more; all else in it, which an erasure ended, with the last of all."""
    noted: dict[str, Places] = {}
    ended: dict[str, Places] = {}
    still: set[tuple[str, str, Key, str]] = set()
    for one in rows:
        place, keys = (one.store, one.table), dict.fromkeys(one.keys)
        for ref in (*refs_of(one.rule, NOTED, one.whole), *refs_of_stay(one.rule)):
            noted.setdefault(ref, {}).setdefault(place, {}).update(keys)
        for ref in refs_of(one.rule, ENDED, one.whole):
            ended.setdefault(ref, {}).setdefault(place, {}).update(keys)
        if one.until is None or one.until > day:
            still |= {(*place, key, ref) for key in one.keys for ref in refs_of(one.rule, ENDED, True)}
    over = {
        ref: {place: dict.fromkeys(k for k in keys if (*place, k, ref) not in still) for place, keys in places.items()}
        for ref, places in ended.items()
    }
    return tuple(_binding(ref, places) for ref, places in (*noted.items(), *over.items()))


def over_in(lists: Iterable[Binding]) -> frozenset[tuple[str, str]]:
    """Tables with rows of which something has come to its day."""
    over = (one for one in lists if one.ref == ENDED or one.ref.startswith(f"{ENDED} "))
    return frozenset(place for one in over for place in one.roots)


def with_kept(lists: Sequence[Binding], kept: KeptRows) -> tuple[Binding, ...]:
    """The lists with rows that are kept from now on."""
    known = {one.ref: one for one in lists}
    place = kept.store, kept.table
    for ref in (*refs_of(kept.rule, NOTED, kept.whole), *refs_of_stay(kept.rule)):
        roots = dict(known[ref].roots) if ref in known else {}
        roots[place] = tuple(dict.fromkeys((*roots.get(place, ()), *kept.keys)))
        known[ref] = Binding(ref, roots)
    return tuple(known.values())


def scopes_of(lists: Iterable[tuple[str, tuple[str, ...]]], bindings: Sequence[Binding]) -> Mapping[str, Sequence[Binding]]:
    """The lists that a plan names, with what they hold."""
    return {name: [one for one in bindings if one.ref in refs] for name, refs in lists}


def lists_in(plan: Plan) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lists that any store's part names."""
    return tuple({name: (name, refs) for part in plan.stores for name, refs in part.holds}.values())


def _binding(ref: str, places: Places) -> Binding:
    return Binding(ref, {place: tuple(keys) for place, keys in places.items() if keys})
