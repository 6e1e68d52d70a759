"""A signed word of the firm's application ("this is customer 17") becomes a session here, once, for a while.

The application signs with a secret that both know (`UPHELD_SIGN_IN_SECRET`); a word counts for two minutes and opens one session. Who it is lies
sealed under a key of the session, which is destroyed with it. Must never: take a word twice, or one that was signed for later than now. Not taken: a
password of our own; people have an account with the firm, and one is enough.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from upheld.faces.app.errors import NotNow
from upheld.records.keys import ask_key, destroy_ask_key, find_ask_key, seal, unseal

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

SECRET = "UPHELD_SIGN_IN_SECRET"
WORD_COUNTS = timedelta(minutes=2)
IDLE, WHOLE = timedelta(minutes=30), timedelta(hours=8)
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. `line`: as the engine finds her; `regime`: whose law the application says she is under."""

    line: str
    regime: str
    name: str = ""
    email: str = ""


def hand_over(secret: str, said: dict[str, object], now: datetime) -> str:
    """The word that the firm's application sends: what it says (`subject`, `regime`, `name`, `email`), when, signed. For its own code, and for tests."""
    body = json.dumps({**said, "at": now.astimezone(UTC).isoformat(), "nonce": secrets.token_hex(16)}).encode()
    mark = hmac.digest(secret.encode(), body, hashlib.sha256)
    return f"{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


def enter(desk: Desk, word: str) -> str | None:
    """The session's token, shown once; None for a word that is wrong, old, of the future, or was taken before. NotNow (R150) without a secret."""
    secret = desk.app.settings.environment.get(SECRET, "")
    if len(secret) < 32:
        raise NotNow(
            "R150", f"{SECRET} is not set, or shorter than 32 characters.", "Set the same secret here and in your application."
        )
    said = _said(secret, word, desk.now)
    if said is None:
        return None
    token = secrets.token_urlsafe(32)
    name = _key_name(token)
    with desk.own.transaction() as connection:
        sealed = seal(ask_key(connection, desk.master, name, desk.now), json.dumps(said).encode(), "person-session")
        row = connection.execute(
            "INSERT INTO person_session (token, handed, sealed, began_at, seen_at, ends_at) VALUES (%s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (handed) DO NOTHING RETURNING 1",
            [_hash(token), _hash(word), sealed, desk.now, desk.now, desk.now + WHOLE],
        ).fetchone()
        if row is None:
            destroy_ask_key(connection, name)
    return token if row is not None else None


def who(desk: Desk, token: str) -> Person | None:
    """Who is signed in by this token, and the session lives on; None for a token that is unknown, idle for too long, or over."""
    with desk.own.transaction() as connection:
        row = connection.execute(
            "UPDATE person_session SET seen_at = %s WHERE token = %s AND ends_at > %s AND seen_at > %s RETURNING sealed",
            [desk.now, _hash(token), desk.now, desk.now - IDLE],
        ).fetchone()
        key = find_ask_key(connection, desk.master, _key_name(token))
    if row is None or key is None:
        return None
    said = json.loads(unseal(key, row[0], "person-session"))
    return Person(json.dumps(said["subject"]), said.get("regime", ""), said.get("name", ""), said.get("email", ""))


def leave(desk: Desk, token: str) -> None:
    """The session is over, and nobody can tell any more whose it was."""
    with desk.own.transaction() as connection:
        connection.execute("DELETE FROM person_session WHERE token = %s", [_hash(token)])
        destroy_ask_key(connection, _key_name(token))


def remove_ended(desk: Desk) -> int:
    """Sessions that are over go, with their keys; how many. A word that was taken is too old by then to be taken again."""
    with desk.own.transaction() as connection:
        rows = connection.execute(
            "DELETE FROM person_session WHERE ends_at <= %s OR seen_at <= %s RETURNING token", [desk.now, desk.now - IDLE]
        ).fetchall()
        for (token,) in rows:
            destroy_ask_key(connection, f"session:{bytes(token).hex()}")
    return len(rows)


def _said(secret: str, word: str, now: datetime) -> dict[str, object] | None:
    body, dot, mark = word[:LONGEST].partition(".")
    try:
        raw, signed = _bytes(body), _bytes(mark)
        if not dot or not hmac.compare_digest(hmac.digest(secret.encode(), raw, hashlib.sha256), signed):
            return None
        said = json.loads(raw)
        at = datetime.fromisoformat(said["at"])
    except (ValueError, KeyError, TypeError):
        return None
    fits = isinstance(said.get("subject"), dict) and isinstance(said.get("regime", ""), str) and at.tzinfo is not None
    return said if fits and timedelta(0) <= now - at <= WORD_COUNTS else None


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _key_name(token: str) -> str:
    return f"session:{_hash(token).hex()}"
