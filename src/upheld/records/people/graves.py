"""Identities of a restored store become those that were erased after its backup was taken: hashed here, probed in sets.

Keys never leave this process, and what is sent to our database are hashes alone. Every living key whose epoch has a tombstone younger than the
backup is tried. While the server probes one block the next one is read and hashed. Not taken: loading the tombstones; a firm has many
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

EPOCHS = "SELECT DISTINCT epoch FROM tombstone WHERE store = %s AND erased_at > %s"
PROBE = "SELECT hash FROM tombstone WHERE hash = ANY(%s) AND store = %s AND erased_at > %s"


class Graves:
    """The tombstones of one store that are younger than a backup. Use within one connection; `looked_at` counts identities."""

    def __init__(self, connection: psycopg.Connection, master: MasterKey, store: str, backup_taken_at: datetime) -> None:
        self._connection, self._store, self._after = connection, store, backup_taken_at
        epochs = {epoch for (epoch,) in connection.execute(EPOCHS, [store, backup_taken_at]).fetchall()}
        self._keys = [key for epoch, key in hash_keys(connection, master, USE).items() if epoch in epochs]
        self.looked_at = 0

    @property
    def any(self) -> bool:
        """Whether anything of this store was erased since; if not, nothing need be read."""
        return bool(self._keys)

    def among(self, blocks: Iterable[Block[Row]]) -> Iterator[list[tuple[Row, frozenset[Named]]]]:
        """Of each block the rows that bear an erased identity, with these identities.

        A block is its rows, and for each (kind, form) one value a row in the same order, None where the row has none. One statement a block.
        """
        with self._connection.pipeline():
            waiting: tuple[Sequence[Row], list[_Hashed], psycopg.Cursor] | None = None
            for rows, columns in blocks:
                hashed = self._hashed(columns)
                sent = self._connection.execute(
                    PROBE, [[h for one in hashed for h in one[3]], self._store, self._after], prepare=True
                )
                if waiting is not None:
                    yield _found(*waiting)
                waiting = rows, hashed, sent
            if waiting is not None:
                yield _found(*waiting)

    def _hashed(self, columns: Sequence[tuple[str, str, Sequence[str | None]]]) -> list[_Hashed]:
        found: list[_Hashed] = []
        for kind, form, values in columns:
            there = [n for n, value in enumerate(values) if value is not None]
            texts = [value for value in values if value is not None]
            self.looked_at += len(texts)
            found += [(kind, form, values, keyed_hashes(key, (kind, form), texts), there) for key in self._keys]
        return found


# Kind, form, the values of a block, and the hashes of those that are there with their places in the block.
_Hashed = tuple[str, str, Sequence[str | None], list[bytes], list[int]]


def _found(rows: Sequence[Row], hashed: Sequence[_Hashed], sent: psycopg.Cursor) -> list[tuple[Row, frozenset[Named]]]:
    answered = {bytes(hash_) for (hash_,) in sent.fetchall()}
    hits: dict[int, set[Named]] = {}
    for kind, form, values, hashes, there in hashed:
        if answered.isdisjoint(hashes):
            continue
        for hash_, n in zip(hashes, there, strict=True):
            if hash_ in answered:
                hits.setdefault(n, set()).add((kind, form, str(values[n])))
    return [(rows[n], frozenset(names)) for n, names in sorted(hits.items())]
