"""What Upheld's own words mean under a regime, each read from a fact: proofs, grounds, contents, ages, rolls, duties.

A reading says `from: PATH` and takes value, citation, confidence and source from the fact there; it may say its own
value where the fact is prose. A section that a regime does not state is its parent's, read over the parent's facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from upheld.language.law.facets import Facts, Node, fact_of
from upheld.language.law.model import Fact, Item

_T = TypeVar("_T")
_KNOWN = frozenset({"value", "from", "cite", "text", "for", "age"})


@dataclass(frozen=True, slots=True)
class Readings:
    """The sections of one regime with the facts that each is read over."""

    sections: Mapping[str, Any]
    facts: Facts
    parent: Readings | None = None

    def one(self, section: str, shape: Callable[[Any], _T]) -> Fact[_T] | None:
        """The section's only reading; None where neither the regime nor its parent states it."""
        node, facts = self._at(section)
        return _shaped(_read(node, facts), shape) if node else None

    def must(self, section: str, shape: Callable[[Any], _T]) -> Fact[_T]:
        """The section's only reading. KeyError if there is none: a defect of the file."""
        found = self.one(section, shape)
        if found is None:
            raise KeyError(section)
        return found

    def several(self, section: str) -> tuple[Fact[str], ...]:
        """The section's readings in order; a list of law gives one each."""
        nodes, facts = self._at(section)
        return tuple(fact for node in nodes or () for fact in _spread(node, facts))

    def by(self, section: str, key: str = "for") -> Mapping[str, tuple[Fact[str], ...]]:
        """The section's readings for each right (or clock) that they are for."""
        nodes, facts = self._at(section)
        found: dict[str, list[Fact[str]]] = {}
        for node in nodes or ():
            for right in node[key]:
                found.setdefault(right, []).extend(_spread(node, facts))
        return MappingProxyType({right: tuple(each) for right, each in found.items()})

    def proofs(self) -> Mapping[str, Fact[tuple[str, ...]]]:
        """What a requester shows, by right."""
        nodes, facts = self._at("proof")
        return MappingProxyType({r: _shaped(_read(node, facts), tuple) for node in nodes or () for r in node["for"]})

    def ages(self, section: str, shape: Callable[[Any], _T]) -> Mapping[str, Fact[_T]]:
        """Ages by what they decide, or the countries' own by the same."""
        nodes, facts = self._at(section)
        return MappingProxyType({node["age"]: _shaped(_read(node, facts), shape) for node in nodes or ()})

    def words(self, section: str) -> Mapping[str, str]:
        """A section that is no law but ours: right → the right it is answered as part of."""
        return MappingProxyType(dict(self._at(section)[0] or {}))

    def _at(self, section: str) -> tuple[Any, Facts]:
        if section in self.sections:
            return self.sections[section], self.facts
        return self.parent._at(section) if self.parent else (None, self.facts)


def _read(node: Node, facts: Facts) -> Fact[Any]:
    if "from" not in node:
        return fact_of(node, lambda value: value)
    fact = facts.named(node["from"])
    prose = fact.text or (fact.value if isinstance(fact.value, str) else _together(fact.value))
    changed = {
        "cite": facts.cited(node["cite"]) if "cite" in node else fact.cite,
        "text": node.get("text", prose),
        "more": _rest(node),
    }
    return replace(fact, **changed, **({"value": node["value"]} if "value" in node else {}))


def _rest(node: Node) -> Mapping[str, Any]:
    """What a reading says beyond its fact."""
    return MappingProxyType({key: each for key, each in node.items() if key not in _KNOWN})


def _together(items: Any) -> str:
    return "; ".join(each.text or each.id for each in items if isinstance(each, Item)) if isinstance(items, tuple) else ""


def _spread(node: Node, facts: Facts) -> Iterable[Fact[str]]:
    if "from" in node and "value" not in node:
        return facts.each(node["from"])
    return (_shaped(_read(node, facts), str),)


def _shaped(fact: Fact[Any], shape: Callable[[Any], _T]) -> Fact[_T]:
    return replace(fact, value=shape(fact.value))
