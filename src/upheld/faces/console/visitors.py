"""A cookie becomes a member of the staff, and an address asks whether their role may do what it does.

Deny by default: an address without an act is shut, and one that is open (`opt={"open": True}`) says so. Must never: tell from whom a
session was, or why it is over.
"""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from upheld.faces.console.rendering import Console
from upheld.records.staff import may
from upheld.records.staff.sessions import Session, session_of

COOKIE = "upheld-session"


class Visitors(AbstractAuthenticationMiddleware):
    """`request.user` is an Account, `request.auth` its Session."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        super().__init__(app, exclude_from_auth_key="open", scopes={ScopeType.HTTP})
        self._console = console

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        token = connection.cookies.get(COOKIE, "")
        session = await run_sync(found_session, self._console, token) if token else None
        if session is None or session.half:
            raise NotAuthorizedException
        return AuthenticationResult(user=session.account, auth=session)


def found_session(console: Console, token: str) -> Session | None:
    """The session of this token, also one that waits for its second factor."""
    with console.app.own.connection() as connection:
        return session_of(connection, token, console.app.settings.now())


def allowed(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets through where the address is open, or the role may do its act; an account whose password somebody else chose, only to choose another."""
    if handler.opt.get("open"):
        return
    if connection.user.handed and not handler.opt.get("handed"):
        raise PermissionDeniedException
    act = handler.opt.get("act")
    if act is None or not may(connection.user.role, act):
        raise PermissionDeniedException
