"""Around every request: an id, a limit of time, a count and a line in the log; and the visitor's true address, for limits of rate, never for a log.

The address that a proxy gives is believed only if the proxy is a trusted one. Works outside the application, so that addresses which no route knows, and
what fails, are counted, too. Not taken: Litestar's own logging of requests; it shows paths.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import time
from collections.abc import MutableMapping, Sequence
from typing import Any

from upheld.faces.app.parts import Part
from upheld.faces.app.parts.building import FAULT
from upheld.faces.server.logs import Log
from upheld.faces.server.tally import METHODS, Tally

LOCAL_ONLY = "upheld.local"
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")
HSTS = (b"strict-transport-security", b"max-age=31536000")
LATE = b"This takes too long now. Try again in a minute."
Scope = MutableMapping[str, Any]


class Around:
    """The application with all that goes on around it. `scope["state"]["request_id"]` is the id that the answer bears as `X-Request-ID`."""

    def __init__(self, application: Any, parts: Sequence[Part], log: Log, tally: Tally, secure: bool = False) -> None:
        self._application, self._log, self._tally, self._secure = application, log, tally, secure
        self._parts = sorted(parts, key=lambda part: -len(part.under))

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """One request, answered. Never raises for what the application does."""
        if scope["type"] != "http":
            return
        seen = _Seen(secrets.token_hex(8), self._secure)
        scope["state"] = {"request_id": seen.id, LOCAL_ONLY: scope.get(LOCAL_ONLY, False)}
        self._tally.running += 1
        try:
            await self._limited(scope, receive, send, seen)
        except Exception as error:
            scope["state"].setdefault(FAULT, type(error).__name__)
            if not seen.began:
                await _plain(seen.sending(send, None), 500, b"This cannot be shown now.")
        finally:
            self._tally.running -= 1
            self._tell(scope, seen)

    async def _limited(self, scope: Scope, receive: Any, send: Any, seen: _Seen) -> None:
        limit = next((part.answer_within_s for part in self._parts if _below(scope["path"], part.under)), 30.0)
        try:
            async with asyncio.timeout(limit) as clock:
                await self._application(scope, receive, seen.sending(send, clock))
        except TimeoutError:
            if seen.began:
                raise
            scope["state"][FAULT] = "too slow"
            await _plain(seen.sending(send, None), 503, LATE)

    def _tell(self, scope: Scope, seen: _Seen) -> None:
        took = time.perf_counter() - seen.at
        route = str(scope.get("path_template") or "none")
        method = scope["method"] if scope["method"] in METHODS else "other"  # a visitor may write anything there
        self._tally.request(method, route, seen.status, took)
        fault = scope["state"].get(FAULT, "")
        said = {"method": method, "route": route, "status": seen.status, "ms": round(took * 1000, 1)}
        self._log("request", id=seen.id, **said, bytes=seen.bytes, fault=fault)


class _Seen:
    """What is seen of an answer while it is sent."""

    def __init__(self, id: str, secure: bool) -> None:
        self.id, self.status, self.bytes, self.began = id, 499, 0, False  # 499: the visitor went before there was one
        self.at = time.perf_counter()
        self._more = [(b"x-request-id", id.encode()), *([HSTS] if secure else [])]

    def sending(self, send: Any, clock: asyncio.Timeout | None) -> Any:
        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.began, self.status = True, message["status"]
                message["headers"] = [*message.get("headers", []), *self._more]
                if clock is not None and clock.when() is not None:
                    clock.reschedule(None)  # it has begun: what streams may take its time
            else:
                self.bytes += len(message.get("body", b""))
            await send(message)

        return sent


class Local:
    """Outermost: whether a request comes from this machine itself, through no proxy; noted before any address is believed."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """The same request, with the mark."""
        if scope["type"] == "http":
            forwarded = any(name in FORWARDED for name, _ in scope["headers"])
            scope[LOCAL_ONLY] = not forwarded and _is_here(scope.get("client"))
        await self._application(scope, receive, send)


def _is_here(client: tuple[str, int] | None) -> bool:
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _below(path: str, under: str) -> bool:
    return path == under or path.startswith(under.rstrip("/") + "/")


async def _plain(send: Any, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), (b"retry-after", b"60")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
