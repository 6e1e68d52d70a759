"""What people decided is honoured whenever somebody is bound: contested rows become hers or nobody's concern, merged root rows one person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from upheld.engine.estate.model import Estate
from upheld.engine.execution.asks import key_json, key_of_json
from upheld.engine.execution.bind import Subject
from upheld.engine.execution.kept.asking import asked_identifiers
from upheld.engine.plan.model import Binding
from upheld.faces.app.installation import Installation
from upheld.records.people.decisions import Name, decisions_of, merges_by

Place = tuple[str, str]
Key = tuple[object, ...]


def with_merges(app: Installation, estate: Estate, subjects: Sequence[Subject]) -> list[Subject]:
    """Whoever names a merged root row, or an identifier that merged root rows alone share, names them all."""
    names = {subject.ref: names_of(estate, subject) for subject in subjects}
    with app.own.connection() as connection:
        found = merges_by(connection, app.master, sorted({name for each in names.values() for name in each}))
    joined = []
    for subject in subjects:
        roots = {root for name in names[subject.ref] for merge in found.get(name, ()) for root in merge.roots}
        rows = [(place_of(place), key_of_json(text)) for place, text in sorted(roots)]
        joined.append(_with(subject, [row for row in rows if row[0][1] in _tables(estate, row[0][0])]))
    return joined


def names_of(estate: Estate, subject: Subject) -> frozenset[Name]:
    """By what a merge of this subject may be found."""
    keys = {("root", f"{s}.{t}", key_json(key)) for (s, t), each in subject.keys.items() for key in each if _is_plain(key)}
    return frozenset((*keys, *(("identifier", *one) for one in asked_identifiers(estate, subject))))


def _is_plain(key: Key) -> bool:
    """Whether a file's key is one that a row can have; any other is refused when it is bound."""
    return all(isinstance(part, str | int) or part is None for part in key)


def place_of(place: str) -> Place:
    """`shop.customers` as (store, table)."""
    store, _, table = place.partition(".")
    return store, table


def _tables(estate: Estate, store: str) -> Mapping[str, Any]:
    return estate.stores[store].tables if store in estate.stores else {}


def _with(subject: Subject, rows: list[tuple[Place, Key]]) -> Subject:
    if not rows:
        return subject
    keys = {place: tuple(each) for place, each in subject.keys.items()}
    for place, key in rows:
        keys[place] = tuple(dict.fromkeys((*keys.get(place, ()), key)))
    return replace(subject, keys=keys, one=frozenset(rows))


def with_decisions(app: Installation, connection: Any, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
    """Rows that were decided are contested no more: hers are bound by key, others are left alone."""
    said = decisions_of(connection, app.master, [one.ref for one in bindings])
    return tuple(decided(one, said[one.ref]) if one.ref in said else one for one in bindings)


def decided(binding: Binding, said: Mapping[tuple[str, str], bool]) -> Binding:
    """The binding after these decisions, by (place, key as JSON text)."""
    roots = {place: list(keys) for place, keys in binding.roots.items()}
    contested = {}
    for (store, table), keys in binding.contested.items():
        open = []
        for key in keys:
            hers = said.get((f"{store}.{table}", key_json(key)))
            if hers is None:
                open.append(key)
            elif hers and key not in roots.setdefault((store, table), []):
                roots[store, table].append(key)
        if open:
            contested[store, table] = tuple(open)
    return replace(binding, roots={place: tuple(keys) for place, keys in roots.items() if keys}, contested=contested)
