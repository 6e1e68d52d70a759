"""A parsed notice: clauses as people read them, promise blocks as lines of key and value. No name is resolved here.

`file` is as the caller named it; lines count from 1. A statement is one promise, definition or resolution, still text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from upheld.language.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Word:
    """One scalar of the file and the line it stands on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` line. `door` is true for `unless K` and `and K`; `listed` if the value was written as a list."""

    key: str
    values: tuple[Word, ...]
    line: int
    door: bool = False
    opens: bool = False  # `unless K`, which begins a door; `and K` continues one
    listed: bool = False

    @property
    def text(self) -> str:
        """The value as one text; a list reads as written, with commas."""
        return ", ".join(word.text for word in self.values)


@dataclass(frozen=True, slots=True)
class Statement:
    """One promise, definition or resolution. `head` is its first line: `may retain`, `define`, `resolve`."""

    head: Entry
    entries: tuple[Entry, ...]
    file: str
    line: int

    def entry(self, key: str) -> Entry | None:
        """The entry of this key outside the door, or None."""
        return next((entry for entry in self.entries if entry.key == key and not entry.door), None)


@dataclass(frozen=True, slots=True)
class Block:
    """One promise block. `clauses` are positions in `ParsedNotice.clauses` of what stands right above; None: nothing does."""

    statements: tuple[Statement, ...]
    clauses: tuple[int, ...] | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class RawClause:
    """A paragraph, list item or table row. `id` is as written in braces, without the notice's prefix; may be empty."""

    id: str
    marks: tuple[str, ...]
    section: str
    text: str
    html: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands between the `---` lines. Absent keys are empty; `lines` tells where each key stands."""

    notice: str = ""
    title: str = ""
    language: str = ""
    updated: date | None = None
    effective: date | None = None
    controller: tuple[Word, ...] = ()
    contacts: str = ""
    officer: str = ""
    officer_reason: str = ""  # why there is none
    regimes: tuple[Word, ...] = ()
    annexes: tuple[Word, ...] = ()
    settings: tuple[tuple[Word, Word], ...] = ()
    retired: tuple[Word, ...] = ()
    supplements: str = ""
    covers: tuple[Entry, ...] = ()
    prevails: str = ""
    translates: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedNotice:
    """One file, read. `diagnostics` are those of its shape alone (N102 to N104, N201, N203, N401, P101, P103)."""

    file: str
    source: str
    title: str
    front: FrontMatter | None  # None: the file has no front matter
    clauses: tuple[RawClause, ...]
    blocks: tuple[Block, ...]
    diagnostics: tuple[Diagnostic, ...]
