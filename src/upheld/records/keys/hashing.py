"""A value becomes a number that only we can compute: keyed hashes, with a key per use and epoch.

HMAC-SHA-256. Tombstones take a new key each quarter; replay tries every epoch that lives. Destroying an epoch's key makes its hashes
numbers that nobody can test.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import date, datetime

import psycopg

from upheld.records.keys.master import MasterKey
from upheld.records.keys.sealing import new_key


def quarter(day: date) -> str:
    """`2026-Q1`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def keyed_hash(key: bytes, *parts: str) -> bytes:
    """HMAC over the parts, each with its length in front, so that no two lists of parts meet. 32 bytes."""
    raws = [part.encode() for part in parts]
    message = b"".join([piece for raw in raws for piece in (len(raw).to_bytes(4, "big"), raw)])
    return hmac.digest(key, message, hashlib.sha256)


def keyed_hashes(key: bytes, heads: Sequence[str], lasts: Sequence[str]) -> list[bytes]:
    """`keyed_hash(key, *heads, last)` for each of `lasts`, in order: the key's and the heads' share of the work is done once."""
    block = key.ljust(hashlib.sha256().block_size, b"\0")  # RFC 2104; keys are shorter than a block
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    inner.update(b"".join(len(raw).to_bytes(4, "big") + raw for raw in (head.encode() for head in heads)))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    begun, ended = inner.copy, outer.copy
    found = []
    for last in lasts:
        raw = last.encode()
        one, two = begun(), ended()
        one.update(len(raw).to_bytes(4, "big") + raw)
        two.update(one.digest())
        found.append(two.digest())
    return found


def hash_key(connection: psycopg.Connection, master: MasterKey, use: str, epoch: str, now: datetime) -> bytes:
    """The key of this use and epoch, made at the first call. 1 statement, at the first call 3."""
    if found := hash_keys(connection, master, use).get(epoch):
        return found
    connection.execute(
        "INSERT INTO hash_key (use, epoch, wrapped, made_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [use, epoch, master.wrap(new_key(), f"hash:{use}:{epoch}"), now],
    )
    return hash_keys(connection, master, use)[epoch]


def hash_keys(connection: psycopg.Connection, master: MasterKey, use: str) -> dict[str, bytes]:
    """All living keys of a use, by epoch, oldest first. One statement."""
    return hash_keys_asked(connection, master, use)()


def hash_keys_asked(connection: psycopg.Connection, master: MasterKey, use: str) -> Callable[[], dict[str, bytes]]:
    """`hash_keys`, sent; the answer is taken when it is called for, perhaps after other statements of the same pipeline."""
    asked = connection.execute("SELECT epoch, wrapped FROM hash_key WHERE use = %s ORDER BY made_at, epoch", [use])
    return lambda: {epoch: master.unwrap(wrapped, f"hash:{use}:{epoch}") for epoch, wrapped in asked.fetchall()}


def destroy_hash_key(connection: psycopg.Connection, use: str, epoch: str) -> bool:
    """Hashes of this epoch can never be tested again. True if there was a key."""
    return connection.execute("DELETE FROM hash_key WHERE use = %s AND epoch = %s", [use, epoch]).rowcount == 1
