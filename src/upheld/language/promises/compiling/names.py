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
            for one in self._inside_out(name):
                self.flat[one] = self._flatten(one)
            known = self.flat[name]
        return known

    def all_leaves(self, names: Iterable[Name]) -> frozenset[Name]:
        """The leaves of all of them together."""
        sets = [self.leaves(name) for name in names]
        return sets[0] if len(sets) == 1 else frozenset().union(*sets)

    def _inside_out(self, name: Name) -> list[Name]:
        """The name and every name below it that is not flat yet, each after those that it holds or takes out."""
        order: list[Name] = []
        seen: set[Name] = set()
        waiting = [(name, False)]
        while waiting:
            here, is_left = waiting.pop()
            if is_left:
                order.append(here)
            elif here not in seen:
                seen.add(here)
                waiting.append((here, True))
                below = self.holds.get(here, frozenset()) | self.without.get(here, frozenset())
                waiting += [(one, False) for one in below if one not in seen and one not in self.flat]
        return order

    def _flatten(self, name: Name) -> frozenset[Name]:
        """From what is flat already; what leads back to the name itself (P203) holds nothing."""
        if (name.kind.value, name.id) in EVERYTHING:
            return self._everything(name)
        held = self.holds.get(name)
        if held is None:
            return frozenset({name})
        found = frozenset().union(*(self.flat.get(one, frozenset()) for one in held))
        taken_out = self.without.get(name, frozenset())
        return found.difference(*(self.flat.get(one, frozenset()) for one in taken_out)) if taken_out else found

    def _everything(self, name: Name) -> frozenset[Name]:
        kind = name.kind
        stands = {Name(kind, word) for word in self.ids[kind.value] if (kind.value, word) not in EVERYTHING}
        # Data has leaves alone; of trackers, parties and the like there are also those that nobody named.
        rest = set() if kind is Kind.DATA else {name}
        return frozenset({one for one in stands if one not in self.holds} | rest)

    def circles(self) -> tuple[Name, ...]:
        """Names whose `holds` or `without` lead back to themselves, sorted."""
        edges = {
            name: set(self.holds.get(name, frozenset()) | self.without.get(name, frozenset()))
            for name in {*self.holds, *self.without}
        }
        edges = _without_ends(edges)
        return tuple(sorted(name for name in edges if _leads_to(name, name, edges)))


def _without_ends(edges: dict[Name, set[Name]]) -> dict[Name, set[Name]]:
    """The edges among names from which one can walk for ever: what is left once every dead end is taken away. Linear."""
    back: dict[Name, list[Name]] = {}
    for name, held in edges.items():
        for one in held:
            back.setdefault(one, []).append(name)
    left = {name: len(held) for name, held in edges.items()}
    ends = [name for name in back if name not in edges] + [name for name, count in left.items() if not count]
    while ends:
        for name in back.get(ends.pop(), ()):
            left[name] -= 1
            if not left[name]:
                ends.append(name)
    return {name: {one for one in held if left.get(one)} for name, held in edges.items() if left[name]}


def _leads_to(start: Name, goal: Name, edges: Mapping[Name, set[Name]]) -> bool:
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
