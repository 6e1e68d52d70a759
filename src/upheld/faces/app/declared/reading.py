"""A file of the firm's folder becomes a mapping, or a refusal that names the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from upheld.faces.app.errors import Unusable


class Declared(Unusable):
    """A file of the folder that cannot be used. `line`: where, if the reading stopped there."""

    line = 0


def text_in(folder: Path, file: str) -> str:
    """The file's text; empty where there is none. What is not UTF-8 stands in it as a character that no YAML has, and is refused with the file's code."""
    path = folder / file
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""


def read_mapping(text: str, file: str, code: str, help: str) -> Mapping[Any, Any]:
    """The mapping that stands in the text; empty for none. Declared where it is no mapping, or says a name twice, of which one would count for nothing."""
    try:
        said = yaml.load(text, _Once) if text.strip() else {}
    except yaml.MarkedYAMLError as wrong:
        where = wrong.problem_mark.line + 1 if wrong.problem_mark else 0
        fault = Declared(code, f"{file}, line {where} cannot be read." if where else f"{file} cannot be read.", help)
        fault.line = where
        raise fault from None
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a day that no calendar has
        said = None
    if isinstance(said, Mapping):
        return said
    raise Declared(code, f"{file} is no list of entries by name.", help)


def line_of(text: str, name: str, place: int = 0) -> int:
    """The line on which the first entry of this name stands, or the `place`th entry of its list; where the text cannot be read, the line that is wrong. 1
    where nothing is found."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as wrong:
        return wrong.problem_mark.line + 1 if wrong.problem_mark else 1
    except (yaml.YAMLError, ValueError, RecursionError):
        return 1
    waiting, seen = [root] if root is not None else [], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:  # an alias may lead back
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode) and node.value[: len(name)] == name and not place:
            return node.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))
        elif isinstance(node, yaml.MappingNode):
            for key, below in node.value:
                if place and key.value == name and isinstance(below, yaml.SequenceNode) and len(below.value) >= place:
                    return below.value[place - 1].start_mark.line + 1
            waiting.extend(one for pair in reversed(node.value) for one in reversed(pair))
    return 1


class _Once(yaml.SafeLoader):
    """Refuses a name that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                    raise yaml.constructor.ConstructorError(None, None, "twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)
