"""The promises of two versions, put beside each other: what is the same, what became what, what came, what went.

A promise is itself wherever it stands: file, line and the moment of its version do not count, its clauses do when it is paired. Pairs share clause
and verb; then verb and part of the object. Not taken: an edit distance over words; promises are compared by what they say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from upheld.language.promises.model import Program, Promise, Source
from upheld.language.promises.to_json import canonical_promise


@dataclass(frozen=True, slots=True)
class Pairs:
    """Promises that say the same, that changed (older, newer), that came and that went; each in program order."""

    same: tuple[tuple[Promise, Promise], ...]
    changed: tuple[tuple[Promise, Promise], ...]
    added: tuple[Promise, ...]
    removed: tuple[Promise, ...]


def paired(old: Program, new: Program) -> Pairs:
    """Every promise of both programs, once."""
    left, right = list(old.promises), list(new.promises)
    said = {id(promise): _said(promise) for promise in (*left, *right)}

    def same_words(a: Promise, b: Promise) -> bool:
        return said[id(a)] == said[id(b)]

    same = _take(left, right, lambda a, b: same_words(a, b) and a.source.clauses == b.source.clauses)
    same += _take(left, right, same_words)
    changed = _take(
        left,
        right,
        lambda a, b: _alike(a, b) and bool(set(a.source.clauses) & set(b.source.clauses)) and bool(a.object & b.object),
    )
    changed += _take(left, right, lambda a, b: _alike(a, b) and bool(set(a.source.clauses) & set(b.source.clauses)))
    changed += _take(left, right, lambda a, b: _alike(a, b) and a.object == b.object)
    return Pairs(tuple(same), tuple(changed), tuple(right), tuple(left))


def _take(left: list[Promise], right: list[Promise], meet: Callable[[Promise, Promise], bool]) -> list[tuple[Promise, Promise]]:
    found = []
    for one in list(left):
        other = next((each for each in right if meet(one, each)), None)
        if other is not None:
            found.append((one, other))
            left.remove(one)
            right.remove(other)
    return found


def _alike(a: Promise, b: Promise) -> bool:
    return (a.verb, a.modality, a.law) == (b.verb, b.modality, b.law)


_NOWHERE = Source("", date(1, 1, 1), (), 0)


def _said(promise: Promise) -> str:
    return canonical_promise(replace(promise, id="", source=_NOWHERE))
