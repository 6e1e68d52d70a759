"""What a recipient sends us by itself becomes an answer, if it is the recipient's: signed callbacks, and links that a person follows.

A signature is HMAC-SHA-256 over `timestamp.body`, in the header `Upheld-Signature: t=<seconds>,v1=<hex>`; it counts for five minutes and
once. A link bears a token that only we can compute; it answers one order. Must never: say whether an order exists to who cannot sign.
"""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import psycopg

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.model import OrderState, Registry
from upheld.duties.recipients.orders import Answer, answer_order, order_of
from upheld.records.keys import MasterKey, hash_key, keyed_hash

HEADER = "Upheld-Signature"
COUNTS_FOR = timedelta(minutes=5)
REMEMBERED = timedelta(days=1)
LARGEST = 64 * 1024
SAID = ("acknowledged", "done", "refused", "failed")
USE = "recipient-link"


def sign(secret: str, body: bytes, now: datetime) -> str:
    """The value of the header for this body. `secret`: what both sides know."""
    seconds = int(now.timestamp())
    return f"t={seconds},v1={_mac(secret, seconds, body)}"


def is_signed(secret: str, header: str, body: bytes, now: datetime) -> bool:
    """Whether the header was made for this body with this secret, not more than five minutes away from now."""
    try:
        parts = dict(part.split("=", 1) for part in header.split(","))
        seconds, given = int(parts["t"]), parts["v1"]
    except (KeyError, ValueError):
        return False
    fresh = abs(now.timestamp() - seconds) <= COUNTS_FOR.total_seconds()
    return hmac.compare_digest(_mac(secret, seconds, body).encode(), given.encode()) and fresh


def take_callback(
    connection: psycopg.Connection,
    master: MasterKey,
    registry: Registry,
    recipient: str,
    secret: str | None,
    header: str,
    body: bytes,
    now: datetime,
) -> OrderState:
    """The signed callback of a webhook's recipient becomes its order's answer, if the caller's transaction commits.

    `secret`: the value of the entry's variable, None where it is not set. Body: `{"order": key, "state": word}`, `"reason"` optional, nothing
    else. R326 for every signature, time, body or order that is not right, all alike; R332 where the order has another end.
    """
    entry = registry.entries.get(recipient)
    if entry is None or entry.connector != "webhook" or not secret or len(body) > LARGEST:
        raise refused_answer(recipient)
    if not is_signed(secret, header, body, now) or not first_time(
        connection, sha256(header.encode() + b"\n" + body).digest(), now
    ):
        raise refused_answer(recipient)
    key, state, reason = _read(recipient, body)
    row = connection.execute(
        "SELECT number FROM recipient_order WHERE key = %s AND recipient = %s", [key, recipient]
    ).fetchone()
    if row is None:
        raise refused_answer(recipient)
    return answer_order(connection, master, row[0], Answer(state, "callback", reason.encode()), now)  # type: ignore[arg-type]


def first_time(connection: psycopg.Connection, digest: bytes, now: datetime) -> bool:
    """Whether this answer was never taken before; old ones are forgotten. 2 statements."""
    connection.execute("DELETE FROM recipient_callback WHERE received_at < %s", [now - REMEMBERED])
    made = connection.execute("INSERT INTO recipient_callback VALUES (%s, %s) ON CONFLICT DO NOTHING", [digest, now])
    return made.rowcount == 1


def link_token(connection: psycopg.Connection, master: MasterKey, number: int, key: UUID, now: datetime) -> str:
    """The token with which a person of the recipient answers this order. The same at every reminder; 1 statement."""
    mac = keyed_hash(hash_key(connection, master, USE, "1", now), "answer", str(number), str(key))
    return f"{number}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def order_of_link(connection: psycopg.Connection, master: MasterKey, token: str, now: datetime) -> OrderState:
    """The order that a token answers. R326 for every token that is none of ours, all alike. 3 statements."""
    number, _, _ = token.partition(".")
    known = number.isascii() and number.isdigit() and len(number) < 16
    row = connection.execute("SELECT key FROM recipient_order WHERE number = %s", [int(number) if known else 0]).fetchone()
    right = link_token(connection, master, int(number) if known else 0, row[0] if row else UUID(int=0), now)
    if row is None or not hmac.compare_digest(right.encode(), token.encode("utf-8", "replace")):
        raise refused_answer("link")
    return order_of(connection, int(number))


def answer_by_link(
    connection: psycopg.Connection, master: MasterKey, token: str, state: str, reason: str, now: datetime
) -> OrderState:
    """What a person of the recipient said behind the link is the order's answer. R326 and R332 as for callbacks; R326 for another word."""
    order = order_of_link(connection, master, token, now)
    if state not in SAID:
        raise refused_answer("link")
    return answer_order(connection, master, order.number, Answer(state, "link", reason[:4000].encode()), now)  # type: ignore[arg-type]


def refused_answer(place: str) -> RecipientFault:
    """R326: the one answer to everything that is not the recipient's."""
    return RecipientFault(
        "R326", place, "Its signature, its time or its order is not right.", "Nothing was changed; let it be sent anew."
    )


def _read(recipient: str, body: bytes) -> tuple[UUID, str, str]:
    try:
        said = json.loads(body)
        strict = isinstance(said, dict) and {"order", "state"} <= said.keys() <= {"order", "state", "reason"}
        key, state, reason = UUID(said["order"]), said["state"], said.get("reason", "")
        if strict and state in SAID and isinstance(reason, str):
            return key, state, reason[:4000]
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    raise refused_answer(recipient)


def _mac(secret: str, seconds: int, body: bytes) -> str:
    return hmac.digest(secret.encode(), f"{seconds}.".encode() + body, sha256).hex()
