"""A token becomes somebody's account with scopes; an address asks whether both allow its act; nobody asks too often.

Scopes of the API are words for acts of the staff: a token made at the console with single acts works here as well. Deny by default: an
address without an act is shut. Must never: say whether a token was ever one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from anyio.to_thread import run_sync
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, TooManyRequestsException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from upheld.faces.app.installation import Installation
from upheld.records.staff import token_of
from upheld.records.staff.model import Act
from upheld.records.staff.tokens import Bearer

SCOPES: dict[str, tuple[Act, ...]] = {
    "read": ("look",),
    "intake": ("enter",),
    "work": ("enter", "plan", "approve", "execute", "answer", "task"),
    "verify": ("identify",),
    "admin": ("staff",),
}
A_MINUTE = 600  # requests of one token
WINDOW_S = 60.0
LONGEST_TOKEN = 200


class Counts:
    """How often each token asked in this minute; forgotten with the minute, so that nobody makes it grow. One process, one thread."""

    def __init__(self, most: int = A_MINUTE) -> None:
        self._most, self._until = most, 0.0
        self._asked: dict[str, int] = {}

    def wait(self, who: str) -> int:
        """Seconds to wait; 0: go on."""
        now = time.monotonic()
        if now >= self._until:
            self._asked, self._until = {}, now + WINDOW_S
        self._asked[who] = self._asked.get(who, 0) + 1
        return max(1, round(self._until - now)) if self._asked[who] > self._most else 0


class Bearers(AbstractAuthenticationMiddleware):
    """`request.user` is an Account, `request.auth` its Bearer."""

    def __init__(self, app: ASGIApp, upheld: Installation, counts: Counts) -> None:
        super().__init__(app, exclude_from_auth_key="open", scopes={ScopeType.HTTP})
        self._upheld, self._counts = upheld, counts

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        kind, _, token = connection.headers.get("authorization", "").partition(" ")
        bearer = None
        if kind.lower() == "bearer" and token.isascii() and 0 < len(token) <= LONGEST_TOKEN:
            bearer = await run_sync(_bearer, self._upheld, token)
        if bearer is None:
            raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})
        if wait := self._counts.wait(bearer.account.ref):
            raise TooManyRequestsException(headers={"Retry-After": str(wait)})
        return AuthenticationResult(user=bearer.account, auth=bearer)


def allowed(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets through where the address is open, or token and role both allow its act."""
    if handler.opt.get("open"):
        return
    act = handler.opt.get("act")
    if act is None or not connection.auth.may(act):
        raise PermissionDeniedException


def acts_of(scopes: Sequence[str]) -> list[Act]:
    """The acts that the API's words mean."""
    return list(dict.fromkeys(act for scope in scopes for act in SCOPES[scope]))


def scopes_of(acts: Sequence[str]) -> list[str]:
    """The API's words that these acts make whole."""
    return [scope for scope, wanted in SCOPES.items() if set(wanted) <= set(acts)]


def _bearer(app: Installation, token: str) -> Bearer | None:
    with app.own.connection() as connection:
        return token_of(connection, token, app.settings.now())
