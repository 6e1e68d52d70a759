"""The console becomes a part of the server: its addresses, who may use which, and what its pages may load.

Every address says which act it is (`opt={"act": …}`), and a guard asks `staff.may` before anything else; one that says nothing is shut.
Sessions are cookies with a row in our database, forms bear the framework's CSRF token, pages load nothing but our own files and hold no script
or style within. No rule of a request lives here: the pages call the verbs of `app.desk`.
"""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response
from litestar.config.csrf import CSRFConfig
from litestar.middleware import DefineMiddleware
from litestar.middleware.csrf import CSRFMiddleware
from litestar.response import Redirect

from upheld.faces.app import App
from upheld.faces.app.desk import Desk
from upheld.faces.app.parts import Part
from upheld.faces.console.accounts import account_handlers
from upheld.faces.console.accounts.entering import inside
from upheld.faces.console.desk import desk_handlers
from upheld.faces.console.recipients import recipient_handlers
from upheld.faces.console.registers import register_handlers
from upheld.faces.console.rendering import HOME, Console, page
from upheld.faces.console.shared_pages import shared_handlers
from upheld.faces.console.visitors import Visitors, allowed
from upheld.faces.site import Pages
from upheld.records.keys import hash_key

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SIGN_IN = f"{HOME}/sign-in"


def console_part(app: App, desk: Desk, pages: Pages) -> Part:
    """The console over a firm's desk; `pages` are the site's sources of board, estate and ledger."""
    console = Console(app, desk, pages)
    return Part(
        name="console",
        under=HOME,
        handlers=[
            *account_handlers(console),
            *desk_handlers(console),
            *register_handlers(console),
            *recipient_handlers(console),
            *shared_handlers(console),
        ],
        policy=POLICY,
        headers={"Referrer-Policy": "same-origin"},
        trouble=lambda request, status: _trouble(console, request, status),
        # A function, for Litestar copies what it is given, and a console is not to be copied.
        middleware=[lambda app: Visitors(app, console), DefineMiddleware(CSRFMiddleware, config=_csrf(app))],
        guards=[allowed],
    )


def _csrf(app: App) -> CSRFConfig:
    with app.own.connection() as connection:
        secret = hash_key(connection, app.master, "console-csrf", "", app.settings.now()).hex()
    secure = app.settings.public_url.startswith("https://")
    return CSRFConfig(secret=secret, cookie_name="upheld-form", cookie_path=HOME, cookie_httponly=True, cookie_secure=secure)


def _trouble(console: Console, request: Request[Any, Any, Any], status: int) -> Response[Any]:
    if status == 401 and request.method == "GET":
        return Redirect(f"{SIGN_IN}?to={inside(request.url.path)}", status_code=303)
    if status == 403 and getattr(request.scope.get("user"), "handed", False):
        return Redirect(f"{HOME}/first", status_code=303)
    heading, text = _said(status)
    html = page(console, request, "trouble.html", heading=heading, text=text)
    return Response(html, status_code=status, media_type=MediaType.HTML)


def _said(status: int) -> tuple[str, str]:
    if status == 401:
        return "The session has ended.", "Nothing was changed. Sign in again, then do it once more."
    if status == 403:
        return "This is not yours to do.", "Your role does not allow it, or the form was too old. Nothing was changed."
    if status == 404:
        return "There is no such page.", "It may have been moved; begin at the desk."
    if status == 413:
        return "That is too much.", "Nothing was changed. Send less at once."
    if status < 500:
        return "This cannot be answered.", "Nothing was changed. Go back, and look at what was filled in."
    return "This page cannot be shown now.", "Something behind it is out of reach. Nothing was lost; try again in a minute."
