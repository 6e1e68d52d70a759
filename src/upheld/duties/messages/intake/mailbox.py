"""A mailbox over IMAP: new mails are read without a mark on them, and moved once they are on record.

The line is encrypted with a certificate that this machine trusts, save to this machine itself. Reading opens the folder read-only (EXAMINE) and asks for
bodies with PEEK. Must never expunge what it did not move.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

from upheld.duties.messages.errors import MessageFault

PORTS = {"imap": 143, "imaps": 993}
LOCAL = ("localhost", "127.0.0.1", "::1")
TIMEOUT_S = 30.0
TAKEN = "Upheld/Taken"
_UID = re.compile(rb"UID (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_PREFIX = re.compile(rb'^\(\("((?:[^"\\]|\\.)*)" (?:"((?:[^"\\]|\\.)*)"|NIL)')


@dataclass(frozen=True, slots=True)
class Place:
    """A mailbox as UPHELD_IMAP_URL says it. `number` tells two boxes apart on record without naming them."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    taken: str
    ca: str

    @property
    def number(self) -> bytes:
        return hashlib.sha256("\0".join((self.host, str(self.port), self.user, self.folder)).encode()).digest()


@dataclass(frozen=True, slots=True)
class Raw:
    """A mail as it lies in the box. `cut`: only its first bytes were read."""

    uid: int
    content: bytes
    received_at: datetime
    cut: bool


def place_of(url: str) -> Place:
    """`imaps://user:password@host:993/INBOX`; `?taken=FOLDER` and `?ca=FILE`. R421 if it cannot be read."""
    try:
        found = urlsplit(url)
        port = found.port or PORTS.get(found.scheme, 0)
    except ValueError:
        raise MessageFault("R421", "UPHELD_IMAP_URL is no address.") from None
    if found.scheme not in PORTS or not found.hostname or not found.username:
        raise MessageFault(
            "R421", "UPHELD_IMAP_URL begins neither with imaps://, imap:// nor maildir://, or names no host or user."
        )
    asked = parse_qs(found.query)
    return Place(
        found.scheme,
        found.hostname,
        port,
        unquote(found.username),
        unquote(found.password or ""),
        unquote(found.path.lstrip("/")) or "INBOX",
        asked.get("taken", [TAKEN])[0],
        asked.get("ca", [""])[0],
    )


