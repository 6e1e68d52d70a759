"""API tokens: what a program of the firm may do, in somebody's name, until a day; shown once, kept as a hash.

A token is never worth more than the role of whoever made it: its scopes are acts, and each use asks for both. It ends with its day, when it
is revoked, and with its account.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import psycopg

from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.leaves import note
from upheld.records.staff.model import ACTS, Account, Act, may
from upheld.records.staff.sessions import hashed

PREFIX = "uph_"  # so that whoever finds one knows what it is
LONGEST = timedelta(days=366)
NAME_SIGNS = 100
SEEN_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Token:
    """`number` may be shown and revoked by. `ended` None: it is in force until `ends`."""

    number: str
    name: str
    scopes: tuple[Act, ...]
    made: datetime
    ends: datetime
    used: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who acts by a token, and what it allows."""

    account: Account
    scopes: frozenset[Act]

    def may(self, act: Act) -> bool:
        """Both the token and the role allow it."""
        return act in self.scopes and may(self.account.role, act)


def make_token(
    connection: psycopg.Connection, account: Account, name: str, scopes: Sequence[str], ends: datetime, now: datetime
) -> str:
    """The token itself, told this once. R510: no name, no scope, a scope that the role does not allow, or no end within a year."""
    said = " ".join(name.split())
    wanted = tuple(cast(Act, scope) for scope in dict.fromkeys(scopes))
    if not said or len(said) > NAME_SIGNS:
        raise StaffRefused("R510", "A token has a name.", "Say which program it is for.")
    if not wanted or any(scope not in ACTS or not may(account.role, scope) for scope in wanted):
        raise StaffRefused("R510", "A token does something that its maker may do.", f"Scopes: {', '.join(ACTS)}.")
    if not now < ends <= now + LONGEST:
        raise StaffRefused("R510", "A token ends within a year.", "Give a day that lies ahead.")
    token = PREFIX + secrets.token_urlsafe(32)
    number = secrets.token_hex(6)
    with connection.transaction():
        connection.execute(
            "INSERT INTO staff_token (hash, number, staff, name, scopes, made_at, ends_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [hashed(token), number, account.ref, said, list(wanted), now, ends],
        )
        note(connection, "token-made", account.ref, now, token=number, scopes=" ".join(wanted))
    return token


def token_of(connection: psycopg.Connection, token: str, now: datetime) -> Bearer | None:
    """Who acts by this token; None where it is unknown or over, or its account disabled. 1 or 2 statements."""
    row = connection.execute(
        "SELECT t.scopes, t.used_at, a.ref, a.name, a.email, a.role, a.totp IS NOT NULL AND a.totp_on, a.password_set_at, a.disabled_at, "
        "a.added_at, a.password_handed FROM staff_token t JOIN staff a ON a.ref = t.staff "
        "WHERE t.hash = %s AND t.ended_at IS NULL AND t.ends_at > %s AND a.disabled_at IS NULL",
        [hashed(token), now],
    ).fetchone()
    if row is None:
        return None
    scopes, used, *account = row
    if used is None or now - used > SEEN_EVERY:
        connection.execute("UPDATE staff_token SET used_at = %s WHERE hash = %s", [now, hashed(token)])
    return Bearer(Account(*account), frozenset(scopes))


def tokens_of(connection: psycopg.Connection, ref: str) -> tuple[Token, ...]:
    """Every token of the account, the newest first. One statement."""
    rows = connection.execute(
        "SELECT number, name, scopes, made_at, ends_at, used_at, ended_at FROM staff_token WHERE staff = %s "
        "ORDER BY made_at DESC, number",
        [ref],
    ).fetchall()
    return tuple(Token(number, name, tuple(scopes), *rest) for number, name, scopes, *rest in rows)


def end_token(connection: psycopg.Connection, ref: str, number: str, now: datetime) -> bool:
    """The account's token of this number opens nothing any more. False: it has none in force."""
    with connection.transaction():
        ended = connection.execute(
            "UPDATE staff_token SET ended_at = %s WHERE staff = %s AND number = %s AND ended_at IS NULL", [now, ref, number]
        ).rowcount
        if ended:
            note(connection, "token-ended", ref, now, token=number)
        return bool(ended)
