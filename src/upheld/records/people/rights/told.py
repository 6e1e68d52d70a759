"""What happened to a person becomes a leaf whose detail names her by reference; her words are sealed, and opened for her own eyes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import psycopg

from upheld.records.keys import MasterKey, hash_key, seal, unseal
from upheld.records.ledger import Detail, Leaf, append

START = datetime(1970, 1, 1, tzinfo=UTC)
WORDS = "words-sealed"  # one epoch: words live as long as the person is known


def tell(
    connection: psycopg.Connection, event: str, at: datetime, clauses: tuple[str, ...], subject: str, what: Mapping[str, str]
) -> str:
    """A leaf of this event if the caller's transaction commits; its id. `what` holds names of the notice and numbers, never a value of hers."""
    detail = Detail({"subject": subject, **what}, subject)
    return append(connection, [Leaf(event, at, clauses, {"subjects": 1}, detail=detail)])[0]


def sealed_words(connection: psycopg.Connection, master: MasterKey, subject: str, words: str) -> bytes:
    return seal(hash_key(connection, master, WORDS, "1", START), words.encode(), f"words/{subject}")


def opened_words(connection: psycopg.Connection, master: MasterKey, subject: str, sealed: bytes) -> str:
    return unseal(hash_key(connection, master, WORDS, "1", START), sealed, f"words/{subject}").decode()
