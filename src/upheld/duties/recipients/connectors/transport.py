"""A call to a recipient over HTTP, and nothing a stranger could bend: TLS verified, no redirect, no address of our own network.

The name is resolved once, every address is looked at, and the connection goes to the one that was looked at, so that a name cannot change
between. Time and size are limited. An answer's body goes to the connector and nowhere else: no log, no error holds it. Not taken: a client
library; what must not happen is easier to see where everything that happens is written.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from upheld.duties.recipients.codes import RecipientFault

SECONDS = 30.0  # for one call, from resolving to the last byte
LARGEST = 4_000_000
BLOCK = 65_536
NAT64 = ipaddress.ip_network("64:ff9b::/96")
CHECK = "See whether the recipient answers, and whether the entry's address is still right."


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `headers` by small letters. `real`: over verified TLS, from a public address."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    real: bool

    def json(self, place: str) -> object:
        """The body as JSON; R322 where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise unknown_answer(place, "Its body is no JSON.") from None


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one recipient. `place`: its name, for faults. `base`: `https://host/path`; `private`: it stands in our own network."""

    place: str
    base: str
    private: bool = False
    tls: ssl.SSLContext | None = None
    seconds: float = SECONDS

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """One call; `path` begins with `/` and is put behind the base. RecipientFault R321, R325 and, by `checked`, the others."""
        parts = urlsplit(self.base + path)
        if parts.scheme != "https" and not (parts.scheme == "http" and self.private):
            raise self._refused("It is not https.")
        until = time.monotonic() + self.seconds
        try:
            address, public = self._address(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
            with contextlib.closing(
                self._connected(parts.scheme == "https", parts.hostname or "", address, until)
            ) as connection:
                target = parts.path + (f"?{parts.query}" if parts.query else "")
                connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                given = {
                    "Host": parts.netloc,
                    "Accept": "application/json",
                    "User-Agent": "upheld",
                    "Content-Length": str(len(body or b"")),
                }
                for name, value in (given | dict(headers)).items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                reply = connection.getresponse()
                content = _read(connection, reply, until)
        except (OSError, http.client.HTTPException, UnicodeError):
            raise RecipientFault("R321", self.place, "No answer came.", CHECK) from None
        found = {name.lower(): value for name, value in reply.getheaders()}
        if 300 <= reply.status < 400:
            raise self._refused("It redirects.")
        return Reply(reply.status, found, content, public and parts.scheme == "https")

    def same_origin(self, address: str) -> str:
        """The path of an address that the recipient named, behind the base's own host; R325 for another host."""
        base, parts = urlsplit(self.base), urlsplit(address)
        if parts.netloc and (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
            raise self._refused("It names an address of another host.")
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def at_root(self) -> Line:
        """The same host without the base's path."""
        parts = urlsplit(self.base)
        return Line(self.place, f"{parts.scheme}://{parts.netloc}", self.private, self.tls, self.seconds)

    def _address(self, host: str, port: int) -> tuple[tuple[int, tuple[object, ...]], bool]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        public = [_is_public(str(one[4][0])) for one in found]
        if not all(public) and not self.private:
            raise self._refused("It leads into a private network.")
        return (found[0][0], found[0][4]), all(public)

    def _connected(
        self, secure: bool, host: str, address: tuple[int, tuple[object, ...]], until: float
    ) -> http.client.HTTPConnection:
        line = socket.socket(address[0], socket.SOCK_STREAM)
        try:
            line.settimeout(_left(until))
            line.connect(address[1])
            if secure:
                context = self.tls or ssl.create_default_context()
                line = context.wrap_socket(line, server_hostname=host)
        except BaseException:
            line.close()
            raise
        connection = http.client.HTTPConnection(host)
        connection.sock = line
        connection.auto_open = 0  # never to another address
        return connection

    def _refused(self, reason: str) -> RecipientFault:
        return RecipientFault(
            "R325", self.place, reason, "Correct the address, or say `private: yes` if it stands in your network."
        )


def checked(place: str, reply: Reply, good: tuple[int, ...]) -> Reply:
    """The reply, if its status is one of `good`; else the fault that every HTTP interface means by it."""
    if reply.status in good:
        return reply
    if reply.status in (401, 403):
        raise RecipientFault(
            "R323", place, f"It answered {reply.status}.", "Renew the credential and have the order sent again."
        )
    if reply.status == 429 or (reply.status == 503 and "retry-after" in reply.headers):
        raise slow_down(place, reply)
    if reply.status >= 500 or reply.status == 408:
        raise RecipientFault("R321", place, f"It answered {reply.status}.", CHECK)
    raise unknown_answer(place, f"It answered {reply.status}.")


def slow_down(place: str, reply: Reply) -> RecipientFault:
    """R324 with the wait that the recipient asks for."""
    fault = RecipientFault("R324", place, f"It answered {reply.status}.", "It is tried again by itself.")
    fault.after = _retry_after(reply.headers.get("retry-after", ""))
    return fault


def unknown_answer(place: str, reason: str) -> RecipientFault:
    """R322: nothing of the answer is in it."""
    return RecipientFault("R322", place, reason, "Look at the recipient's side, and answer the order by hand.")


def _retry_after(said: str) -> timedelta | None:
    if said.isascii() and said.isdigit() and len(said) < 8:
        return timedelta(seconds=int(said))
    try:
        at = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return max(timedelta(0), (at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC))


def _read(connection: http.client.HTTPConnection, reply: http.client.HTTPResponse, until: float) -> bytes:
    parts, size = [], 0
    while True:
        if connection.sock is not None:
            connection.sock.settimeout(_left(until))
        block = reply.read1(BLOCK)
        if not block:
            break
        size += len(block)
        if size > LARGEST:
            raise http.client.HTTPException("too large")
        parts.append(block)
    if reply.length:
        raise http.client.HTTPException("cut off")
    return b"".join(parts)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast
