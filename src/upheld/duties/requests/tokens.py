"""Random tokens that open one thing of one case: the page of its state (for ever), a proof, a download, an answer (once, for a while).

Only the hash is on record; 256 bits leave nothing to guess. A token that is unknown, used or over gives the same answer: None.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import psycopg


def new_token() -> str:
    """43 characters that fit an address."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> bytes:
    """What is on record of a token, 32 bytes."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def issue(
    connection: psycopg.Connection, number: int, purpose: str, now: datetime, expires_at: datetime, token: str | None = None
) -> str:
    """A token for this purpose, to be used once before it expires."""
    made = token or new_token()
    connection.execute(
        "INSERT INTO request_token (hash, request, purpose, made_at, expires_at) VALUES (%s, %s, %s, %s, %s)",
        [hashed(made), number, purpose, now, expires_at],
    )
    return made


def peek(connection: psycopg.Connection, token: str, purpose: str, now: datetime) -> int | None:
    """The case's number if the token would open it now; it is not used up. A link scanner's GET does no more than this."""
    row = connection.execute(
        "SELECT request FROM request_token WHERE hash = %s AND purpose = %s AND used_at IS NULL AND expires_at > %s",
        [hashed(token), purpose, now],
    ).fetchone()
    return None if row is None else int(row[0])


def use(connection: psycopg.Connection, token: str, purpose: str, now: datetime) -> int | None:
    """The case's number, and the token is used up; of two at once one wins. None: unknown, used, over or for something else."""
    row = connection.execute(
        "UPDATE request_token SET used_at = %s WHERE hash = %s AND purpose = %s AND used_at IS NULL AND expires_at > %s "
        "RETURNING request",
        [now, hashed(token), purpose, now],
    ).fetchone()
    return None if row is None else int(row[0])


def revoke(connection: psycopg.Connection, number: int, purpose: str, now: datetime) -> None:
    """Tokens of this purpose open nothing any more: an earlier link dies when a newer one is sent."""
    connection.execute(
        "UPDATE request_token SET expires_at = %s WHERE request = %s AND purpose = %s AND used_at IS NULL AND expires_at > %s",
        [now, number, purpose, now],
    )
