"""Rows become one encrypted copy per subject, and come back as an answer to be read once, table by table.

A copy is a stream of lines: `@n` opens table n, `[…]` is a row, `!…` lists texts of the row before it that wait for review. Destroying the ask's
key is the purge; the files then open to nobody. Memory does not grow with rows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from upheld.engine.estate.model import Category, Estate, Event, FreeText, JsonPaths
from upheld.engine.execution.access_rows import AccessAnswer, AccessColumn, AccessTable, Moment, Review, Stays, Withheld
from upheld.engine.plan.model import Failed
from upheld.engine.plan.steps import ReadRows
from upheld.records.keys import FrameWriter, read_frames

BUFFER_BYTES = 64 * 1024
LINES_LETTERS = 16 * 1024
SHELF_BYTES = 1024 * 1024
SHELF = "small.copy"


@dataclass(frozen=True, slots=True)
class Section:
    """One table as one view shows it."""

    store: str
    step: ReadRows
    columns: tuple[str, ...]
    left_out: tuple[str, ...]


class _Appended:
    """A file that is opened only to be added to: a thousand subjects must not hold a thousand open files."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.begun = False

    def write(self, data: bytes) -> int:
        how = os.O_APPEND if self.begun else os.O_TRUNC
        self.begun = True
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | how, 0o600)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(file, left) :]
        finally:
            os.close(file)
        return len(data)


class Shelf:
    """Small copies of one ask, one after the other in one file: to make a thousand files takes longer than to fill them."""

    def __init__(self, path: Path) -> None:
        self._held = _Held(_Appended(str(path)), SHELF_BYTES)
        self._end = 0

    def put(self, copy: bytes) -> tuple[int, int]:
        """Where the copy stands: its first byte and its length."""
        place = self._end, len(copy)
        self._held.write(copy)
        self._end += len(copy)
        return place

    def end(self) -> None:
        """Everything is in the file."""
        self._held.flush()


class CopyWriter:
    """One subject's file. Rows of a table come together; `end` makes the file whole."""

    def __init__(self, folder: Path, number: int, ref: str, key: bytes) -> None:
        self.ref = ref
        self._file = _Appended(f"{folder}{os.sep}{number}.copy")
        self._held = _Held(self._file, BUFFER_BYTES)
        self._frames = FrameWriter(key, self._held)  # type: ignore[arg-type]
        self._waiting: list[str] = []
        self._size = 0
        self._table = -1

    def lines(self, table: int, lines: list[str]) -> None:
        """Rows of this table, without their ends of line."""
        if table != self._table:
            self._table = table
            self._waiting.append(f"@{table}")
        self._waiting += lines
        self._size += sum(map(len, lines))
        if self._size > LINES_LETTERS:
            self._flush()

    def end(self, shelf: Shelf) -> tuple[int, int] | None:
        """The copy is whole: on the shelf, at the returned place, or in a file of its own."""
        self._flush()
        self._frames.end()
        if not self._file.begun:
            return shelf.put(self._held.taken())
        self._held.flush()
        return None

    def _flush(self) -> None:
        if self._waiting:
            self._frames.write(("\n".join(self._waiting) + "\n").encode("utf-8", "surrogatepass"))
            self._waiting, self._size = [], 0


class _Out(Protocol):
    def write(self, data: bytes) -> int: ...


