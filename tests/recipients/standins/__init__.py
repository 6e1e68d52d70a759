"""Recipients as real local servers, after the published pages of each interface: strict on every word that they do not document."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One call as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self, words: set[str]) -> dict[str, object]:
        """The body, which may hold these words and no other."""
        said = json.loads(self.body)
        if not isinstance(said, dict) or not said.keys() <= words:
            raise Wrong(400, f"unknown words {sorted(said.keys() - words)}")
        return said


@dataclass
class Answered:
    status: int = 200
    said: object = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class Wrong(Exception):
    """A call that the interface refuses."""

    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


class StandIn:
    """A recipient in memory. A service says what it answers in `answer`; `trouble` is the suite's."""

    knows = frozenset({"credentials", "limit", "down", "hangs", "redirect", "nonsense"})

    def __init__(self) -> None:
        self.trouble = ""
        self.calls: list[Asked] = []
        self.had = 0
        self.address = ""
        self.let_go = threading.Event()

    def answer(self, asked: Asked) -> Answered:
        raise NotImplementedError

    def refused(self) -> Answered:
        return Answered(401, {"message": "who are you"})

    def limited(self) -> Answered:
        return Answered(429, {"message": "slow down"}, {"Retry-After": "120"})

    def nonsense(self, asked: Asked) -> Answered:
        return Answered(201 if asked.method == "POST" else 200, {"surprise": asked.body.decode()})

    def effects(self) -> int:
        return self.had

    def others(self) -> int:
        return 0

    def met(self, asked: Asked) -> Answered:
        """The trouble's answer, or the service's own."""
        troubles: dict[str, Callable[[], Answered]] = {
            "credentials": self.refused,
            "limit": self.limited,
            "limit-unsaid": self.limited,
            "down": lambda: Answered(500, {"message": "a fault"}),
            "redirect": lambda: Answered(302, None, {"Location": "https://elsewhere.example.test/"}),
            "nonsense": lambda: self.nonsense(asked),
        }
        self.calls.append(asked)
        if self.trouble == "hangs":
            self.let_go.wait(20)
            return Answered(500)
        if self.trouble:
            return troubles[self.trouble]()
        try:
            return self.answer(asked)
        except Wrong as wrong:
            return Answered(wrong.status, {"message": wrong.why})


@contextmanager
def serving(one: StandIn) -> Iterator[StandIn]:
    """The stand-in at an address of this machine, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            answered = one.met(asked)
            body = (
                answered.raw
                if answered.raw is not None
                else b""
                if answered.said is None
                else json.dumps(answered.said).encode()
            )
            self.send_response(answered.status)
            for name, value in answered.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if answered.status != 204:
                with contextlib.suppress(ConnectionError):  # who asked has had enough
                    self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    one.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.let_go.set()
        server.shutdown()
        server.server_close()
