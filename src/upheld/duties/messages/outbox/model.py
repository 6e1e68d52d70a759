"""The outbox as values: a letter on its way, where mail is handed over, and what a mail server said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["queued", "sending", "sent", "bounced", "failed", "to-post", "posted"]
Channel = Literal["mail", "print"]
TASK = "send letter"  # the job's name; its ids: {"letter": id}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """UPHELD_SMTP_URL, UPHELD_MAIL_FROM, UPHELD_MAIL_REPLY (an address for answers; `{token}` in it leads back to the case)."""

    smtp_url: str = field(repr=False)
    sender: str
    reply_to: str = ""


def mail_settings(environment: Mapping[str, str]) -> MailSettings | None:
    """What the environment says of outgoing mail; None: nothing, and letters wait in the outbox."""
    url, sender = environment.get("UPHELD_SMTP_URL", ""), environment.get("UPHELD_MAIL_FROM", "")
    return MailSettings(url, sender, environment.get("UPHELD_MAIL_REPLY", "")) if url and sender else None


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter on record. `code`: the trouble it had last (R4xx); `reply`: what the mail server's number was.

    `twice`: a try ended with nobody to see its end, so the same message (one Message-ID) may have been handed over again.
    """

    id: int
    ref: str
    kind: str
    language: str
    channel: Channel
    state: State
    tries: int
    queued_at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    code: str
    reply: int
    twice: bool
    posted_by: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of letters that wait: for the mail server, for somebody who posts them; and those that came to nothing."""

    queued: int
    to_post: int
    failed: int
    bounced: int
    oldest: datetime | None
