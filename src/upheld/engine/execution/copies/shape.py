"""A row as the server sent it becomes a row as the person gets it: documents less what is not theirs to see, texts that wait listed.

Rows of plain columns pass untouched. A JSON cell becomes its shown members, {path: value}, with undeclared ones under `others`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from upheld.engine.estate.model import steps_of
from upheld.engine.plan.steps import Document
from upheld.engine.stores.sql.reading import Reading

_MISSING = object()


@dataclass(slots=True)
class Shaper:
    """Shapes lines of one reading. A shaped line is the row; where texts wait, a second line lists them, after a `!`."""

    reading: Reading
    engine: str
    documents: list[Document] = field(init=False)
    review: list[str] = field(init=False)

    def __post_init__(self) -> None:
        left_out = self.reading.left_out
        self.documents = [d for d in self.reading.step.documents if d.column not in left_out]
        self.review = [c for c in self.reading.step.review if c not in left_out]

    @property
    def is_plain(self) -> bool:
        """Nothing to shape."""
        return not self.documents and not self.review

    def shaped(self, line: str) -> str:
        """One row's line (or two), without the end of line."""
        if self.is_plain:
            return line
        values = json.loads(line)
        plain = len(self.reading.columns)
        row = values[:plain]
        waiting: list[str] = []
        for document, cell in zip(self.documents, values[plain:], strict=False):
            shown, waits = shown_of(document, self._parsed(cell))
            row.append(shown)
            if waits:
                waiting.append(document.column)
        flags = plain + len(self.documents)
        waiting += [c for c, flag in zip(self.review, values[flags:], strict=False) if flag]
        key = values[flags + len(self.review) :]
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        if not waiting:
            return text
        return text + "\n!" + json.dumps([key, waiting], ensure_ascii=False, separators=(",", ":"))

    def _parsed(self, cell: object) -> object:
        if self.engine == "postgresql" or not isinstance(cell, str):
            return cell
        try:
            return json.loads(cell)
        except ValueError:
            return cell


def shown_of(document: Document, value: object) -> tuple[object, bool]:
    """{path: value} of the members that may be shown, and whether something of the document waits for review."""
    if value is None:
        return None, False
    shown: dict[str, object] = {}
    waits = any(_member(value, path) is not _MISSING for path in document.review)
    for path in document.shown:
        found = _member(value, path)
        if found is not _MISSING:
            shown[path] = found
    if document.others != "hidden":
        rest = _undeclared(document, value, ())
        if document.others == "shown" and rest:
            shown["others"] = rest
        waits = waits or bool(rest and document.others == "review")
    return shown, waits


def _member(value: object, path: str) -> object:
    """The member at the path; of every element that has it, where the path goes through an array."""
    return _at(value, steps_of(path))


def _at(value: object, steps: tuple[str, ...]) -> object:
    if not steps:
        return value
    if steps[0] == "[*]":
        if not isinstance(value, list):
            return _MISSING
        found = [one for one in (_at(element, steps[1:]) for element in value) if one is not _MISSING]
        return found or _MISSING
    if not isinstance(value, dict) or steps[0] not in value:
        return _MISSING
    return _at(value[steps[0]], steps[1:])


def _undeclared(document: Document, value: object, prefix: tuple[str, ...]) -> object:
    """The members and elements that no path declares, as a document; empty if there are none."""
    declared = [steps_of(p) for p in (*document.shown, *document.review, *document.hidden)]
    below = {path[len(prefix)] for path in declared if path[: len(prefix)] == prefix and len(path) > len(prefix)}
    if isinstance(value, list) and "[*]" in below:
        here = (*prefix, "[*]")
        return [] if here in declared else [rest for one in value if (rest := _undeclared(document, one, here))]
    if not isinstance(value, dict) or (prefix and not below - {"[*]"}):
        return value
    result: dict[str, object] = {}
    for name, member in value.items():
        here = (*prefix, name)
        if here in declared:
            continue
        if isinstance(member, dict | list) and any(path[: len(here)] == here for path in declared):
            if rest := _undeclared(document, member, here):
                result[name] = rest
        else:
            result[name] = member
    return result
