"""The bytes of a mail become text, attachments and what kind of mail it is. Whatever the bytes are, a value comes out.

Uses the old policy of the email library, which keeps odd headers as they are; the new one raises on some of them. A mail that cannot be taken apart is still
a mail: somebody may have asked for something in it. Never executes, fetches or follows anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import PurePosixPath, PureWindowsPath

from upheld.duties.messages.intake.automatic import automatic, bounce
from upheld.duties.messages.intake.from_html import from_html
from upheld.duties.messages.intake.model import Attachment, Incoming, Limits
from upheld.duties.messages.letters.plain import line

TOKEN = re.compile(r"<([0-9a-f]{32})@")
PLUS = re.compile(r"\+([0-9a-f]{32})@")
# What the first bytes say; a claim of the sender counts for nothing.
MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
)
NAME_AT_MOST = 120


def parse(raw: bytes, received_at: datetime, limits: Limits = Limits(), ours: frozenset[str] = frozenset()) -> Incoming:
    """The mail. `ours`: addresses that we write from, so that a loop is seen. Cost: one pass over the parts."""
    troubles: list[str] = []
    message = _message(raw, troubles)
    text, attachments = _contents(message, raw, limits, troubles)
    addresses = getaddresses([header(message, "From")])
    name, sender = addresses[0] if addresses else ("", "")
    sender = line(sender).lower()
    message_id = line(header(message, "Message-ID"))[:998]
    because = automatic(message, header(message, "Subject"), sender, ours)
    answered = " ".join(header(message, field) for field in ("In-Reply-To", "References"))
    reached = " ".join(header(message, field) for field in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"))
    return Incoming(
        message_id=message_id,
        sender=sender,
        sender_name=line(name),
        subject=line(header(message, "Subject"))[:998],
        text=text,
        attachments=attachments,
        received_at=received_at,
        auto=bool(because),
        auto_because=because,
        bounce=bounce(message, raw, because),
        troubles=tuple(dict.fromkeys(troubles)),
        tokens=tuple(dict.fromkeys(reversed(TOKEN.findall(answered)))),
        reply_tokens=tuple(dict.fromkeys(PLUS.findall(reached.lower()))),
        identity=_identity(message, message_id, sender, text, attachments),
    )


def header(message: Message, name: str) -> str:
    """All lines of a header, decoded as far as they can be; empty if there is none."""
    return " ".join(_decoded(str(value)) for value in message.get_all(name, []))


def _message(raw: bytes, troubles: list[str]) -> Message:
    try:
        message = message_from_bytes(raw)
        if message.defects or any(part.defects for part in _walk(message, 200, 20)):
            troubles.append("malformed")
        return message
    except (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError, KeyError):
        troubles.append("malformed")
    head = BytesHeaderParser().parsebytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        del head[name]
    head.set_payload("")
    return head


def _walk(message: Message, most: int, depth: int) -> Iterator[Message]:
    """Parts in their order, outer ones first; bounded, and never into a mail that is attached."""
    stack, seen = [(message, 0)], 0
    while stack and seen < most:
        part, level = stack.pop()
        seen += 1
        yield part
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart" and level < depth:
            stack += [(each, level + 1) for each in reversed(inner) if isinstance(each, Message)]


def _contents(message: Message, raw: bytes, limits: Limits, troubles: list[str]) -> tuple[str, tuple[Attachment, ...]]:
    plain: list[str] = []
    html: list[str] = []
    attached: list[Attachment] = []
    report = message.get_content_type() == "multipart/report"
    for part in _walk(message, limits.parts, limits.depth):
        if part.get_content_maintype() == "multipart":
            continue
        kind = part.get_content_type()
        named = bool(part.get_filename())
        if kind in ("text/plain", "text/html") and not named and _disposition(part) != "attachment":
            (plain if kind == "text/plain" else html).append(_text(part, limits))
        elif not report:
            attached.append(_attachment(part, limits, len(attached)))
    said = "\n\n".join(filter(str.strip, plain)) or "\n\n".join(map(from_html, html))
    if not said and not attached and not report:
        said = _body(raw, limits)  # nothing could be taken apart: then its lines as they came, for a person to read
    if len(said) > limits.text_chars:
        troubles.append("cut")
    if any(one.left_out for one in attached):
        troubles.append("attachments-left-out")
    return _tidy(said[: limits.text_chars]), tuple(attached)


def _body(raw: bytes, limits: Limits) -> str:
    between = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    return raw.partition(between)[2][: limits.text_chars].decode("utf-8", "replace")


def _disposition(part: Message) -> str:
    return str(part.get("Content-Disposition", "")).partition(";")[0].strip().lower()


def _bytes(part: Message) -> bytes:
    """The decoded bytes of a part; of an attached mail, its own bytes."""
    inner = part.get_payload()
    if isinstance(inner, list):
        return b"".join(bytes(each) for each in inner if isinstance(each, Message))
    try:
        return part.get_payload(decode=True) or b""  # type: ignore[return-value]
    except (ValueError, LookupError, TypeError):
        return str(inner).encode("utf-8", "surrogateescape")


def _text(part: Message, limits: Limits) -> str:
    """At most four bytes a character are decoded, so that a huge part costs no more than its limit."""
    raw = _bytes(part)[: 4 * limits.text_chars]
    declared = str(part.get_content_charset() or "utf-8")
    for charset in (declared, "utf-8"):
        try:
            return raw.decode(charset)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def _attachment(part: Message, limits: Limits, before: int) -> Attachment:
    try:
        content = _bytes(part)
    except (RecursionError, MessageError, KeyError, AttributeError):
        content = b""
    left_out = len(content) > limits.attachment_bytes or before >= limits.attachments
    return Attachment(
        name=_filename(part),
        kind=kind_of(content),
        claimed=line(part.get_content_type())[:100],
        size=len(content),
        content=b"" if left_out else content,
        left_out=left_out,
    )


def kind_of(content: bytes) -> str:
    """The media type that the first bytes show."""
    for magic, kind in MAGIC:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "image/heic"
    try:
        text = content[:4096].decode("utf-8")
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain" if content and "\x00" not in text and not text.lstrip().startswith("<") else "application/octet-stream"


def _filename(part: Message) -> str:
    """A bare name: no folder of any system, nothing that does not show."""
    try:
        given = line(_decoded(str(part.get_filename() or "")))
    except (ValueError, LookupError, TypeError):
        given = ""
    bare = PureWindowsPath(PurePosixPath(given).name).name.lstrip(".")
    return bare[-NAME_AT_MOST:] or "attachment"


def _decoded(value: str) -> str:
    """RFC 2047 words read, whatever is wrong in them."""
    try:
        pieces = decode_header(value)
    except (MessageError, ValueError):
        return value
    said = ""
    for piece, charset in pieces:
        if isinstance(piece, str):
            said += piece
            continue
        try:
            said += piece.decode(charset or "utf-8")
        except (UnicodeDecodeError, LookupError, ValueError):
            said += piece.decode("cp1252", "replace")
    return said.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _tidy(text: str) -> str:
    """Lines as they were, without what does not show; at most one empty line in a row."""
    lines = (line(each) for each in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _identity(message: Message, message_id: str, sender: str, text: str, attachments: tuple[Attachment, ...]) -> bytes:
    """Same mail, same number, whichever way it came. Not the Message-ID alone: whoever repeats one would make our next mail vanish."""
    said = hashlib.sha256()
    for word in (message_id, sender, header(message, "Date"), header(message, "Subject"), text):
        said.update(hashlib.sha256(word.encode("utf-8", "replace")).digest())
    for one in attachments:
        said.update(hashlib.sha256(one.content).digest() + one.size.to_bytes(8, "big"))
    return said.digest()
