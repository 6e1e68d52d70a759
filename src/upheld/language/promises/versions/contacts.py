"""Two rosters of contacts become the contact points that came, went or changed."""

from __future__ import annotations

from collections.abc import Iterator

from upheld.language.notice.model import Word
from upheld.language.notice.tree import Fault, Listing, Node, Table, read_tree
from upheld.language.promises.versions.model import Change


def contact_changes(old: str, new: str) -> Iterator[Change]:
    """One change a role and detail, roles in order of their names. A roster that cannot be read counts as empty."""
    before, after = _points(old), _points(new)
    for point in sorted({*before, *after}):
        if before.get(point) != after.get(point):
            role, detail = point
            yield Change("contact", "none", (), f"contact {role}, {detail}", before.get(point, ""), after.get(point, ""))


def _points(text: str) -> dict[tuple[str, str], str]:
    """(role, detail) → what stands there."""
    tree = read_tree(text, 1, depth=4) if text else None
    if tree is None or isinstance(tree, Fault):
        return {}
    found: dict[tuple[str, str], str] = {}
    for role, details in _roles(tree):
        for key, value in details.entries:
            if isinstance(value, Word) and key.text != "role":
                found[role, key.text] = " ".join(value.text.split())
    return found


def _roles(tree: Node) -> Iterator[tuple[str, Table]]:
    if isinstance(tree, Table):
        yield from ((key.text, item) for key, item in tree.entries if isinstance(item, Table))
    elif isinstance(tree, Listing):
        for item in tree.items:
            if isinstance(item, Table):
                role = next((value.text for key, value in item.entries if key.text == "role" and isinstance(value, Word)), "")
                yield role, item
