"""The lines between the two `---` at the top of a notice to a FrontMatter.

Reports missing (N201) and unknown or unreadable keys (N203). Which keys must stand depends on what the file is: a
notice, a supplement, a translation, or an annex, which needs none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice.findings import finding, nearest, shown
from upheld.language.notice.model import Entry, FrontMatter, Word
from upheld.language.notice.tree import Fault, Listing, Node, Table, read_tree

TEXTS = ("notice", "title", "language", "contacts", "officer", "officer-reason", "supplements", "prevails", "translates")
LISTS = ("controller", "regimes", "annexes", "retired")
DATES = ("updated", "effective")
KEYS = frozenset((*TEXTS, *LISTS, *DATES, "settings", "covers"))
REQUIRED = ("notice", "language", "updated", "effective", "controller", "regimes")
REQUIRED_OF_SUPPLEMENT = ("notice", "language", "updated", "effective", "supplements", "covers", "prevails")
REQUIRED_OF_TRANSLATION = ("translates", "language", "updated")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def read_front(text: str, file: str, is_main: bool) -> tuple[FrontMatter, tuple[Diagnostic, ...]]:
    """The front matter and what is wrong with it. `text` is without its `---` lines; its first line is line 2."""
    found: list[Diagnostic] = []
    tree = read_tree(text, 2, depth=3)
    if isinstance(tree, Fault):
        return FrontMatter(), (finding("N203", file, tree.line, f"The front matter cannot be read: {tree.why}."),)
    if tree is not None and not isinstance(tree, Table):
        return FrontMatter(), (finding("N203", file, 2, "The front matter is not made of `key: value` lines."),)
    front = FrontMatter()
    for key, value in tree.entries if tree else ():
        front = _with(front, key, value, file, found)
    missing = [key for key in _required(front, is_main) if key not in front.lines]
    found += [finding("N201", file, 1, f"`{key}:` is missing.", help=f"Write `{key}:` in the front matter.") for key in missing]
    return front, tuple(found)


def _required(front: FrontMatter, is_main: bool) -> tuple[str, ...]:
    if front.translates:
        return REQUIRED_OF_TRANSLATION
    if front.supplements:
        return REQUIRED_OF_SUPPLEMENT
    if front.officer == "none":
        return (*REQUIRED, "officer-reason")
    return REQUIRED if is_main else ()


def _with(front: FrontMatter, key: Word, value: Node, file: str, found: list[Diagnostic]) -> FrontMatter:
    name = key.text
    if name not in KEYS:
        found.append(
            finding("N203", file, key.line, f"{shown(name)} is no key of the front matter.", suggestion=nearest(name, KEYS))
        )
        return front
    if name in front.lines:
        found.append(finding("P103", file, key.line, f"{shown(name)} is said a second time."))
        return front
    front = replace(front, lines={**front.lines, name: key.line})
    try:
        return replace(front, **_member(name, value))
    except ValueError as why:
        found.append(finding("N203", file, key.line, f"`{name}:` {why}."))
        return front


def _member(name: str, value: Node) -> dict[str, Any]:
    return {name.replace("-", "_"): _value(name, value)}


def _value(name: str, value: Node) -> object:
    if name in LISTS:
        return _words(value)
    if name == "settings":
        return _pairs(value)
    if name == "covers":
        return _entries(value)
    if not isinstance(value, Word) or not value.text.strip():
        raise ValueError("takes one value")
    text = value.text.strip()
    if name in DATES:
        return read_day(text)
    if name in ("notice", "supplements", "translates") and not NAME.match(text):
        raise ValueError("takes lower-case words joined by hyphens")
    if name == "prevails" and text not in ("yes", "no"):
        raise ValueError("takes `yes` or `no`")
    return text


def read_day(text: str) -> date:
    """A day written 2026-03-01; ValueError says what is wrong."""
    if not DAY.match(text):
        raise ValueError("takes a day such as 2026-03-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("names a day that no calendar has") from None


def _words(value: Node) -> tuple[Word, ...]:
    items = value.items if isinstance(value, Listing) else (value,)
    words = [item for item in items if isinstance(item, Word) and item.text.strip()]
    if len(words) != len(items):
        raise ValueError("takes a list of names")
    return tuple(Word(word.text.strip(), word.line) for word in words)


def _pairs(value: Node) -> tuple[tuple[Word, Word], ...]:
    if isinstance(value, Word) and not value.text.strip():
        return ()
    if not isinstance(value, Table):
        raise ValueError("takes `name: value` lines")
    pairs = [(key, item) for key, item in value.entries if isinstance(item, Word)]
    if len(pairs) != len(value.entries) or len({key.text for key, _ in pairs}) != len(pairs):
        raise ValueError("takes each name once, with one value")
    return tuple((key, Word(" ".join(item.text.split()), item.line)) for key, item in pairs)


def _entries(value: Node) -> tuple[Entry, ...]:
    if not isinstance(value, Table):
        raise ValueError("takes `of:`, `on:` or `regime:`")
    entries = tuple(Entry(key.text, _words(item), key.line, listed=isinstance(item, Listing)) for key, item in value.entries)
    if (
        not entries
        or any(entry.key not in ("of", "on", "regime") for entry in entries)
        or len({e.key for e in entries}) != len(entries)
    ):
        raise ValueError("takes `of:`, `on:` or `regime:`")
    return entries