class Box:
    """An open mailbox, of one thread. MessageFault R422 to R425; a line that breaks later is R422, too."""

    def __init__(self, place: Place, timeout_s: float = TIMEOUT_S) -> None:
        self.place = place
        self._imap = _login(place, timeout_s)
        self.validity = 0
        with _line():
            _, said = self._imap.capability()  # after the login: before it, servers name fewer
        self._can = frozenset((said[0] or b"").decode("ascii", "replace").upper().split()) if said else frozenset()

    def close(self) -> None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._imap.logout()

    def open(self, *, to_write: bool = False) -> None:
        """The folder is open; `validity` says whether its numbers are still those of the last time. R425 if there is none."""
        with _line():
            said, _ = self._imap.select(_quoted(self.place.folder), readonly=not to_write)
            if said != "OK":
                raise MessageFault("R425", "The folder to read is not there.")
            _, numbers = self._imap.response("UIDVALIDITY")
        self.validity = int(numbers[0] or 0) if numbers and numbers[0] else 0

    def uids(self) -> tuple[int, ...]:
        """Numbers of all mails in the folder that are not marked as deleted, the oldest first."""
        with _line():
            _, found = self._imap.uid("SEARCH", "UNDELETED")
        return tuple(sorted(int(number) for number in (found[0] or b"").split()))

    def read(self, uid: int, most: int) -> Raw | None:
        """The mail's first `most` bytes. None: it is gone meanwhile."""
        with _line():
            _, found = self._imap.uid("FETCH", str(uid), f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{most}>)")
        head = b" ".join(piece[0] if isinstance(piece, tuple) else piece for piece in found if piece)
        content = next((piece[1] for piece in found if isinstance(piece, tuple)), None)
        number = _UID.search(head)
        if content is None or number is None or int(number.group(1)) != uid:
            return None
        size, date = _SIZE.search(head), _DATE.search(head)
        cut = size is not None and int(size.group(1)) > len(content)
        return Raw(uid, content, _moment(date.group(1).decode() if date else ""), cut)

    def move(self, uids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """These mails lie in the folder for those that were taken. Number → that folder's validity and the mail's number in it.

        Empty where the server does not say (no UIDPLUS). R425 if the folder can be neither found nor made.
        """
        if not uids:
            return {}
        numbers, target = ",".join(map(str, uids)), _quoted(self._target())
        with _line():
            self._imap.create(target)  # says NO where it is there already
            said, _ = self._imap.uid("MOVE" if "MOVE" in self._can else "COPY", numbers, target)
            _, placed = self._imap.response("COPYUID")
            if said == "OK" and "MOVE" not in self._can:
                self._expunge(numbers)
        if said != "OK":
            raise MessageFault("R425", "Mails that are on record cannot be moved to their folder.")
        return _places(placed[0]) if placed and isinstance(placed[0], bytes) else {}

    def destroy(self, validity: int, uids: Sequence[int]) -> bool:
        """These mails of the folder for those that were taken are gone; False where the folder was renumbered, or the server cannot."""
        with _line():
            said, _ = self._imap.select(_quoted(self._target()))
            _, numbers = self._imap.response("UIDVALIDITY")
            if said != "OK" or "UIDPLUS" not in self._can or not numbers or int(numbers[0] or 0) != validity:
                return False
            self._expunge(",".join(map(str, uids)))
        return True

    def _expunge(self, numbers: str) -> None:
        self._imap.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self._can:
            self._imap.uid("EXPUNGE", numbers)  # these alone: a bare EXPUNGE would take what others have marked

    def _target(self) -> str:
        """The folder's name as this server writes it: its own separator, under its own prefix."""
        with _line():
            said, found = self._imap.namespace()
        match = _PREFIX.match(found[0]) if said == "OK" and found and isinstance(found[0], bytes) else None
        prefix, between = (match.group(1).decode(), (match.group(2) or b"/").decode()) if match else ("", "/")
        return prefix + self.place.taken.replace("/", between or "/")


@contextlib.contextmanager
def opened(url: str, timeout_s: float = TIMEOUT_S) -> Iterator[Box]:
    """The mailbox of this address, closed at the end."""
    box = Box(place_of(url), timeout_s)
    try:
        yield box
    finally:
        box.close()


def _login(place: Place, timeout_s: float) -> imaplib.IMAP4:
    try:
        imap = _connected(place, timeout_s)
    except (ssl.SSLError, ssl.CertificateError):
        raise MessageFault("R423", "Its certificate is not trusted here, or it speaks no TLS.") from None
    except (OSError, imaplib.IMAP4.error):
        raise MessageFault("R422", "It does not answer.") from None
    try:
        imap.login(place.user, place.password)
    except imaplib.IMAP4.abort:
        raise MessageFault("R422", "The line broke.") from None
    except (imaplib.IMAP4.error, UnicodeEncodeError):
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            imap.logout()
        raise MessageFault("R424", "User or password are wrong.") from None
    except OSError:
        raise MessageFault("R422", "The line broke.") from None
    return imap


def _connected(place: Place, timeout_s: float) -> imaplib.IMAP4:
    try:
        trusted = ssl.create_default_context(cafile=place.ca or None)
    except OSError:
        raise MessageFault("R423", "The file of the authority that `ca` names cannot be read.") from None
    if place.scheme == "imaps":
        return imaplib.IMAP4_SSL(place.host, place.port, ssl_context=trusted, timeout=timeout_s)
    imap = imaplib.IMAP4(place.host, place.port, timeout=timeout_s)
    if "STARTTLS" in imap.capabilities and place.host not in LOCAL:
        imap.starttls(trusted)
    elif place.host not in LOCAL:
        imap.logout()
        raise MessageFault("R423", "It offers no STARTTLS.")
    return imap


@contextlib.contextmanager
def _line() -> Iterator[None]:
    try:
        yield
    except (imaplib.IMAP4.error, OSError):
        raise MessageFault("R422", "The line broke, or the server answered what it may not.") from None


def _quoted(name: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7, in quotes."""
    coded = re.sub(r"[^\x20-\x7e]+", lambda m: "&" + _base64(m.group()) + "-", name.replace("&", "&-"))
    return '"' + coded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _places(said: bytes) -> dict[int, tuple[int, int]]:
    """`38505 304,319:320 3956:3958` of RFC 4315: old numbers to new ones, in order."""
    words = said.decode("ascii", "replace").split()
    if len(words) != 3 or not words[0].isdigit():
        return {}
    return {old: (int(words[0]), new) for old, new in zip(_numbers(words[1]), _numbers(words[2]), strict=False)}


def _numbers(written: str) -> Iterator[int]:
    for part in written.split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)


def _moment(text: str) -> datetime:
    """`17-Jul-2026 02:44:25 +0200` in UTC; a server that says none has none before 1970."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    match = re.match(r" ?(\d{1,2})-(\w{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})", text)
    if match is None or match.group(2) not in months:
        return datetime(1970, 1, 1, tzinfo=UTC)
    day, month, year, clock, zone = match.groups()
    at = f"{year}-{months.index(month) + 1:02d}-{int(day):02d} {clock} {zone}"
    return datetime.strptime(at, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
