"""Mails of the mailbox are handed to whoever opens cases, each in one transaction with the note that it was taken; then they are moved.

A crash before the commit leaves the mail where it was, to be read again; a crash after it leaves it there, too, but it is known by its place and by its contents, and is
only moved. So a mail is handled once, whatever dies.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.intake.mailbox import Box, opened
from upheld.duties.messages.intake.maildir import MaildirBox, is_maildir
from upheld.duties.messages.intake.model import Incoming, Limits, Taken
from upheld.duties.messages.intake.parse import parse
from upheld.duties.messages.outbox.looking import letter_of, mark_bounced
from upheld.duties.messages.outbox.mime import token_hash
from upheld.records.own import OwnDatabase

# Handles one mail in the transaction that it is given; gives the number of the case that it belongs to, or None.
Handle = Callable[[psycopg.Connection, Incoming], str | None]
AnyBox = Box | MaildirBox
NUMBERS = re.compile(r"\b([A-Z]-\d{4,})\b")


def read_mailbox(
    url: str, connection: psycopg.Connection, *, ours: frozenset[str] = frozenset(), limits: Limits = Limits()
) -> tuple[Incoming, ...]:
    """Mails that were not taken yet, the oldest first, at most `limits.mails`. Nothing is changed in the mailbox. R421 to R425.

    All are in memory together; `take_mail` goes one by one.
    """
    with _opened(url) as box:
        box.open()
        return tuple(_new(box, connection, ours, limits))


def take_mail(
    own: OwnDatabase,
    url: str,
    handle: Handle,
    now: Callable[[], datetime],
    *,
    ours: frozenset[str] = frozenset(),
    limits: Limits = Limits(),
    failpoint: Callable[[str], None] = lambda _: None,
) -> Taken:
    """Every new mail was handled, noted and moved to the folder Upheld/Taken. R421 to R425 where the mailbox cannot be used.

    A report of failed delivery marks its letter, and is handed to `handle` like any other mail.
    """
    number = hashlib.sha256(url.encode()).digest()
    try:
        with _opened(url) as box, own.connection() as looking:
            box.open()
            taken = _turn(own, box, _new(box, looking, ours, limits), handle, now, failpoint)
    except MessageFault as fault:
        _note_turn(own, number, fault.code, now())
        raise
    _note_turn(own, number, "", now())
    return taken


@contextmanager
def _opened(url: str) -> Iterator[AnyBox]:
    """The mailbox of this address, on a server or in a folder of this machine."""
    if is_maildir(url):
        yield MaildirBox(url)
        return
    with opened(url) as box:
        yield box


@dataclass(frozen=True, slots=True)
class Mailbox:
    """How the last turn of reading a mailbox came out. `code`: its trouble (R421 to R425), empty for none; `read_at`: the last turn without."""

    code: str
    looked_at: datetime
    read_at: datetime | None


def mailbox_now(connection: psycopg.Connection) -> Mailbox | None:
    """The mailbox that was looked at last; None if none ever was. For the desk: requests by mail are not seen while it has trouble."""
    row = connection.execute("SELECT code, looked_at, read_at FROM mail_box ORDER BY looked_at DESC LIMIT 1").fetchone()
    return Mailbox(*row) if row else None


def _note_turn(own: OwnDatabase, box: bytes, code: str, now: datetime) -> None:
    with own.connection() as connection:
        connection.execute(
            "INSERT INTO mail_box (box, code, looked_at, read_at) VALUES (%s, %s, %s, %s) ON CONFLICT (box) DO UPDATE "
            "SET code = EXCLUDED.code, looked_at = EXCLUDED.looked_at, read_at = coalesce(EXCLUDED.read_at, mail_box.read_at)",
            [box, code, now, None if code else now],
        )


def _turn(
    own: OwnDatabase,
    box: AnyBox,
    mails: Iterator[Incoming],
    handle: Handle,
    now: Callable[[], datetime],
    failpoint: Callable[[str], None],
) -> Taken:
    counts = dict.fromkeys(("taken", "again", "bounced", "failed"), 0)
    faults: list[str] = []
    for mail in mails:
        came_to = _one(own, box, mail, handle, now, faults)
        counts[came_to] += 1
        counts["bounced"] += came_to == "taken" and mail.bounce is not None
    failpoint("mail: on record")
    moved = _moved(own, box, now)
    return Taken(**counts, moved=moved, faults=tuple(dict.fromkeys(faults)))


def note_taken(connection: psycopg.Connection, box: bytes, mail: Incoming, ref: str | None, now: datetime) -> bool:
    """The mail is on record as taken; False if it was before (then nothing is to be done again)."""
    return (
        connection.execute(
            "INSERT INTO mail_taken (message, box, validity, uid, ref, taken_at) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (message) "
            "DO UPDATE SET box = EXCLUDED.box, validity = EXCLUDED.validity, uid = EXCLUDED.uid, moved_at = NULL RETURNING xmax = 0",
            [mail.identity, box, mail.validity, mail.uid, ref, now],
        ).fetchone()
        == (True,)
    )  # fmt: skip


def _one(own: OwnDatabase, box: AnyBox, mail: Incoming, handle: Handle, now: Callable[[], datetime], faults: list[str]) -> str:
    try:
        with own.transaction() as connection:
            if not note_taken(connection, box.place.number, mail, mail.in_reply_to_case, now()):
                return "again"
            if mail.bounce is not None and mail.bounce.token:
                mark_bounced(connection, token_hash(mail.bounce.token), now())
            ref = handle(connection, mail)
            if ref is not None:
                connection.execute("UPDATE mail_taken SET ref = %s WHERE message = %s", [ref, mail.identity])
    except Exception as fault:
        # One mail that cannot be handled must not keep the others waiting; it stays in the box, is counted, and comes again.
        faults.append(str(getattr(fault, "code", type(fault).__name__)))  # never its words: they may quote the mail
        return "failed"
    return "taken"


def _new(box: AnyBox, connection: psycopg.Connection, ours: frozenset[str], limits: Limits) -> Iterator[Incoming]:
    rows = connection.execute("SELECT uid FROM mail_taken WHERE box = %s AND validity = %s", [box.place.number, box.validity])
    known = {row[0] for row in rows.fetchall()}
    for uid in [uid for uid in box.uids() if uid not in known][: limits.mails]:
        raw = box.read(uid, limits.mail_bytes)
        if raw is None:
            continue
        mail = parse(raw.content, raw.received_at, limits, ours)
        troubles = (*mail.troubles, *(("cut",) if raw.cut else ()))
        yield _matched(connection, replace(mail, uid=uid, validity=box.validity, troubles=tuple(dict.fromkeys(troubles))))


def _matched(connection: psycopg.Connection, mail: Incoming) -> Incoming:
    """With the case that it answers. The number in a subject counts last: anybody can write it."""
    named = (mail.bounce.token,) if mail.bounce is not None and mail.bounce.token else ()
    for token in (*named, *mail.tokens):
        if ref := letter_of(connection, token_hash(token)):
            return replace(mail, in_reply_to_case=ref, matched_by="reference")
    for token in mail.reply_tokens:
        if ref := letter_of(connection, token_hash(token)):
            return replace(mail, in_reply_to_case=ref, matched_by="address")
    for number in NUMBERS.findall(mail.subject):
        if connection.execute("SELECT 1 FROM letter WHERE ref = %s LIMIT 1", [number]).fetchone():
            return replace(mail, in_reply_to_case=number, matched_by="subject")
    return mail


def _moved(own: OwnDatabase, box: AnyBox, now: Callable[[], datetime]) -> int:
    """What is on record and still in the box is moved, also what a turn before left there; where it lies then is noted."""
    validity = box.validity
    box.open(to_write=True)
    if box.validity != validity:
        return 0  # renumbered under us: the next turn finds the mails by their contents
    here = set(box.uids())
    with own.connection() as connection:
        rows = connection.execute(
            "SELECT uid, message FROM mail_taken WHERE box = %s AND validity = %s AND moved_at IS NULL",
            [box.place.number, validity],
        ).fetchall()
        moving = {uid: message for uid, message in rows if uid in here}
        places = box.move(sorted(moving))
        with connection.transaction():
            for uid, (folder, number) in places.items():
                connection.execute(
                    "INSERT INTO mail_place (box, validity, uid, message) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    [box.place.number, folder, number, moving[uid]],
                )
            connection.execute(
                "UPDATE mail_taken SET moved_at = %s WHERE box = %s AND validity = %s AND uid = ANY(%s)",
                [now(), box.place.number, validity, [uid for uid, _ in rows]],
            )
    return len(moving)


def destroy_mails(own: OwnDatabase, url: str, refs: Collection[str]) -> int:
    """Mails of these cases are gone from the folder for those that were taken, every copy of them; how many. R421 to R425.

    What a server without UIDPLUS moved, or renumbered since, stays: nobody can say which mails those are.
    """
    with own.connection() as connection:
        rows = connection.execute(
            "SELECT p.box, p.validity, p.uid FROM mail_place p JOIN mail_taken t USING (message) WHERE t.ref = ANY(%s) ORDER BY p.uid",
            [sorted(refs)],
        ).fetchall()
        if not rows:
            return 0
        gone = 0
        with _opened(url) as box:
            for validity in sorted({row[1] for row in rows if row[0] == box.place.number}):
                uids = [row[2] for row in rows if row[0] == box.place.number and row[1] == validity]
                gone += len(uids) if box.destroy(validity, uids) else 0
                connection.execute(
                    "DELETE FROM mail_place WHERE box = %s AND validity = %s AND uid = ANY(%s)",
                    [box.place.number, validity, uids],
                )
    return gone
