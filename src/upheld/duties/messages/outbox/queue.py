"""A letter becomes a row of the outbox and a job that sends it, in the transaction of the case that owes it.

The row names nobody: whom it goes to and what it says are sealed under a key of its case, so destroying that key takes them along. A letter for somebody
without e-mail waits to be printed and posted.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters import Letter
from upheld.duties.messages.letters.model import letter_from_json, letter_to_json
from upheld.duties.messages.outbox.mime import Envelope, mailbox, token_hash
from upheld.duties.messages.outbox.model import TASK, Channel
from upheld.records.jobs import defer
from upheld.records.keys import MasterKey, ask_key, find_ask_key, seal, unseal

ADD = """
INSERT INTO letter (ref, sealed_under, kind, language, channel, state, sealed, message, queued_at, next_at)
VALUES (%(ref)s, %(under)s, %(kind)s, %(language)s, %(channel)s, %(state)s, %(sealed)s, %(message)s, %(now)s, %(next)s) RETURNING id
"""


def queue_letter(
    connection: psycopg.Connection,
    master: MasterKey,
    ref: str,
    letter: Letter,
    to: str,
    now: datetime,
    *,
    key: str = "",
    channel: Channel = "mail",
    answers: str = "",
) -> int:
    """The letter's number. It is sent, or waits to be posted, when the caller's transaction has committed. 4 statements.

    `ref` is the case's or order's number, `key` the ask key it is sealed under (`ref` if empty). `to`: an e-mail address; for `print` the
    letter bears the address itself. `answers`: the Message-ID of a mail that this answers. R402 for an address that is none.
    """
    token = secrets.token_hex(16)
    address = mailbox(to) if channel == "mail" else ""
    sealed_with = ask_key(connection, master, key or ref, now)
    message = token_hash(token)
    said = json.dumps({"to": address, "token": token, "answers": answers, "letter": letter_to_json(letter)})
    row = connection.execute(
        ADD,
        {
            "ref": ref,
            "under": key or ref,
            "kind": letter.kind,
            "language": letter.language,
            "channel": channel,
            "state": "queued" if channel == "mail" else "to-post",
            "sealed": seal(sealed_with, said.encode(), _about(message)),
            "message": message,
            "now": now,
            "next": now if channel == "mail" else None,
        },
    ).fetchone()
    assert row is not None
    if channel == "mail":
        defer(connection, TASK, {"letter": row[0]}, queueing_lock=f"letter:{row[0]}", fresh=True)
    return int(row[0])


def opened(connection: psycopg.Connection, master: MasterKey, id: int) -> tuple[Letter, Envelope]:
    """What a letter says and where it goes. R416: there is none, or its case's key is gone."""
    row = connection.execute("SELECT sealed_under, sealed, message FROM letter WHERE id = %s", [id]).fetchone()
    key = find_ask_key(connection, master, row[0]) if row else None
    if row is None or key is None:
        raise MessageFault("R416", "The letter is unknown, or the key of its case is destroyed.")
    said: Mapping[str, Any] = json.loads(unseal(key, row[1], _about(row[2])))
    return letter_from_json(said["letter"]), Envelope(said["to"], said["token"], said["answers"])


def _about(message: bytes) -> str:
    return f"letter:{message.hex()}"
