"""A token becomes somebody's account with scopes; an address asks whether both allow its act; nobody asks too often.

Scopes of the API are words for acts of the staff: a token made at the console with single acts works here as well. Deny by default: an
address without an act is shut. Must never: say whether a token was ever one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from anyio.to_thread import run_sync
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, TooManyRequestsException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from upheld.faces.app.installation import Installation
from upheld.records.own import Rates
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
WINDOW = timedelta(minutes=1)
LONGEST_TOKEN = 200


class Counts:
    """How often each account asked in this minute, counted by all processes together."""

    def __init__(self, upheld: Installation, most: int = A_MINUTE, what: str = "api") -> None:
        self._upheld, self._most, self._what, self._rates = upheld, most, what, Rates(upheld.master)

    def waits(self, who: str) -> int:
        """As `wait`, over a connection of its own."""
        with self._upheld.own.connection() as connection:
            return self.wait(connection, who)

    def wait(self, connection: Any, who: str) -> int:
        """Seconds to wait; 0: go on. One statement."""
        now = self._upheld.settings.now()
        found = self._rates.add(connection, self._what, who, WINDOW, now)
        return max(1, round((found.until - now).total_seconds())) if found.count > self._most else 0


class Bearers(AbstractAuthenticationMiddleware):
    """`request.user` is an Account, `request.auth` its Bearer."""

    def __init__(self, app: ASGIApp, upheld: Installation, counts: Counts) -> None:
        super().__init__(app, exclude_from_auth_key="open", scopes={ScopeType.HTTP})
        self._upheld, self._counts = upheld, counts

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        kind, _, token = connection.headers.get("authorization", "").partition(" ")
        bearer, wait = None, 0
        if kind.lower() == "bearer" and token.isascii() and 0 < len(token) <= LONGEST_TOKEN:
            bearer, wait = await run_sync(self._known, token)
        if bearer is None:
            raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})
        if wait:
            raise TooManyRequestsException(headers={"Retry-After": str(wait)})
        return AuthenticationResult(user=bearer.account, auth=bearer)

    def _known(self, token: str) -> tuple[Bearer | None, int]:
        with self._upheld.own.connection() as connection:
            bearer = token_of(connection, token, self._upheld.settings.now())
            return bearer, 0 if bearer is None else self._counts.wait(connection, bearer.account.ref)


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
