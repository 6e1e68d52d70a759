"""A letter of the outbox is handed to the mail server, and the record says how that ended.

One worker at a time holds a letter (an advisory lock of its session, gone with it). The record says *sending* before the first byte goes out: a
worker that dies then leaves it so, and the next try sends the same message, with the same Message-ID, and notes that it may have come twice.
Mail is at least once: SMTP knows no other way. Must never: raise for what a server did; a job would then try at its own pace, not at ours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.outbox.mime import as_email
from upheld.duties.messages.outbox.model import TASK, MailSettings, State
from upheld.duties.messages.outbox.queue import opened
from upheld.duties.messages.outbox.smtp import Accepted, Doubtful, Outcome, Rejected, Unreached, hand_over, server_of
from upheld.records.jobs import defer
from upheld.records.keys import MasterKey
from upheld.records.ledger import Detail, Leaf, append
from upheld.records.own import OwnDatabase

LOCKS = 0x6C65_7474  # first half of the advisory lock; the second is the letter's number
# RFC 5321 4.5.4.1: tried again after growing waits, given up after four to five days.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480))
GIVEN_UP_AFTER = timedelta(days=5)
A_JOB_LEADS_THERE = timedelta(minutes=10)  # a letter that is due is its job's; only what is overdue is looked for
MOST = 500
OVERDUE = "SELECT id FROM letter WHERE state IN ('queued', 'sending') AND next_at <= %s ORDER BY next_at, id LIMIT %s"


def send_letter(
    own: OwnDatabase,
    master: MasterKey,
    id: int,
    mail: MailSettings | None,
    now: Callable[[], datetime],
    failpoint: Callable[[str], None] = lambda _: None,
) -> State | None:
    """How the letter stands after this try; None if there is no such letter. Without `mail` it waits; nothing is sent before its hour.

    Handler of the job `send letter` (ids: `letter`). May be called again at any time: what is sent stays sent.
    """
    with own.connection() as connection:
        if not _one(connection, "SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, id]):
            return "sending"
        try:
            return _tried(connection, master, id, mail, now, failpoint)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, id])


def send_waiting(own: OwnDatabase, master: MasterKey, mail: MailSettings | None, now: Callable[[], datetime]) -> int:
    """Letters whose hour has come and that no job leads to any more are sent: those queued before there was a mail server. How many were tried.

    For a schedule. The oldest first, at most 500; the first that finds the server away ends the turn.
    """
    if mail is None:
        return 0
    with own.connection() as connection:
        ids = [row[0] for row in connection.execute(OVERDUE, [now() - A_JOB_LEADS_THERE, MOST]).fetchall()]
    for tried, id in enumerate(ids, start=1):
        if send_letter(own, master, id, mail, now) == "queued":
            return tried
    return len(ids)


def _tried(
    connection: psycopg.Connection,
    master: MasterKey,
    id: int,
    mail: MailSettings | None,
    now: Callable[[], datetime],
    failpoint: Callable[[str], None],
) -> State | None:
    row = connection.execute("SELECT state, next_at, queued_at FROM letter WHERE id = %s", [id]).fetchone()
    if row is None or row[0] not in ("queued", "sending"):
        return row[0] if row else None
    if mail is None or row[1] > now():
        return row[0]
    connection.execute(
        "UPDATE letter SET tries = tries + 1, twice = twice OR state = 'sending', state = 'sending' WHERE id = %s", [id]
    )
    failpoint("letter: before it is handed over")
    try:
        letter, envelope = opened(connection, master, id)
        server = server_of(mail.smtp_url)
        message = as_email(letter, envelope, mail.sender, mail.reply_to, row[2])
    except MessageFault as fault:
        return _ended(connection, id, "failed" if fault.code == "R416" else "queued", fault.code, 0, now())
    outcome = hand_over(server, message, mail.sender, envelope.to)
    failpoint("letter: handed over")
    return _noted(connection, id, outcome, row[2], now())


def _noted(connection: psycopg.Connection, id: int, outcome: Outcome, queued_at: datetime, now: datetime) -> State:
    late = now - queued_at > GIVEN_UP_AFTER
    match outcome:
        case Accepted(reply):
            return _ended(connection, id, "sent", "", reply, now)
        case Rejected(reply, permanent) if permanent:
            return _ended(connection, id, "failed", "R415", reply, now)
        case Rejected(reply, _):
            return _ended(connection, id, "failed" if late else "queued", "R417" if late else "R412", reply, now)
        case Unreached(code):
            return _ended(connection, id, "failed" if late else "queued", "R417" if late else code, 0, now)
        case Doubtful():
            # Stays *sending*: the next try then knows that this one may have arrived.
            return _ended(connection, id, "failed" if late else "sending", "R417" if late else "R412", 0, now)


def _ended(connection: psycopg.Connection, id: int, state: State, code: str, reply: int, now: datetime) -> State:
    again = state in ("queued", "sending")
    with connection.transaction():
        tries, ref, kind = _row(connection, "SELECT tries, ref, kind FROM letter WHERE id = %s", [id])
        after = now + WAITS[min(max(tries, 1), len(WAITS)) - 1] if again else None
        connection.execute(
            "UPDATE letter SET state = %s, code = %s, reply = %s, next_at = %s, ended_at = %s WHERE id = %s",
            [state, code, reply, after, None if again else now, id],
        )
        if again:
            defer(connection, TASK, {"letter": id}, at=after)
        else:
            record(connection, state, id, ref, kind, now)
    return state


def record(connection: psycopg.Connection, state: State, id: int, ref: str, kind: str, now: datetime) -> None:
    """The ledger's leaf of a letter that was sent, came back, came to nothing or was posted."""
    append(
        connection,
        [Leaf(f"letter:{state}", now, counts={"letters": 1}, detail=Detail({"letter": id, "ref": ref, "kind": kind}))],
    )


def _row(connection: psycopg.Connection, query: str, given: list[object]) -> tuple[int, str, str]:
    row = connection.execute(query, given).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return row  # type: ignore[no-any-return]


def _one(connection: psycopg.Connection, query: str, given: list[object]) -> bool:
    row = connection.execute(query, given).fetchone()  # type: ignore[call-overload]
    return bool(row and row[0])
