"""A message is handed to a mail server, once; what the server said becomes a value.

A connection is encrypted with a certificate that this machine trusts (smtps, or STARTTLS, which is demanded), save to this machine itself.
Not promised, by SMTP itself: that a message whose last reply was lost was not taken; the outcome then is Doubtful.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from urllib.parse import parse_qs, unquote, urlsplit

from upheld.duties.messages.errors import MessageFault

PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT_S = 30.0
LOCAL = ("localhost", "127.0.0.1", "::1")
TEMPORARY = 400
PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has the message, and answers for it."""

    reply: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server said no: for now (4xx), or for good (5xx)."""

    reply: int
    permanent: bool


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nothing was handed over. `code`: R412 out of reach, R413 not safe, R414 not let in."""

    code: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The line broke after the message was sent and before the server answered."""


Outcome = Accepted | Rejected | Unreached | Doubtful


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as UPHELD_SMTP_URL says it."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    ca: str

    @property
    def is_local(self) -> bool:
        return self.host in LOCAL


def server_of(url: str) -> Server:
    """`smtps://user:password@host:465` or `smtp://…` (STARTTLS); `?ca=FILE` trusts another authority. R411 if it cannot be read."""
    try:
        found = urlsplit(url)
        port = found.port or PORTS.get(found.scheme, 0)
    except ValueError:
        raise MessageFault("R411", "UPHELD_SMTP_URL is no address.") from None
    if found.scheme not in PORTS or not found.hostname:
        raise MessageFault("R411", "UPHELD_SMTP_URL begins neither with smtps:// nor with smtp://, or names no host.")
    ca = parse_qs(found.query).get("ca", [""])[0]
    return Server(found.scheme, found.hostname, port, unquote(found.username or ""), unquote(found.password or ""), ca)


def hand_over(server: Server, message: EmailMessage, sender: str, to: str, timeout_s: float = TIMEOUT_S) -> Outcome:
    """The message was handed to the server for one address, or why not. Never raises for what a server or a line does."""
    opened = _reached(server, timeout_s)
    if isinstance(opened, Unreached):
        return opened
    try:
        return _hand(opened, message, sender, to)
    finally:
        opened.close()


def why_unreached(server: Server, timeout_s: float = TIMEOUT_S) -> str:
    """R412, R413 or R414 where this server does not answer, is not safe or does not let us in; empty where it does. Nothing is sent."""
    opened = _reached(server, timeout_s)
    if isinstance(opened, Unreached):
        return opened.code
    opened.close()
    return ""


def _reached(server: Server, timeout_s: float) -> smtplib.SMTP | Unreached:
    try:
        return _open(server, timeout_s)
    except (ssl.SSLError, ssl.CertificateError, smtplib.SMTPNotSupportedError, FileNotFoundError, PermissionError):
        return Unreached("R413")  # the last two: the file of the authority that `ca` names
    except smtplib.SMTPAuthenticationError:
        return Unreached("R414")
    except (OSError, smtplib.SMTPException):
        return Unreached("R412")


def _open(server: Server, timeout_s: float) -> smtplib.SMTP:
    if server.scheme == "smtps":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=_trusted(server))
    else:
        opened = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    try:
        opened.ehlo_or_helo_if_needed()
        if server.scheme == "smtp" and not server.is_local:
            opened.starttls(context=_trusted(server))
            opened.ehlo()
        if server.user:
            opened.login(server.user, server.password)
    except BaseException:
        opened.close()
        raise
    return opened


def _trusted(server: Server) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca or None)


def _hand(opened: smtplib.SMTP, message: EmailMessage, sender: str, to: str) -> Outcome:
    international = not (to.isascii() and sender.isascii())
    if international and not opened.has_extn("smtputf8"):
        return Rejected(553, True)
    wire = message.as_bytes(policy=SMTPUTF8 if international else SMTP)
    options = [*(["SMTPUTF8"] if international else []), *(["BODY=8BITMIME"] if opened.has_extn("8bitmime") else [])]
    sent = False
    try:
        for said in (lambda: opened.mail(sender, options), lambda: opened.rcpt(to)):
            code = said()[0]
            if code >= TEMPORARY:
                return Rejected(code, code >= PERMANENT)
        sent = True
        code, _ = opened.data(wire)
    except smtplib.SMTPDataError as error:
        return Rejected(error.smtp_code, error.smtp_code >= PERMANENT)
    except (OSError, smtplib.SMTPException):
        return Doubtful() if sent else Unreached("R412")
    return Accepted(code) if code < TEMPORARY else Rejected(code, code >= PERMANENT)
