"""Identities of a restored store become those that were erased after its backup was taken: hashed here, probed in sets.

Keys never leave this process, and what is sent to our database are hashes alone. Every living key whose epoch has a tombstone younger than the
backup is tried, and an identity that many rows bear is hashed and probed once, as far as memory goes. While the server probes one block the next one is
read and hashed. Not taken: loading the tombstones; a firm has many
more of them than of people in any one block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import psycopg

from upheld.records.keys import MasterKey
from upheld.records.keys.hashing import hash_keys, keyed_hashes
from upheld.records.people.tombstones import USE

Row = TypeVar("Row")
Named = tuple[str, str, str]  # kind, form, normal form
Block = tuple[Sequence[Row], Sequence[tuple[str, str, Sequence[str | None]]]]

REMEMBERED = 500_000  # identities, some 50 MB: those of root rows come again in the rows that link to them

EPOCHS = "SELECT DISTINCT epoch FROM tombstone WHERE store = %s AND erased_at > %s"
PLACES = "SELECT DISTINCT kind FROM tombstone WHERE store = %s AND form = 'key' AND erased_at > %s"
PROBE = "SELECT hash FROM tombstone WHERE hash = ANY(%s) AND store = %s AND erased_at > %s"


class Graves:
    """The tombstones of one store that are younger than a backup. Use within one connection; `looked_at` counts identities."""

    def __init__(self, connection: psycopg.Connection, master: MasterKey, store: str, backup_taken_at: datetime) -> None:
        self._connection, self._store, self._after = connection, store, backup_taken_at
        epochs = {epoch for (epoch,) in connection.execute(EPOCHS, [store, backup_taken_at]).fetchall()}
        self._keys = [key for epoch, key in hash_keys(connection, master, USE).items() if epoch in epochs]
        self.looked_at = 0
        self._seen: dict[tuple[str, str], set[str]] = {}  # by kind and form: what was probed
        self._hits: dict[tuple[str, str], set[str]] = {}  # and what was found
        self._room = REMEMBERED

    @property
    def any(self) -> bool:
        """Whether anything of this store was erased since; if not, nothing need be read."""
        return bool(self._keys)

    def places(self) -> frozenset[str]:
        """Tables (`store.table`) of which rows were erased by key since: roots, and rows that a hold had kept or a person decided about. One statement."""
        return frozenset(place for (place,) in self._connection.execute(PLACES, [self._store, self._after]).fetchall())

    def among(self, blocks: Iterable[Block[Row]]) -> Iterator[list[tuple[Row, frozenset[Named]]]]:
        """Of each block the rows that bear an erased identity, with these identities.

        A block is its rows, and for each (kind, form) one value a row in the same order, None where the row has none. One statement a block.
        """
        with self._connection.pipeline():
            waiting: tuple[Sequence[Row], Sequence[_Column], list[_Hashed], psycopg.Cursor] | None = None
            for rows, columns in blocks:
                hashed = self._hashed(columns)
                sent = self._connection.execute(
                    PROBE, [[h for one in hashed for h in one[3]], self._store, self._after], prepare=True
                )
                if waiting is not None:
                    yield self._found(*waiting)
                waiting = rows, columns, hashed, sent
            if waiting is not None:
                yield self._found(*waiting)

    def _hashed(self, columns: Sequence[_Column]) -> list[_Hashed]:
        found: list[_Hashed] = []
        for kind, form, values in columns:
            there = [value for value in values if value is not None]
            self.looked_at += len(there)
            fresh = self._fresh(kind, form, there)
            found += [(kind, form, fresh, keyed_hashes(key, (kind, form), fresh)) for key in self._keys]
        return found

    def _fresh(self, kind: str, form: str, values: list[str]) -> list[str]:
        """Those that were not probed yet, each once. A row's own key stands nowhere else."""
        if form == "key":
            return values
        seen = self._seen.setdefault((kind, form), set())
        fresh = [value for value in dict.fromkeys(values) if value not in seen]
        if self._room >= len(fresh):
            self._room -= len(fresh)
            seen.update(fresh)
        return fresh

    def _found(
        self, rows: Sequence[Row], columns: Sequence[_Column], hashed: list[_Hashed], sent: psycopg.Cursor
    ) -> list[tuple[Row, frozenset[Named]]]:
        answered = {bytes(hash_) for (hash_,) in sent.fetchall()}
        for kind, form, values, hashes in hashed:
            if not answered.isdisjoint(hashes):
                known = self._hits.setdefault((kind, form), set())
                known.update(value for value, hash_ in zip(values, hashes, strict=True) if hash_ in answered)
        hits: dict[int, set[Named]] = {}
        for kind, form, column in columns:
            if known := self._hits.get((kind, form), set()):
                for n, value in enumerate(column):
                    if value in known:
                        hits.setdefault(n, set()).add((kind, form, str(value)))
        return [(rows[n], frozenset(names)) for n, names in sorted(hits.items())]


_Column = tuple[str, str, Sequence[str | None]]
# Kind, form, values, and their hashes under one key.
_Hashed = tuple[str, str, list[str], list[bytes]]
