"""Mail that came in, as values: who wrote what, in answer to which case, and whether a machine wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Matched = Literal["", "reference", "address", "subject"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a mail is read. What is beyond is named and left in the mailbox; the mail itself is never dropped."""

    mail_bytes: int = 25_000_000
    attachment_bytes: int = 10_000_000
    attachments: int = 20
    parts: int = 200
    depth: int = 20
    text_chars: int = 200_000
    mails: int = 200  # a turn


@dataclass(frozen=True, slots=True)
class Attachment:
    """`kind`: the media type that its first bytes show, else `application/octet-stream`; what the sender claimed is `claimed`.

    `left_out`: too large or too many; its content is empty and lies in the mailbox only.
    """

    name: str
    kind: str
    claimed: str
    size: int
    content: bytes = field(repr=False)
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a mail could not be delivered. `token`: of the letter that it names, empty if none of ours is named."""

    token: str
    status: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail. `sender`: the address alone, lower case; it proves nobody. `received_at`: when the mail server took it, UTC.

    `in_reply_to_case`: the case or order, found by a letter it answers (`reference`), by the address it was sent to (`address`), or by the number
    in its subject (`subject`: anybody can write that). `auto`: a machine wrote it, for `auto_because`; never answer that by machine.
    `troubles`: what could not be read: `malformed`, `cut`, `attachments-left-out`.
    """

    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...]
    received_at: datetime
    in_reply_to_case: str | None = None
    matched_by: Matched = ""
    auto: bool = False
    auto_because: str = ""
    bounce: Bounce | None = None
    troubles: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    reply_tokens: tuple[str, ...] = ()
    identity: bytes = field(default=b"", repr=False)
    validity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What a turn came to. `failed`: mails whose handling failed; they lie where they were and are read again with the next turn.

    `faults`: codes or names of what failed.
    """

    taken: int
    again: int
    bounced: int
    failed: int
    moved: int
    faults: tuple[str, ...] = ()
