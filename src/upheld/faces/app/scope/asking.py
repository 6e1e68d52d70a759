"""An address is asked for its page, as a stranger asks: no cookie, no name, no redirect that leaves, little time, little room.

Addresses out in the world are asked only where the register says so; a folder of stand-ins, one for each host, is asked in their stead by the same
means. What is asked for stands in the address and nowhere else. Must never: send anything of anybody, or keep what came back.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import http.server
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LARGEST = 2_000_000
SECONDS = 10.0
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, text (of HTML alone), names of the cookies that it would set, where it points instead."""

    status: int
    text: str = ""
    cookies: frozenset[str] = frozenset()
    location: str = ""


NOBODY = Reply(0)


@dataclass(frozen=True, slots=True)
class Asking:
    """`hosts`: host → local address that stands in for it. `world`: whether other hosts may be asked. Local addresses always may."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    world: bool = False

    def may(self, address: str) -> bool:
        host = urlsplit(address).hostname or ""
        return host in self.hosts or host in LOCAL or self.world

    def get(self, address: str) -> Reply:
        """The page; status 0 where nobody answers, or where nobody may be asked."""
        if not self.may(address):
            return NOBODY
        parts = urlsplit(address)
        base = urlsplit(self.hosts.get(parts.hostname or "", address))
        try:
            return _got(base.scheme, base.netloc, parts.path or "/", parts.query)
        except (OSError, http.client.HTTPException, ValueError):
            return NOBODY


def _got(scheme: str, netloc: str, path: str, query: str) -> Reply:
    if scheme == "https":
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            netloc, timeout=SECONDS, context=ssl.create_default_context()
        )
    else:
        line = http.client.HTTPConnection(netloc, timeout=SECONDS)
    with contextlib.closing(line):
        line.request("GET", path + (f"?{query}" if query else ""), headers={"Accept": "text/html", "User-Agent": "upheld"})
        reply = line.getresponse()
        is_page = "html" in reply.headers.get("Content-Type", "")
        text = reply.read(LARGEST).decode("utf-8", "replace") if is_page else ""
        cookies = frozenset(one.partition("=")[0].strip() for one in reply.headers.get_all("Set-Cookie") or ())
        return Reply(reply.status, text, cookies, reply.headers.get("Location", ""))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is logged of a walk."""

    def list_directory(self, path: object) -> None:
        """A folder without a page of its own is no page."""
        self.send_error(404)


@contextlib.contextmanager
def standing_in(folder: Path) -> Iterator[str]:
    """The address of a folder of pages on this machine, while the block lasts."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=functools.partial(server.serve_forever, 0.02), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
