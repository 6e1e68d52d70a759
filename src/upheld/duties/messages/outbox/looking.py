"""The outbox is looked at, and what people do with letters is noted: posted by hand, come back, queued once more."""

from __future__ import annotations

from datetime import datetime

import psycopg

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters import Letter, to_pdf
from upheld.duties.messages.outbox.model import TASK, Posted, Waiting
from upheld.duties.messages.outbox.queue import opened
from upheld.duties.messages.outbox.sending import record
from upheld.records.jobs import defer
from upheld.records.keys import MasterKey

SEEN = "SELECT id, ref, kind, language, channel, state, tries, queued_at, next_at, ended_at, code, reply, twice, posted_by FROM letter"
COUNTED = """
SELECT count(*) FILTER (WHERE state IN ('queued', 'sending')), count(*) FILTER (WHERE state = 'to-post'),
       count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'bounced'),
       min(queued_at) FILTER (WHERE state IN ('queued', 'sending', 'to-post'))
FROM letter WHERE state NOT IN ('sent', 'posted')
"""


def letters_of(connection: psycopg.Connection, ref: str) -> tuple[Posted, ...]:
    """Every letter of a case or order, the first first. Names nobody."""
    return tuple(Posted(*row) for row in connection.execute(f"{SEEN} WHERE ref = %s ORDER BY id", [ref]).fetchall())


def one_letter(connection: psycopg.Connection, id: int) -> Posted | None:
    """How this letter stands; None if there is no such letter. Names nobody."""
    row = connection.execute(f"{SEEN} WHERE id = %s", [id]).fetchone()
    return None if row is None else Posted(*row)


def letters_open(connection: psycopg.Connection) -> tuple[Posted, ...]:
    """Every letter that is neither sent nor posted, the oldest first."""
    return tuple(
        Posted(*row) for row in connection.execute(f"{SEEN} WHERE state NOT IN ('sent', 'posted') ORDER BY id").fetchall()
    )


def waiting(connection: psycopg.Connection) -> Waiting:
    """How many letters wait, and for what. One statement over the open ones."""
    row = connection.execute(COUNTED).fetchone()
    assert row is not None
    return Waiting(*row)


def read_letter(connection: psycopg.Connection, master: MasterKey, id: int) -> Letter:
    """What a letter says, for an operator. R416 when its case's key is gone."""
    return opened(connection, master, id)[0]


def print_letter(connection: psycopg.Connection, master: MasterKey, id: int) -> bytes:
    """The letter as PDF, to be put into an envelope. R416 when its case's key is gone."""
    return to_pdf(read_letter(connection, master, id))


def mark_posted(connection: psycopg.Connection, id: int, by: str, now: datetime) -> None:
    """Somebody (`by`: the opaque id of an operator) put the letter into the post. R402 for one that does not wait for it."""
    row = connection.execute(
        "UPDATE letter SET state = 'posted', posted_by = %s, ended_at = %s WHERE id = %s AND state IN ('to-post', 'failed', 'bounced') "
        "RETURNING ref, kind",
        [by, now, id],
    ).fetchone()
    if row is None:
        raise MessageFault("R402", "No letter of this number waits to be posted.", "See `letters_open`.")
    record(connection, "posted", id, row[0], row[1], now)


def mark_bounced(connection: psycopg.Connection, message: bytes, now: datetime) -> Posted | None:
    """The letter of this hash of a token came back; it, or None if none of ours did. Again changes nothing."""
    row = connection.execute(
        "UPDATE letter SET state = 'bounced', code = 'R418', ended_at = %s WHERE message = %s AND state IN ('sent', 'sending') "
        "RETURNING id, ref, kind",
        [now, message],
    ).fetchone()
    if row is None:
        return None
    record(connection, "bounced", row[0], row[1], row[2], now)
    return next(letter for letter in letters_of(connection, row[1]) if letter.id == row[0])


def send_again(connection: psycopg.Connection, id: int, now: datetime) -> None:
    """A letter that came to nothing or came back is tried anew, its count of tries from none. R402 for any other."""
    row = connection.execute(
        "UPDATE letter SET state = 'queued', queued_at = %s, next_at = %s, ended_at = NULL, tries = 0, code = '', reply = 0 "
        "WHERE id = %s AND channel = 'mail' AND state IN ('failed', 'bounced') RETURNING id",
        [now, now, id],
    ).fetchone()
    if row is None:
        raise MessageFault("R402", "No letter of this number came to nothing.", "See `letters_open`.")
    defer(connection, TASK, {"letter": id})


def letter_of(connection: psycopg.Connection, message: bytes) -> str | None:
    """The case or order whose letter has this hash of a token."""
    row = connection.execute("SELECT ref FROM letter WHERE message = %s", [message]).fetchone()
    return row[0] if row else None
