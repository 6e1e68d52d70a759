"""A mail that a machine wrote is recognised: an automatic answer, a list, a report of failed delivery, ourselves.

In doubt a mail is a person's: then somebody looks at it, and at worst a machine is answered once. Only `auto` mails are never answered by machine,
which is what stops two machines from writing to each other for ever. Sources: RFC 3834 (automatic answers), RFC 3464 (reports).
"""

from __future__ import annotations

import re
from email.message import Message

from upheld.duties.messages.intake.model import Bounce

HOPS_AT_MOST = 50  # RFC 5321 6.3 asks for at least 100; a mail of a person has ten
DAEMONS = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?([+=-].*)?)@", re.I)
AWAY = re.compile(
    r"^\W*(auto(matic)?[ :-]*(reply|response)|out of( the)? office|automatische antwort|abwesenheit|abwesend|"
    r"r[ée]ponse automatique|absen(ce|t)[ :]|message d.absence|respuesta autom[áa]tica|fuera de (la )?oficina|autoreply)",
    re.I,
)
OURS = re.compile(r"<([0-9a-f]{32})@")


def automatic(message: Message, subject: str, sender: str, ours: frozenset[str]) -> str:
    """Why this mail is a machine's, in a word; empty for a person's."""
    submitted = str(message.get("Auto-Submitted", "")).partition(";")[0].strip().lower()
    if sender in ours:
        return "ourselves"
    if message.get_content_type() == "multipart/report":
        return "report"
    if submitted not in ("", "no"):
        return "auto-submitted"
    if str(message.get("Return-Path", "")).strip() == "<>":
        return "no-return-path"
    if str(message.get("Precedence", "")).strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "bulk"
    if message.get("List-Id") or message.get("List-Unsubscribe"):
        return "list"
    if message.get("X-Autoreply") or message.get("X-Autorespond") or message.get("X-Auto-Reply"):
        return "auto-reply"
    if DAEMONS.match(sender):
        return "daemon"
    if AWAY.match(subject):
        return "away"
    return "hops" if len(message.get_all("Received", [])) > HOPS_AT_MOST else ""


def bounce(message: Message, raw: bytes, because: str) -> Bounce | None:
    """The letter that a report says was not delivered. None for a person's mail, and for reports of delay or delivery."""
    if because not in ("report", "no-return-path", "daemon", "auto-submitted"):
        return None
    fields = _status(message)
    if message.get_content_type() == "multipart/report":
        if fields.get("action") != "failed":
            return None
    elif because != "daemon":
        return None
    # An older server reports in its own words, with the letter's head below: the number that only we and it know is enough.
    named = OURS.findall(raw[:1_000_000].decode("ascii", "replace"))
    return Bounce(named[-1] if named else "", fields.get("status", ""))


def _status(message: Message) -> dict[str, str]:
    """Fields of the report, those of the last recipient; our letters have one."""
    found: dict[str, str] = {}
    parts = message.get_payload()
    for part in parts if isinstance(parts, list) else []:
        if not isinstance(part, Message) or part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, Message):
                found |= {name.lower(): str(value).strip().lower() for name, value in block.items()}
    return found
