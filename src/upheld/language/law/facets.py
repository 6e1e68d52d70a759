"""The facets of a regime's file become facts by path; a reading names its fact and takes citation and source from there.

A facet that a regime does not state is its parent's, facet by facet, cited in the child's manner. Not taken: copying the
parent's text into the child's file; a correction would have to be made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from upheld.language.law.model import Fact, Item

Node = Mapping[str, Any]
_T = TypeVar("_T")
_OWN = frozenset({"value", "items", "cite", "confidence", "source", "applies-from", "text", "inherited-from"})
_ITEM = frozenset({"id", "text", "cite"})


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts by path, and how a child cites what it takes from them."""

    by_path: Mapping[str, Fact[Any]]
    cited_as: str = "{}"
    regime: str = ""

    def named(self, path: str) -> Fact[Any]:
        """The fact at `path`, or the item of the list there. KeyError if there is none."""
        if path in self.by_path:
            return self._inherited(self.by_path[path])
        place, _, item = path.rpartition(".")
        whole = self.by_path[place]
        return self._inherited(next(_of_item(whole, each) for each in whole.value if each.id == item))

    def each(self, path: str) -> tuple[Fact[Any], ...]:
        """The items of the list at `path`, each a fact whose value is its id."""
        whole = self.by_path[path]
        return tuple(self._inherited(_of_item(whole, each)) for each in whole.value)

    def cited(self, cite: str) -> str:
        """A citation of the facts' own regime, as these facts are cited here."""
        return self.cited_as.format(cite)

    def of_child(self, regime: str, cited_as: str) -> Facts:
        """The same facts, as a child that shares the text cites them."""
        return replace(self, cited_as=cited_as, regime=regime)

    def _inherited(self, fact: Fact[_T]) -> Fact[_T]:
        if not self.regime:
            return fact
        return replace(fact, cite=self.cited_as.format(fact.cite), inherited_from=self.regime)


def _of_item(whole: Fact[Any], item: Item) -> Fact[str]:
    return replace(whole, value=item.id, cite=item.cite or whole.cite, text=item.text, more=item.more)


def read_facets(facets: Node, parent: Mapping[str, Fact[Any]], parent_id: str, cited_as: str) -> Mapping[str, Fact[Any]]:
    """Every fact by its path, the parent's facets among them where this regime states none of that name."""
    found = {path: fact for name, node in facets.items() for path, fact in _walk(name, node)}
    for path, fact in parent.items():
        if path.partition(".")[0] not in facets:
            found[path] = replace(fact, cite=cited_as.format(fact.cite), inherited_from=fact.inherited_from or parent_id)
    return MappingProxyType(found)


def _walk(path: str, node: Any) -> Iterator[tuple[str, Fact[Any]]]:
    if isinstance(node, list):
        for number, each in enumerate(node, 1):
            yield from _walk(f"{path}.{number}", each)
    elif isinstance(node, dict):
        if "cite" in node and "confidence" in node:
            yield path, fact_of(node, _plain)
        for key, each in node.items():
            if key not in _OWN:
                yield from _walk(f"{path}.{key}", each)


def fact_of(node: Node, shape: Callable[[Any], _T], text: str = "text") -> Fact[_T]:
    """A fact as written. `shape` makes its value; a list under `items` becomes items with ids."""
    value = tuple(map(_item, node["items"])) if "items" in node else node.get("value", node.get("values"))
    return Fact(
        value=shape(value),
        cite=node["cite"],
        confidence=node["confidence"],
        source=node["source"],
        text=node.get(text, ""),
        applies_from=str(node.get("applies-from", "")),
        inherited_from=node.get("inherited-from", ""),
        more=MappingProxyType({key: each for key, each in node.items() if key not in _OWN and key != text}),
    )


def _item(node: Node) -> Item:
    rest = {key: each for key, each in node.items() if key not in _ITEM}
    return Item(node["id"], node.get("text", ""), node.get("cite", ""), MappingProxyType(rest))


def _plain(value: Any) -> Any:
    return value
