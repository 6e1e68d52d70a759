"""A set of names that is exactly a group's leaves, named by the group again: groups are flattened when a notice is compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upheld.language.promises.model import Definition, Name

Groups = Mapping[frozenset[Name], Name]


def groups_of(names: Mapping[Name, Definition]) -> Groups:
    """Leaves → the first group, by name, that holds exactly these."""
    found: dict[frozenset[Name], Name] = {}
    for name in sorted(names):
        leaves = names[name].leaves
        if len(leaves) > 1:
            found.setdefault(leaves, name)
    return found


def shortened(names: Iterable[Name], groups: Groups) -> list[Name]:
    """The group's name where there is one, else the names: sorted where they are a set, in their order where they are not."""
    group = groups.get(frozenset(names))
    if group is not None:
        return [group]
    return sorted(names) if isinstance(names, frozenset) else list(names)
