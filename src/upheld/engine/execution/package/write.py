"""An access answer becomes a folder or a zip: index.html, data.json, one CSV per table, manifest.json with hashes.

Assumes that the answer's rows are read once, here. Memory does not grow with rows: each row goes to its files as it comes.
Written beside its destination, in a folder that only this account can read, and moved there when whole: a package is
complete or absent. Must never write to the machine's temporary folder: what lies there, nobody purges. Not taken: a zip
written directly; a zip has one open member, and a row has three places to go.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO

from upheld.engine.execution.access_rows import AccessAnswer, AccessTable, Review
from upheld.engine.execution.package.cells import csv_line, to_json
from upheld.engine.execution.package.page import REVIEWS_SHOWN, Section, foot_of, head_of, section_of
from upheld.engine.plan.model import Failed, Refused

FileOf = Callable[[str, str, str, str], Iterable[bytes] | None]  # store, table, column, value → its bytes; None: names no file
FORMAT = "upheld-access/1"  # docs/access-package.schema.json
ROWS_SHOWN = 100
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same answer makes the same bytes


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package; `sha256` in hex, over its bytes."""

    path: str
    bytes: int
    sha256: str
    source: str = ""  # a file of the firm: the column that names it, and the name


@dataclass(frozen=True, slots=True)
class PackageReceipt:
    """A written package. `digest` is the SHA-256 (hex) of manifest.json, which names the hash of every other file."""

    path: Path
    files: tuple[PackageFile, ...]
    rows: int
    reviews: int
    digest: str


