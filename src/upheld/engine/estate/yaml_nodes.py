"""YAML text becomes nodes that know their line, and every fault of shape becomes a finding.

Reads with libyaml's `compose`, and never resolves types: `NO` is Norway and `on` is a word. Nothing stops at the first
fault: a reader gives back a neutral value and notes what was wrong. Not taken: `safe_load`, which loses lines and doubles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import yaml

from upheld.engine.estate.codes import finding, nearest
from upheld.language.diagnostic import Diagnostic

Node = yaml.Node
Map = dict[str, tuple[yaml.ScalarNode, yaml.Node]]

_WITHOUT = re.compile(r"(\baccess: *)(without \[[^\[\]\n]*\])")
_BRACKETS = re.compile(r"[\[\]{}]")
DEEPEST = 500
_INDENT = re.compile(rf"(?m)^[ \t?:-]{{{DEEPEST},}}")
W = TypeVar("W", bound=str)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Page:
    """One file being read: its name, and what was found so far. Lives only as long as the reading."""

    file: str
    findings: list[Diagnostic] = field(default_factory=list)

    def fault(self, code: str, node: Node | int, detail: str, help: str, suggestion: str | None = None) -> None:
        """Note one finding at the node's line."""
        line = node if isinstance(node, int) else line_of(node)
        self.findings.append(finding(code, self.file, line, detail, help, suggestion))


def line_of(node: Node) -> int:
    """The line where a node starts, from 1."""
    return int(node.start_mark.line) + 1


def read_page(page: Page, text: str) -> Node | None:
    """The document of a file, or None with E101 noted."""
    if _too_deep(text):
        page.fault("E101", 1, "The file is nested deeper than any estate.", "See docs/estate.md for the shape.")
        return None
    try:
        # YAML reads a bracket after a word in braces as an error; `access: without [column]` is the file's own short form.
        node = yaml.compose(_WITHOUT.sub(r'\1"\2"', text), Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = min(mark.line + 1 if mark else 1, text.count("\n") or 1)
        page.fault("E101", at, f"YAML says: {error.problem or 'no document'}.", _YAML_HELP)
        return None
    except yaml.YAMLError:
        page.fault("E101", 1, "The file holds characters that YAML forbids.", "Save the file as UTF-8 text.")
        return None
    if not isinstance(node, yaml.MappingNode):
        page.fault("E101", 1, "The file does not start with entries like `store: shop`.", "See docs/estate.md for the shape.")
        return None
    return node


def _too_deep(text: str) -> bool:
    # libyaml composes by recursion in C: some ten thousand levels end the process, not the call.
    depth = deepest = 0
    for mark in _BRACKETS.findall(text):
        depth = depth + 1 if mark in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest > DEEPEST or _INDENT.search(text) is not None


_YAML_HELP = "Check the indentation, and put texts that hold `,` `:` `[` or `{` in quotes."


def entries(page: Page, node: Node | None, what: str, known: Iterable[str] | None = None) -> Map:
    """The entries of a mapping by name; unknown words (E102), doubles (E105) and other shapes (E104) are noted."""
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        page.fault("E104", node, f"{what} is not a list of `name: value` entries.", f"Write {what} as `name: value` entries.")
        return {}
    found: Map = {}
    words = None if known is None else frozenset(known)
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            page.fault("E104", key, f"An entry of {what} has no plain name.", "Write a plain name before the colon.")
            continue
        name = key.value
        if name in found:
            page.fault("E105", key, f"`{name}` stands twice in {what}.", "Keep one of them.")
        elif words is not None and name not in words:
            listed = ", ".join(f"`{word}`" for word in sorted(words))
            page.fault("E102", key, f"{what} has no entry `{name}`.", f"Use one of {listed}.", nearest(name, words))
        else:
            found[name] = (key, value)
    return found


def text_of(page: Page, node: Node, what: str) -> str:
    """The text of a scalar, as written; E104 and the empty text for another shape."""
    if isinstance(node, yaml.ScalarNode):
        return "" if is_null(node) else node.value
    page.fault("E104", node, f"{what} is not a plain word or text.", f"Write {what} as one word or one text.")
    return ""


def texts_of(page: Page, node: Node, what: str) -> tuple[str, ...]:
    """The texts of a list, in order; one text alone is a list of one."""
    if isinstance(node, yaml.SequenceNode):
        return tuple(text_of(page, item, what) for item in node.value)
    one = text_of(page, node, what)
    return (one,) if one else ()


def word_of(page: Page, node: Node, what: str, words: tuple[W, ...]) -> W:
    """One of `words`; E104 and the first of them otherwise, so that reading goes on."""
    word = text_of(page, node, what)
    for known in words:
        if word == known:
            return known
    listed = ", ".join(f"`{w}`" for w in words)
    page.fault("E104", node, f"{what} is `{word}`.", f"Use one of {listed}.", nearest(word, words))
    return words[0]


def number_of(page: Page, node: Node, what: str, low: int, high: int) -> int:
    """A whole number between `low` and `high`; E104 and `low` otherwise."""
    word = text_of(page, node, what)
    if word.isascii() and word.isdigit() and len(word) < 10 and low <= int(word) <= high:
        return int(word)
    page.fault("E104", node, f"{what} is `{word}`.", f"Use a whole number from {low} to {high}.")
    return low


def items_of(node: Node) -> Iterator[Node]:
    """The items of a list, or the node itself: many entries accept one or several."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    else:
        yield node


def is_null(node: Node) -> bool:
    """Whether nothing was written."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "~", "null")
