"""What became of each chunk, recorded exactly once: prepared while the store's transaction is open, done after its commit.

The protocol that `run_erasure` writes to; `MemoryJournal` serves one process, `records.OwnJournal` our own database. Effects in a store are at
least once and idempotent; the record is exactly once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from upheld.engine.plan.model import KeepRule, Refused

Owners = tuple[tuple[str, frozenset[str]], ...]  # (reference of a person, roles in which she owned a shared row)


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one table that stay under one rule: their keys, each with the day the rule ends (None: as long as undated).

    `owners`: whose each row was. Empty in a record read back.
    """

    table: str
    rule: KeepRule
    keys: tuple[tuple[object, ...], ...]
    until: tuple[date | None, ...]
    owners: tuple[Owners, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One cell that a correction changed, with what it said before. In memory and sealed only."""

    subject: str
    table: str
    key: tuple[object, ...]
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """One chunk in one store. `rows` by step; `left` what the read-backs found; `found` by identifier column.

    `frames`: bound root rows, by table and key, that stay standing without their personal columns.
    """

    store: str
    chunk: int
    refs: tuple[str, ...]
    rows: Mapping[int, int]
    left: int = 0
    found: Mapping[str, int] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    contested: int = 0
    token: str = ""
    settled: bool = False
    frames: frozenset[tuple[str, tuple[object, ...]]] = frozenset()
    changed: tuple[Changed, ...] = ()  # by a correction; empty in a record read back


class Journal(Protocol):
    """Where chunks are recorded. Each call is one commit of its own."""

    def state(self, store: str, chunk: int) -> tuple[Literal["new", "prepared", "done"], str]: ...
    def guard(self, refs: Sequence[str]) -> Refused | None: ...
    def ahead(self, store: str, chunk: int, refs: Sequence[str]) -> None: ...
    def release(self) -> None: ...
    def prepared(self, record: ChunkRecord) -> None: ...
    def done(self, record: ChunkRecord) -> None: ...
    def record(self, store: str, chunk: int) -> ChunkRecord | None: ...


@dataclass(slots=True)
class MemoryJournal:
    """Records of one process, for a library call without our own database, and for tests."""

    records: dict[tuple[str, int], ChunkRecord] = field(default_factory=dict)
    ended: set[tuple[str, int]] = field(default_factory=set)

    def state(self, store: str, chunk: int) -> tuple[Literal["new", "prepared", "done"], str]:
        place = store, chunk
        if place in self.ended:
            return "done", self.records[place].token
        return ("prepared", self.records[place].token) if place in self.records else ("new", "")

    def guard(self, refs: Sequence[str]) -> Refused | None:
        """One process without our own database has no holds that could arrive."""
        return None

    def ahead(self, store: str, chunk: int, refs: Sequence[str]) -> None:
        """Nothing is worth doing while the store works."""

    def release(self) -> None:
        return None

    def prepared(self, record: ChunkRecord) -> None:
        self.records[record.store, record.chunk] = record

    def done(self, record: ChunkRecord) -> None:
        self.records[record.store, record.chunk] = record
        self.ended.add((record.store, record.chunk))

    def record(self, store: str, chunk: int) -> ChunkRecord | None:
        return self.records.get((store, chunk))
