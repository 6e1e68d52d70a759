"""A mail server of this machine alone: what is handed to it by SMTP lies in a maildir, one for each address, and goes no further.

For the demonstration and for probes, so that a letter really leaves and a mail really comes in. It listens on the loopback address and believes whoever
connects, as any mail server does with mail for its own addresses. Must never relay: an address that it has no maildir for gets a maildir here.
"""

from __future__ import annotations

import os
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from urllib.parse import quote

from upheld.duties.messages.outbox.smtp import Accepted, hand_over, server_of

HOST = "127.0.0.1"
LINE = 8_192
MOST = 30_000_000
ADDRESS = re.compile(r"<([^<>\s]*)>")
SAFE = re.compile(r"[^a-z0-9.@_-]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A running server. `url` is what UPHELD_SMTP_URL says; `folder` holds the maildirs."""

    url: str
    folder: Path

    def mailbox(self, address: str) -> str:
        """What UPHELD_IMAP_URL says of this address's mailbox, which is there from now on."""
        return "maildir://" + quote(str(_maildir(self.folder, address)))

    def received(self, address: str) -> list[bytes]:
        """Every mail that lies in this address's mailbox, the first first."""
        return [path.read_bytes() for path in sorted((_maildir(self.folder, address) / "new").iterdir())]

    def deliver(self, message: EmailMessage, sender: str, to: str) -> bool:
        """Whether the server took this message; as a person's mail program would hand it over."""
        return isinstance(hand_over(server_of(self.url), message, sender, to), Accepted)


@contextmanager
def mail_server(folder: Path, now: Callable[[], datetime]) -> Iterator[MailServer]:
    """The server while the block runs, on a port that was free. `now`: the moment at which a mail counts as delivered."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = count()

    def keep(to: list[str], content: bytes) -> None:
        for address in to:
            _keep(_maildir(folder, address), f"{next(numbers):08}", content, now())

    class Talk(_Talk):
        take = staticmethod(keep)

    server = _Server((HOST, 0), Talk)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield MailServer(f"smtp://{HOST}:{server.server_address[1]}", folder)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that broke is the client's to try again; nothing of a mail is printed."""


class _Talk(socketserver.StreamRequestHandler):
    """RFC 5321, as much of it as a client needs that hands over mail."""

    take: Callable[[list[str], bytes], None]
    timeout = 30

    def handle(self) -> None:
        to: list[str] = []
        self._say("220 loopback")
        while line := self.rfile.readline(LINE):
            said = line.decode("utf-8", "replace").strip()
            verb = said[:4].upper()
            if verb == "EHLO":
                self._say("250-loopback", "250-8BITMIME", "250 SMTPUTF8")
            elif verb == "RCPT" and (found := ADDRESS.search(said)):
                to.append(found.group(1))
                self._say("250 OK")
            elif verb == "DATA" and to:
                self._say("354 go on")
                content = self._data()
                if content == b"":
                    return  # the line broke before the mail's end: it was never handed over
                if content is None:
                    self._say("552 too much")
                else:
                    self.take(to, content)
                    self._say("250 taken")
                to = []
            elif verb in ("HELO", "MAIL", "RSET", "NOOP"):
                to = []
                self._say("250 OK")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("502 not here")

    def _data(self) -> bytes | None:
        """The mail; None: it is too long; empty: the line broke before its end."""
        lines: list[bytes] = []
        size, begins = 0, True  # `begins`: at the beginning of a line, which may be longer than what is read at once
        while (line := self.rfile.readline(LINE)) and not (begins and line == b".\r\n"):
            size += len(line)
            if size <= MOST:
                lines.append(line.removeprefix(b".") if begins and line.startswith(b"..") else line)
            begins = line.endswith(b"\n")
        if not line:
            return b""
        return b"".join(lines) or b"\r\n" if size <= MOST else None

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


def _maildir(folder: Path, address: str) -> Path:
    place = folder / (SAFE.sub("_", address.lower()).lstrip(".") or "nobody")
    for part in ("tmp", "new", "cur"):
        (place / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _keep(place: Path, name: str, content: bytes, at: datetime) -> None:
    written = place / "tmp" / name
    written.write_bytes(content.replace(b"\r\n", b"\n"))
    os.utime(written, (at.timestamp(), at.timestamp()))
    written.rename(place / "new" / name)
