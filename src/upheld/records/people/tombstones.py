"""An erased identifier becomes a tombstone: we can still say "erased on …" and erase again after a restore, and cannot say who it was.

A keyed hash with a key per quarter. Tombstones die with the oldest backup that can hold the row: then the epoch's key goes too. Replay
takes those with `erased_at` later than the backup, never others: it would erase somebody who came back. Source: engine.md 16.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.records.keys import MasterKey, hash_key, keyed_hash
from upheld.records.keys.hashing import destroy_hash_key, hash_keys, hash_keys_asked, keyed_hashes, quarter

USE = "tombstone"


@dataclass(frozen=True, slots=True)
class Erased:
    """An identifier (normal form) of a person of `kind`, erased from `store`."""

    store: str
    kind: str
    form: str
    value: str


Grave = tuple[bytes, str, str, str]  # hash, store, kind, form


def bury(connection: psycopg.Connection, master: MasterKey, erased: Sequence[Erased], at: datetime) -> None:
    """Each has a tombstone dated `at`; one that was there already takes the later date. 2 statements for any number."""
    if erased:
        epoch, key = grave_key(connection, master, at)
        bury_hashed(connection, epoch, hashed(key, erased), at)


def grave_key(connection: psycopg.Connection, master: MasterKey, at: datetime) -> tuple[str, bytes]:
    """The epoch of that day and its key."""
    epoch = quarter(at.date())
    return epoch, hash_key(connection, master, USE, epoch, at)


def grave_key_asked(connection: psycopg.Connection, master: MasterKey, at: datetime) -> Callable[[], tuple[str, bytes]]:
    """`grave_key`, sent; made where the quarter has none yet. Call for it when the pipeline it was sent in is at its end."""
    epoch, asked = quarter(at.date()), hash_keys_asked(connection, master, USE)

    def answered() -> tuple[str, bytes]:
        found = asked().get(epoch)
        return (epoch, found) if found else grave_key(connection, master, at)

    return answered


def hashed(key: bytes, erased: Sequence[Erased]) -> list[Grave]:
    """What a tombstone holds of each; needs no connection."""
    alike: dict[tuple[str, str, str], set[str]] = {}
    for e in erased:
        alike.setdefault((e.store, e.kind, e.form), set()).add(e.value)
    return sorted(
        (hash_, store, kind, form)
        for (store, kind, form), values in alike.items()
        for hash_ in keyed_hashes(key, (kind, form), list(values))
    )


def bury_hashed(connection: psycopg.Connection, epoch: str, graves: Sequence[Grave], at: datetime) -> None:
    """`bury` for what was hashed before. One statement."""
    if not graves:
        return
    hashes, stores, kinds, forms = map(list, zip(*graves, strict=True))
    connection.execute(
        "INSERT INTO tombstone (epoch, hash, store, kind, form, erased_at) "
        "SELECT %s, h, s, k, f, %s FROM unnest(%s::bytea[], %s::text[], %s::text[], %s::text[]) AS t (h, s, k, f) "
        "ON CONFLICT (hash, store) DO UPDATE SET erased_at = greatest(tombstone.erased_at, excluded.erased_at)",
        [epoch, at, hashes, stores, kinds, forms],
    )


def was_erased(
    connection: psycopg.Connection, master: MasterKey, kind: str, form: str, value: str
) -> tuple[tuple[str, datetime], ...]:
    """Where and when this identifier was erased, the latest first; empty if no living tombstone says so. 2 statements."""
    hashes = [keyed_hash(key, kind, form, value) for key in hash_keys(connection, master, USE).values()]
    rows = connection.execute(
        "SELECT store, max(erased_at) FROM tombstone WHERE hash = ANY(%s) GROUP BY store ORDER BY 2 DESC, 1", [hashes]
    ).fetchall()
    return tuple((store, at) for store, at in rows)


def erased_since(
    connection: psycopg.Connection,
    master: MasterKey,
    identifiers: Sequence[Erased],
    backup_taken_at: datetime,
) -> list[Erased]:
    """Those of a restored store's identifiers that were erased after the backup was taken: replay erases them again.

    Sets only: 1 statement and one hash per identifier for each living epoch.
    """
    found: set[bytes] = set()
    by_hash: dict[bytes, Erased] = {}
    for epoch, key in hash_keys(connection, master, USE).items():
        hashes = {keyed_hash(key, e.kind, e.form, e.value): e for e in identifiers}
        by_hash |= hashes
        rows = connection.execute(
            "SELECT t.hash FROM tombstone AS t JOIN unnest(%s::bytea[], %s::text[]) AS w (hash, store) "
            "ON t.hash = w.hash AND t.store = w.store WHERE t.epoch = %s AND t.erased_at > %s",
            [list(hashes), [e.store for e in hashes.values()], epoch, backup_taken_at],
        )
        found |= {row[0] for row in rows.fetchall()}
    return sorted((by_hash[hash_] for hash_ in found), key=lambda e: (e.store, e.kind, e.form, e.value))


def let_tombstones_die(connection: psycopg.Connection, oldest_backup: datetime, store: str = "") -> int:
    """Tombstones older than the oldest backup are gone, and the keys of epochs without any; how many tombstones. `store`: its own alone."""
    statement = "DELETE FROM tombstone WHERE erased_at < %s AND (%s = '' OR store = %s)"
    gone = connection.execute(statement, [oldest_backup, store, store]).rowcount
    for (epoch,) in connection.execute(
        "SELECT epoch FROM hash_key WHERE use = %s AND epoch < %s AND NOT EXISTS (SELECT FROM tombstone t WHERE t.epoch = hash_key.epoch)",
        [USE, quarter(oldest_backup.date())],
    ).fetchall():
        destroy_hash_key(connection, USE, epoch)
    return gone
