"""A person who must not be written to becomes an entry that never dies and names nobody.

Keyed hashes under a chain of keys: rotation wraps each hash once more, h' = HMAC(k₂, h), and needs no plain address; the first key alone then
tests nothing. It is personal data kept on purpose, and has its own clause in the notice. Source: engine.md 16.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

import psycopg

from upheld.records.keys import MasterKey, hash_key, keyed_hash
from upheld.records.keys.hashing import hash_keys

USE = "suppression"
ROTATION_LOCK = 0x7375_7070_7265
AMONG = """
SELECT (SELECT count(*) FROM hash_key WHERE use = %(use)s),
       ARRAY(SELECT hash FROM suppression WHERE hash = ANY(%(hashes)s) AND about IN (%(about)s, 'everything'))
"""


def suppress(
    connection: psycopg.Connection, master: MasterKey, identifiers: Sequence[tuple[str, str]], about: str, now: datetime
) -> None:
    """These identifiers get no message `about` (a message, a purpose, or `everything`) any more. Again changes nothing."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [ROTATION_LOCK])
    hash_key(connection, master, USE, _epoch(1), now)
    chain = _chain(connection, master)
    connection.execute(
        "INSERT INTO suppression (hash, about, chain, since) SELECT h, %s, %s, %s FROM unnest(%s::bytea[]) AS h ON CONFLICT DO NOTHING",
        [about, len(chain), now, [_hash(chain, *each) for each in identifiers]],
    )


def suppressed_among(
    connection: psycopg.Connection, master: MasterKey, identifiers: Sequence[tuple[str, str]], about: str
) -> frozenset[tuple[str, str]]:
    """Those who must not be written to `about` this, or about anything. Sets only: 2 statements."""
    while chain := _chain(connection, master):
        by_hash = {_hash(chain, *each): each for each in identifiers}
        row = connection.execute(AMONG, {"use": USE, "hashes": list(by_hash), "about": about}).fetchone()
        assert row is not None
        # A rotation between reading the keys and reading the entries would find nobody, and somebody would be written to.
        if row[0] == len(chain):
            return frozenset(by_hash[hash_] for hash_ in row[1])
    return frozenset()


def suppressions_of(connection: psycopg.Connection, master: MasterKey, identifier: tuple[str, str]) -> tuple[str, ...]:
    """About what this identifier must not be written to. 2 statements."""
    chain = _chain(connection, master)
    if not chain:
        return ()
    rows = connection.execute("SELECT about FROM suppression WHERE hash = %s ORDER BY about", [_hash(chain, *identifier)])
    return tuple(about for (about,) in rows.fetchall())


def rotate_suppression(connection: psycopg.Connection, master: MasterKey, now: datetime) -> int:
    """Every entry is wrapped in one more key, in the caller's transaction; how many entries. Writers wait meanwhile."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ROTATION_LOCK])
    chain = _chain(connection, master)
    key = hash_key(connection, master, USE, _epoch(len(chain) + 1), now)
    rows = connection.execute("DELETE FROM suppression RETURNING hash, about, since").fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO suppression (hash, about, chain, since) VALUES (%s, %s, %s, %s)",
            [(hmac.digest(key, hash_, hashlib.sha256), about, len(chain) + 1, since) for hash_, about, since in rows],
        )
    return len(rows)


def _chain(connection: psycopg.Connection, master: MasterKey) -> list[bytes]:
    keys = hash_keys(connection, master, USE)
    return [keys[epoch] for epoch in sorted(keys)]


def _epoch(number: int) -> str:
    return f"{number:06d}"


def _hash(chain: Sequence[bytes], form: str, value: str) -> bytes:
    hash_ = keyed_hash(chain[0], form, value)
    for key in chain[1:]:
        hash_ = hmac.digest(key, hash_, hashlib.sha256)
    return hash_