def write_package(
    answer: AccessAnswer, destination: Path, *, made: datetime, rows_shown: int = ROWS_SHOWN, files: FileOf | None = None
) -> PackageReceipt | Refused | Failed:
    """The answer lies whole at `destination`: a zip if it ends in `.zip`, otherwise a folder. Mode 0700 and 0600.

    `made` is the moment printed on the answer. Refused (X801) if something lies there; Failed (X802) if the disk does not
    take it. What `answer.rows` and `files` raise goes through. `files`: the bytes of the file that a cell names, which then lie in the package too. In every other case than a receipt nothing is left behind.
    Cost: one pass over the rows, memory of `rows_shown` rows.
    """
    if destination.exists():
        return Refused("X801", f"`{destination.name}` exists, and an answer never overwrites another.", "Name a new place.")
    partial = destination.with_name(destination.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # a run that was killed left it
        partial.mkdir(mode=0o700, parents=True)
        receipt = _Writer(partial, rows_shown, files).write(answer, made, destination)
        _place(partial, destination, receipt)
        return receipt
    except OSError as error:
        return Failed("X802", os.strerror(error.errno) if error.errno else type(error).__name__)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _place(partial: Path, destination: Path, receipt: PackageReceipt) -> None:
    if destination.suffix != ".zip":
        partial.rename(destination)
        return
    packed = partial / "package.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in ("manifest.json", *(f.path for f in receipt.files)):
            entry = zipfile.ZipInfo(f"{destination.stem}/{file}", ZIP_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            with (partial / file).open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)
    packed.chmod(0o600)
    packed.rename(destination)


class _Hashed:
    """A text file that counts and hashes what is written."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw, self._hash, self.bytes = raw, hashlib.sha256(), 0

    def write(self, text: str) -> None:
        # A lone surrogate is no text; the replacement keeps the rest of the answer readable.
        data = text.encode("utf-8", "replace")
        self._hash.update(data)
        self.bytes += self._raw.write(data)

    def write_bytes(self, data: bytes) -> None:
        self._hash.update(data)
        self.bytes += self._raw.write(data)

    def seal(self, path: str, source: str = "") -> PackageFile:
        return PackageFile(path, self.bytes, self._hash.hexdigest(), source)


class _Writer:
    """Holds the open files of one package."""

    def __init__(self, folder: Path, rows_shown: int, file_of: FileOf | None) -> None:
        self._folder, self._rows_shown, self._file_of = folder, rows_shown, file_of
        self._copied: dict[str, None] = {}
        self._missing: list[str] = []
        self._files: list[PackageFile] = []
        self._sections: list[Section] = []
        self._said: dict[str, Section] = {}

    def write(self, answer: AccessAnswer, made: datetime, destination: Path) -> PackageReceipt:
        body = self._folder / "body.part"
        with self._open("data.json") as data, body.open("x", encoding="utf-8", errors="replace") as page:
            data.write(_opening(answer, made))
            for number, table in enumerate(answer.tables, 1):
                data.write(",\n" if number > 1 else "\n")
                page.write(self._table(number, table, data))
            data.write("]}\n")
        with self._open("index.html") as index, body.open(encoding="utf-8") as page:
            index.write(head_of(answer, self._sections, made))
            while part := page.read(1 << 16):
                index.write(part)
            index.write(foot_of(answer))
        body.unlink()
        rows = sum(s.rows for s in self._sections)
        files = tuple(sorted(self._files, key=lambda f: f.path))
        with self._open("manifest.json") as manifest:
            manifest.write(_manifest(answer, made, files, self._missing))
        digest = self._files[-1].sha256
        return PackageReceipt(destination, files, rows, sum(s.reviews for s in self._sections), digest)

    @contextmanager
    def _open(self, name: str, source: str = "") -> Iterator[_Hashed]:
        path = self._folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
            file = _Hashed(raw)
            yield file
        self._files.append(file.seal(name, source))

    def _table(self, number: int, table: AccessTable, data: _Hashed) -> str:
        """Reads the table's rows once, into CSV, JSON and the page; returns its section of the page."""
        name = f"tables/{number:02d}-{_safe(table.store)}.{_safe(table.table)}.csv"
        columns = tuple(c.name for c in table.columns)
        shown: list[tuple[object, ...]] = []
        rows = 0
        with self._open(name) as csv:
            csv.write(csv_line(columns))
            data.write(_table_opening(table, name))
            for row in table.rows:
                csv.write(csv_line(row))
                if self._file_of is not None:
                    self._copy(table, columns, row)
                data.write((",\n" if rows else "\n") + _json(dict(zip(columns, map(to_json, row), strict=True))))
                if rows < self._rows_shown:
                    shown.append(row)
                rows += 1
        reviews, first = self._reviews(table, data)
        data.write(f'],"row_count":{rows}}}')
        self._sections.append(Section(number, table.title, table.store, rows, reviews, name))
        section = section_of(table, self._sections[-1], shown, first, self._said)
        self._said.setdefault(table.kept_for, self._sections[-1])
        return section

    def _copy(self, table: AccessTable, columns: tuple[str, ...], row: tuple[object, ...]) -> None:
        """The files that a row names, each once; one that is not there is named as missing."""
        assert self._file_of is not None
        for column, value in zip(columns, row, strict=True):
            source = f"{table.store}.{table.table}.{column}: {value}"
            blocks = (
                None
                if value in (None, "") or source in self._copied
                else self._file_of(table.store, table.table, column, str(value))
            )
            if blocks is None:
                continue
            self._copied[source] = None
            rest = iter(blocks)
            first = next(rest, None)
            if first is None:
                self._missing.append(source)
                continue
            name = _safe_file(str(value).rsplit("/", 1)[-1])
            with self._open(f"files/{len(self._copied):04d}-{name}", source) as copy:
                for block in chain((first,), rest):
                    copy.write_bytes(block)

    def _reviews(self, table: AccessTable, data: _Hashed) -> tuple[int, list[Review]]:
        data.write('],"review":[')
        first: list[Review] = []
        count = 0
        for review in table.review:
            data.write("," * bool(count) + _json({"key": [to_json(k) for k in review.key], "column": review.column}))
            if count < REVIEWS_SHOWN:
                first.append(review)
            count += 1
        return count, first


def _safe_file(name: str) -> str:
    """A file's name with its ending, that any file system takes and no path can climb out of."""
    stem, dot, ending = name.rpartition(".")
    return f"{_safe(stem)}.{_safe(ending)[:10]}" if dot and stem else _safe(name)


def _safe(name: str) -> str:
    """A name that any file system takes and no path can climb out of."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80] or "_"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _opening(answer: AccessAnswer, made: datetime) -> str:
    said = {
        "format": FORMAT,
        "ask": answer.ask,
        "subject": answer.subject,
        "regime": answer.regime,
        "controller": answer.controller,
        "made": made.isoformat(),
        "moments": [{"store": m.store, "at": m.at.isoformat(), "lag_s": m.lag_s} for m in answer.moments],
        "complete": not answer.unreached,
        "unreached": list(answer.unreached),
        "contested": answer.contested,
        "rights": list(answer.rights),
        "authority": answer.authority,
        "checkpoint": answer.checkpoint,
    }
    return _json(said)[:-1] + ',"tables":['


def _table_opening(table: AccessTable, file: str) -> str:
    said = {
        "store": table.store,
        "table": table.table,
        "title": table.title,
        "file": file,
        "why": list(table.why),
        "kept_for": table.kept_for,
        "told": list(table.told),
        "told_whole": list(table.told_whole),
        "disputed": [{"column": column, "since": since.isoformat()} for column, since in table.disputed],
        "sources": list(table.sources),
        "may_tell": list(table.may_tell),
        "place": table.place,
        "columns": [{"name": c.name, "leaf": c.leaf, "title": c.title} for c in table.columns],
        "withheld": [{"column": w.column, "because": w.because, "says": w.says} for w in table.withheld],
        "stays": [
            {
                "columns": list(s.columns),
                "ground": s.ground,
                "until": s.until.isoformat() if s.until else None,
                "clauses": list(s.why.clauses),
                "cites": [{"source": c.source, "at": c.at, "confirmed": c.confirmed} for c in s.why.cites],
                "says": s.why.says,
            }
            for s in table.stays
        ],
    }
    return _json(said)[:-1] + ',"rows":['


def _manifest(answer: AccessAnswer, made: datetime, files: tuple[PackageFile, ...], missing: list[str]) -> str:
    said = {
        "format": FORMAT,
        "ask": answer.ask,
        "made": made.isoformat(),
        "files": [
            {"path": f.path, "bytes": f.bytes, "sha256": f.sha256} | ({"source": f.source} if f.source else {}) for f in files
        ],
    }
    if missing:
        said["missing"] = missing
    return json.dumps(said, indent=1) + "\n"
