"""Definitions and the built-in words to one table of names: what exists, of which kind, and which leaves it stands for.

A name is looked up by kind, so that `cookies` may be a source and a choice. Groups flatten to leaves; a circle is
reported (P203) and holds nothing. Not taken: one namespace for all kinds; notices of real firms say `email` for a
datum, a channel and a surface.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from upheld.language.promises.model import Kind, Name
from upheld.language.terms import ALIASES, builtin, builtin_groups
from upheld.language.terms.names import EVERYTHING

NAME = re.compile(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*|[A-Z]{2})\Z")
LONGEST_NAME_CHARS = 80


def is_name(text: str) -> bool:
    """Lower-case words joined by hyphens, or a country."""
    return len(text) <= LONGEST_NAME_CHARS and NAME.match(text) is not None


@dataclass(frozen=True, slots=True)
class NameTable:
    """Every name of a program. `ids`: kind → ids; `holds`: groups that definitions make; `flat`: computed leaves."""

    ids: Mapping[str, frozenset[str]]
    holds: Mapping[Name, frozenset[Name]]
    without: Mapping[Name, frozenset[Name]] = field(default_factory=dict)
    flat: dict[Name, frozenset[Name]] = field(default_factory=dict)

    def find(self, kinds: Iterable[str], word: str) -> Name | None:
        """The name that `word` is, in the first kind that knows it; short forms become the leaf's own name."""
        for kind in kinds:
            if word in self.ids[kind]:
                return Name(Kind(kind), word)
            alias = ALIASES.get((kind, word))
            if alias is not None:
                return Name(Kind(kind), alias)
        return None

    def kinds_of(self, word: str) -> tuple[str, ...]:
        """Every kind that knows the word, sorted."""
        return tuple(sorted(kind for kind in self.ids if self.find((kind,), word)))

    def known(self, kinds: Iterable[str]) -> frozenset[str]:
        """Every word that `find` would know, for suggestions."""
        wanted = tuple(kinds)
        short = {word for kind, word in ALIASES if kind in wanted}
        return frozenset().union(short, *(self.ids[kind] for kind in wanted))

    def leaves(self, name: Name) -> frozenset[Name]:
        """What the name stands for: itself, or what its group holds, all the way down."""
        known = self.flat.get(name)
        if known is None:
            known = self.flat[name] = self._flatten(name)
        return known

    def all_leaves(self, names: Iterable[Name]) -> frozenset[Name]:
        """The leaves of all of them together."""
        sets = [self.leaves(name) for name in names]
        return sets[0] if len(sets) == 1 else frozenset().union(*sets)

    def _flatten(self, name: Name) -> frozenset[Name]:
        if (name.kind.value, name.id) in EVERYTHING:
            return self._everything(name)
        found: set[Name] = set()
        seen = {name}
        waiting = [name]
        while waiting:
            here = waiting.pop()
            held = self.holds.get(here)
            if held is None:
                found |= self._everything(here) if (here.kind.value, here.id) in EVERYTHING else {here}
            else:
                waiting += [one for one in held if one not in seen]
                seen |= held
        taken_out = self.without.get(name)
        return frozenset(found - self.all_leaves(taken_out)) if taken_out else frozenset(found)

    def _everything(self, name: Name) -> frozenset[Name]:
        kind = name.kind
        stands = {Name(kind, word) for word in self.ids[kind.value] if (kind.value, word) not in EVERYTHING}
        # Data has leaves alone; of trackers, parties and the like there are also those that nobody named.
        rest = set() if kind is Kind.DATA else {name}
        return frozenset({one for one in stands if one not in self.holds} | rest)

    def circles(self) -> tuple[Name, ...]:
        """Names whose `holds` or `without` lead back to themselves, sorted."""
        edges = {
            name: self.holds.get(name, frozenset()) | self.without.get(name, frozenset())
            for name in {*self.holds, *self.without}
        }
        return tuple(sorted(name for name in edges if _leads_to(name, name, edges)))


def _leads_to(start: Name, goal: Name, edges: Mapping[Name, frozenset[Name]]) -> bool:
    seen: set[Name] = set()
    waiting = list(edges[start])
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            waiting += edges.get(here, ())
    return False


def known_ids(extra: Iterable[Name]) -> dict[str, frozenset[str]]:
    """Kind → every id: the built-in words and `extra`."""
    found: dict[str, set[str]] = {kind.value: set() for kind in Kind}
    for kind, ids in builtin().items():
        found[kind] |= ids
    for kind, word in (*EVERYTHING, *builtin_groups()):
        found[kind].add(word)
    for name in extra:
        found[name.kind.value].add(name.id)
    return {kind: frozenset(ids) for kind, ids in found.items()}


def builtin_holds() -> dict[Name, frozenset[Name]]:
    """The groups among the built-in words."""
    return {
        Name(Kind(kind), word): frozenset(Name(Kind(kind), held) for held in ids)
        for (kind, word), ids in builtin_groups().items()
    }
