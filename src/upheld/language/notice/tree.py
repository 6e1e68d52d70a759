"""YAML text to scalars, lists and mappings with the line of each; every scalar is text.

Reads libyaml's events one by one, so that depth is bounded before anything is built: no input can exhaust the stack.
Anchors, aliases, tags and several documents are faults. Not taken: `yaml.compose`, which recurses as deep as the text.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from upheld.language.notice.model import Word

Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
LONGEST_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping in the order of the text. Repeated keys stay repeated: the reader of the table reports them."""

    entries: tuple[tuple[Word, Node], ...]
    line: int


Node = Word | Listing | Table


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    why: str


class _Refused(Exception):
    def __init__(self, line: int, why: str) -> None:
        self.fault = Fault(line, why)
        super().__init__(why)


def read_tree(text: str, first_line: int, depth: int) -> Node | Fault | None:
    """The one document in `text`, None if it is empty, or the first fault. `depth` counts nested lists and mappings."""
    if len(text) > LONGEST_CHARS:
        return Fault(first_line, "it is longer than 200,000 characters")
    try:
        return _read(text, first_line, depth)
    except _Refused as refused:
        return refused.fault
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Fault(first_line + (mark.line if mark else 0), _plain(error.problem))
    except (yaml.YAMLError, UnicodeError):
        return Fault(first_line, "it holds a character that no text has")


def _plain(problem: str | None) -> str:
    known = {
        "mapping values are not allowed in this context": "a second colon stands in one line; put the value in quotes",
        "could not find expected ':'": "a line has no colon after its key",
        "did not find expected key": "a line does not begin with a key",
        "did not find expected ',' or ']'": "a list is not closed",
        "found character that cannot start any token": "a value begins with a sign that needs quotes",
    }
    return known.get(problem or "", problem or "it is not YAML")


class _Open:
    """A list or mapping still being read."""

    __slots__ = ("is_table", "items", "line")

    def __init__(self, is_table: bool, line: int) -> None:
        self.is_table, self.line = is_table, line
        self.items: list[Node] = []

    def close(self) -> Node:
        if not self.is_table:
            return Listing(tuple(self.items), self.line)
        keys, values = self.items[0::2], self.items[1::2]
        for key in keys:
            if not isinstance(key, Word):
                raise _Refused(key.line, "a key is not plain text")
        return Table(tuple(zip(keys, values, strict=True)), self.line)  # type: ignore[arg-type]


def _read(text: str, first_line: int, depth: int) -> Node | None:
    stack: list[_Open] = []
    root: Node | None = None
    documents = 0
    for event in yaml.parse(text, Loader=Loader):
        line = first_line + (event.start_mark.line if event.start_mark else 0)
        done: Node | None = None
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1 or event.version or event.tags:
                raise _Refused(line, "it holds a YAML directive or a second document")
        elif isinstance(event, yaml.AliasEvent):
            raise _Refused(line, "an alias (`*name`) stands here")
        elif isinstance(event, yaml.NodeEvent):
            if event.anchor or getattr(event, "tag", None):
                raise _Refused(line, "an anchor (`&name`) or tag (`!name`) stands here")
            if isinstance(event, yaml.ScalarEvent):
                done = Word(event.value, line)
            elif len(stack) >= depth:
                raise _Refused(line, "values are nested")
            else:
                stack.append(_Open(isinstance(event, yaml.MappingStartEvent), line))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = stack.pop().close()
        if done is not None:
            if stack:
                stack[-1].items.append(done)
            else:
                root = done
    return root
