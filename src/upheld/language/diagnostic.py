"""One finding of any room about a document or map: code, place, why, remedy.

Line 1 is fixed per code and holds no user's words, so that people learn it by sight. A diagnostic never carries a value
from a row. All diagnostics of a file are collected; nothing stops at the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """A fault in a notice or a map, with its place and its remedy.

    `file` is as the caller named it; `line` counts from 1; `clause` bears the notice's prefix, or is empty.
    `summary` is the fixed first line of `code`; `detail` says why, here; `help` says what to do; `suggestion`
    is the nearest known name ("did you mean"), or None.
    """

    file: str
    line: int
    code: str
    severity: Severity
    summary: str
    detail: str
    help: str
    clause: str = ""
    suggestion: str | None = None


_MANY = {"leaf": "leaves", "entry": "entries", "country": "countries", "copy": "copies", "person": "people"}


def counted(number: int, thing: str, one: str = "", many: str = "") -> str:
    """`1 store`, `2 stores`, `0 leaves`; with what it does, for one and for many: `1 row is`, `2 rows are`."""
    said = thing if number == 1 else _MANY.get(thing, f"{thing}s")
    does = one if number == 1 else many
    return f"{number:,} {said} {does}".rstrip()
