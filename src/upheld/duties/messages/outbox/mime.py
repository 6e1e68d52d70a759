"""A letter becomes an e-mail: plain text, HTML, and the PDF where its kind brings one; the same bytes at every try.

Its Message-ID is made when the letter is queued, so that a try whose end nobody saw is recognised as the same message. No header asks for a
receipt, nothing is fetched. `Auto-Submitted` keeps other machines from answering us.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters import Letter, to_pdf
from upheld.duties.messages.letters.plain import line

# One name, one domain with a dot: what could be two addresses, or a line of the envelope, is none.
_ADDRESS = re.compile(r"""([^\s"(),:;<>@\[\\\]]{1,64})@([^\s"(),:;<>@\[\\\]]+\.[^\s"(),:;<>@\[\\\].]{2,})""")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an outgoing letter is sent with. `token` leads an answer back; `answers`: the Message-ID that this letter answers."""

    to: str
    token: str
    answers: str = ""


def message_id(letter: Letter, token: str) -> str:
    """`<token@domain>`: the domain of the firm's own address."""
    return f"<{token}@{letter.firm.contact.rpartition('@')[2] or 'upheld.invalid'}>"


def token_hash(token: str) -> bytes:
    """Under which an answer or a report finds its letter: the row itself holds no token."""
    return hashlib.sha256(token.encode()).digest()


def mailbox(address: str) -> str:
    """An e-mail address that can stand in an envelope, its domain in ASCII. R402 for what is none."""
    found = _ADDRESS.fullmatch(address.strip())
    try:
        domain = found.group(2).encode("idna").decode("ascii").lower() if found else ""
        return Address(username=found.group(1) if found else "", domain=domain).addr_spec if domain else _none()
    except (ValueError, UnicodeError, IndexError):
        return _none()


def _none() -> str:
    raise MessageFault("R402", "The letter's address is no e-mail address.", "Correct it, or send the letter by post.")


def as_email(letter: Letter, envelope: Envelope, sender: str, reply_to: str, written_at: datetime) -> EmailMessage:
    """The e-mail, ready for the wire."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=line(letter.firm.name), addr_spec=sender)
    message["To"] = envelope.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id(letter, envelope.token)
    message["Auto-Submitted"] = "auto-generated"
    if reply_to:
        message["Reply-To"] = reply_to.replace("{token}", envelope.token)
    if envelope.answers:
        message["In-Reply-To"] = envelope.answers
        message["References"] = envelope.answers
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"a-{envelope.token}")
    if letter.with_pdf:
        message.add_attachment(to_pdf(letter), maintype="application", subtype="pdf", filename=f"{letter.kind}.pdf")
        message.set_boundary(f"b-{envelope.token}")
    message["Content-Language"] = (
        letter.language
    )  # last: what begins with Content goes to the first part when there are several
    return message