class _Held:
    """Small writes are held, so that a small copy is encrypted and written at once."""

    def __init__(self, out: _Out, most: int) -> None:
        self._out = out
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._parts.append(data)
        self._size += len(data)
        if self._size > self._most:
            self.flush()
        return len(data)

    def flush(self) -> None:
        if data := self.taken():
            self._out.write(data)

    def taken(self) -> bytes:
        """What was held, which is then held no more."""
        data = b"".join(self._parts)
        self._parts, self._size = [], 0
        return data


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """Every subject's copy of one ask. `answer` reads one; `purge` removes the files (the key is destroyed by its owner)."""

    ask: str
    folder: Path
    key: bytes
    refs: tuple[str, ...]
    sections: tuple[Section, ...]
    moments: tuple[Moment, ...]
    unreached: tuple[str, ...] = ()
    contested: Mapping[str, int] | None = None
    shelved: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # by number of the subject: place on the shelf
    why: Mapping[str, Failed] = field(default_factory=dict)  # what stood in the way of an unreached store, where one was asked
    _numbers: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers.update((ref, number) for number, ref in enumerate(self.refs))

    def answer(self, ref: str, estate: Estate, regime: str | None = None,
               stays: Callable[[str, str], tuple[Stays, ...]] = lambda store, table: ()) -> AccessAnswer:  # fmt: skip
        """One subject's answer. `stays` says per (store, table) what an earlier erasure left. KeyError for an unknown reference."""
        number = self._numbers[ref]
        tables = self._tables(number, estate, stays)
        contested = (self.contested or {}).get(ref, 0)
        return AccessAnswer(self.ask, ref, regime, self.moments, tables, contested, self.unreached)

    def purge(self) -> None:
        """The files are gone."""
        for number in range(len(self.refs)):
            (self.folder / f"{number}.copy").unlink(missing_ok=True)
        (self.folder / SHELF).unlink(missing_ok=True)

    def _opened(self, number: int) -> BinaryIO:
        if number not in self.shelved:
            return (self.folder / f"{number}.copy").open("rb")
        first, length = self.shelved[number]
        with (self.folder / SHELF).open("rb") as shelf:
            shelf.seek(first)
            return BytesIO(shelf.read(length))

    def _tables(self, subject: int, estate: Estate, stays: Callable[[str, str], tuple[Stays, ...]]) -> Iterator[AccessTable]:
        def source() -> Iterator[bytes]:
            return _lines_of(lambda: self._opened(subject), self.key)

        lines = _Lines(source())
        while (number := lines.next_table()) is not None:
            section = self.sections[number]
            yield _table(
                section, estate, lines.rows(), _reviews(source(), number), stays(section.store, section.step.rows.table)
            )


class _Lines:
    """A copy's lines, read once, a table at a time."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._ahead: bytes | None = next(self._lines, None)

    def next_table(self) -> int | None:
        while self._ahead is not None and not self._ahead.startswith(b"@"):
            self._ahead = next(self._lines, None)
        if self._ahead is None:
            return None
        number = int(self._ahead[1:])
        self._ahead = next(self._lines, None)
        return number

    def rows(self) -> Iterator[tuple[object, ...]]:
        while self._ahead is not None and not self._ahead.startswith(b"@"):
            line, self._ahead = self._ahead, next(self._lines, None)
            if line.startswith(b"["):
                yield tuple(json.loads(line, parse_float=Decimal))


def _reviews(lines: Iterator[bytes], table: int) -> Iterator[Review]:
    """The copy is read again for what waits, so that nothing is remembered while rows are read."""
    inside = False
    for line in lines:
        if line.startswith(b"@"):
            inside = int(line[1:]) == table
        elif inside and line.startswith(b"!"):
            row_key, columns = json.loads(line[1:])
            for column in columns:
                yield Review(tuple(row_key), column)


def _lines_of(opened: Callable[[], BinaryIO], key: bytes) -> Iterator[bytes]:
    rest = b""
    with opened() as source:
        for frame in read_frames(key, source):
            *lines, rest = (rest + frame).split(b"\n")
            yield from lines
    if rest:
        yield rest


def _table(section: Section, estate: Estate, rows: Iterable[tuple[object, ...]], review: Iterable[Review],
           stays: tuple[Stays, ...]) -> AccessTable:  # fmt: skip
    table = estate.table(section.store, section.step.rows.table)
    documents = [d.column for d in section.step.documents if d.column not in section.left_out]
    columns = tuple(AccessColumn(c, _leaf(table.column(c).role)) for c in (*section.columns, *documents))
    withheld = [Withheld(c, because, says) for c, because, says in section.step.withheld if c not in section.left_out]  # type: ignore[arg-type]
    withheld += [Withheld(c, "others", "it is another person's") for c in section.left_out]
    waits = any(d.review or d.others == "review" for d in section.step.documents) or bool(section.step.review)
    title = _title(table.name, section)
    return AccessTable(section.store, table.name, title, columns, rows, tuple(withheld), review if waits else (), stays)


def _title(table: str, section: Section) -> str:
    """The table's name; of a table that two people share, with what the person is in these rows."""
    roles = [role for role, may, without in section.step.roles if may and tuple(sorted(without)) == tuple(section.left_out)]
    return f"{table}, you as {' or '.join(roles)}" if roles else table


def _leaf(role: object) -> str:
    match role:
        case Category(leaf=leaf) | FreeText(leaf=leaf):
            return leaf
        case Event(leaf=leaf):
            return leaf or ""
        case JsonPaths(paths=paths):
            found = sorted({_leaf(part) for part in paths.values()} - {""})
            return found[0] if len(found) == 1 else ""
        case _:
            return ""
