"""Rows that a promise hands over become files for the party that gets them: one a table and chunk, on disk before the rows go.

A chunk that is done again writes its file again under the same name. Nothing is sent: the files are the party's, and who brings them answers for the
way. Readable by their owner alone. Not taken: one file at the end; a crash between two chunks would lose what went first.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upheld.engine.plan.steps import HandOver, Step

Rows = tuple[tuple[object, ...], ...]


def can_write(folder: Path) -> bool:
    """Whether files can be written there; the folder is made, for its owner alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tried = folder / ".upheld-can-write"
        tried.write_bytes(b"")
        tried.unlink()
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Handing:
    """Where the files of one ask go: `folder`/party/ask-store-table-step-chunk.json."""

    folder: Path
    ask: str

    def __call__(self, store: str, chunk: int, rows: Mapping[int, tuple[Step, Rows]]) -> None:
        """Every step's rows, on disk and synced. OSError where they cannot be written: then nothing is deleted."""
        for number, (step, found) in rows.items():
            assert isinstance(step, HandOver)
            place = self.folder / step.party
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(place / f"{self.ask}-{store}-{step.rows.table}-{number:02d}-{chunk:04d}.json", store, step, found)

    def _write(self, file: Path, store: str, step: HandOver, rows: Rows) -> None:
        document = {
            "to": step.party, "store": store, "table": step.rows.table, "clauses": list(step.why.clauses),
            "rows": [dict(zip(step.columns, map(_plain, row), strict=True)) for row in rows],
        }  # fmt: skip
        half = file.with_suffix(".part")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(document, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        half.replace(file)

    def files(self) -> list[dict[str, Any]]:
        """Party, file, rows and hash of every file of this ask, also of runs that were stopped."""
        found = []
        for file in sorted(self.folder.glob(f"*/{self.ask}-*.json")):
            content = file.read_bytes()
            found.append({
                "party": file.parent.name, "file": file.name, "rows": len(json.loads(content)["rows"]),
                "sha256": hashlib.sha256(content).hexdigest(),
            })  # fmt: skip
        return found


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return "\\x" + bytes(value).hex() if isinstance(value, bytes | memoryview | bytearray) else str(value)
