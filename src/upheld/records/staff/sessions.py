"""A token in a browser becomes an account for a while: begun by a sign-in, ended by time, by leaving, by a colleague or a new password.

Our database keeps a hash of the token: who reads the table can sign in nowhere. Two ends, idle and absolute; source: NIST SP 800-63B-4 for
AAL2 (an hour idle, a day in all), and tighter here. Not taken: a signed cookie without a row; it could not be revoked.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from upheld.records.staff.model import Account

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
HALF = timedelta(minutes=5)  # between password and second factor
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """`number` may be shown and revoked by; `half`: the second factor has not been given, and nothing may be done yet."""

    number: str
    account: Account
    begun: datetime
    seen: datetime
    ends: datetime
    half: bool


def hashed(token: str) -> bytes:
    """What is kept of a token of 256 random bits: nothing that it could be guessed from."""
    return hashlib.sha256(token.encode()).digest()


def begin(connection: psycopg.Connection, ref: str, half: bool, now: datetime) -> str:
    """The new session's token, which nobody but the browser keeps. One statement."""
    token = secrets.token_urlsafe(32)
    ends = now + (HALF if half else ABSOLUTE)
    connection.execute(
        "INSERT INTO staff_session (hash, number, staff, half, begun_at, seen_at, ends_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [hashed(token), secrets.token_hex(6), ref, half, now, now, ends],
    )
    return token


def session_of(connection: psycopg.Connection, token: str, now: datetime) -> Session | None:
    """Whose session this is; None for a token that is unknown, ended or idle too long, or of a disabled account. 1 or 2 statements."""
    row = connection.execute(
        "SELECT s.number, s.begun_at, s.seen_at, s.ends_at, s.half, a.ref, a.name, a.email, a.role, a.totp IS NOT NULL AND a.totp_on, "
        "a.password_set_at, a.disabled_at, a.added_at, a.password_handed FROM staff_session s JOIN staff a ON a.ref = s.staff "
        "WHERE s.hash = %s AND s.ends_at > %s AND s.seen_at > %s AND a.disabled_at IS NULL",
        [hashed(token), now, now - IDLE],
    ).fetchone()
    if row is None:
        return None
    number, begun, seen, ends, half, *account = row
    if now - seen > SEEN_EVERY:
        connection.execute("UPDATE staff_session SET seen_at = %s WHERE hash = %s", [now, hashed(token)])
    return Session(str(number), Account(*account), begun, seen, ends, bool(half))


def sessions_of(connection: psycopg.Connection, ref: str, now: datetime) -> tuple[tuple[str, datetime, datetime], ...]:
    """(number, begun, last seen) of each session that runs, the newest first. One statement."""
    rows = connection.execute(
        "SELECT number, begun_at, seen_at FROM staff_session WHERE staff = %s AND NOT half AND ends_at > %s AND seen_at > %s "
        "ORDER BY begun_at DESC, number",
        [ref, now, now - IDLE],
    ).fetchall()
    return tuple((str(number), begun, seen) for number, begun, seen in rows)


def end(connection: psycopg.Connection, ref: str, number: str) -> bool:
    """The account's session of this number is over. False: it has none."""
    return connection.execute("DELETE FROM staff_session WHERE staff = %s AND number = %s", [ref, number]).rowcount == 1


def end_all(connection: psycopg.Connection, ref: str, keep: str | None = None) -> int:
    """All sessions of the account are over, but the one of number `keep`; how many."""
    return connection.execute("DELETE FROM staff_session WHERE staff = %s AND number IS DISTINCT FROM %s", [ref, keep]).rowcount


def sweep(connection: psycopg.Connection, now: datetime) -> int:
    """Rows of sessions that are over go; how many."""
    return connection.execute("DELETE FROM staff_session WHERE ends_at <= %s OR seen_at <= %s", [now, now - IDLE]).rowcount
