"""Signing in and out: a form, a second form where there is a second factor, a cookie.

The cookie is for this site and the server alone (HttpOnly, SameSite, Secure where the line is), bears a token of which we keep the hash, and is new
after each step, so that none that was set before a sign-in is worth anything after it.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from upheld.duties.messages.letters.catalogue import LANGUAGES
from upheld.faces.console.forms import Form, again, on_to, text
from upheld.faces.console.rendering import HOME, Console, page
from upheld.faces.console.tongue import COOKIE as LANGUAGE
from upheld.faces.console.visitors import COOKIE, found_session
from upheld.records.staff import set_password
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.passwords import PasswordRules, rules_of
from upheld.records.staff.sessions import ABSOLUTE
from upheld.records.staff.signing_in import give_code, sign_in, sign_out

OPEN = {"open": True}
A_YEAR_S = 31_536_000
FIRST = {"act": "look", "handed": True}
PLAIN = re.compile(rf"{HOME}(/[A-Za-z0-9._-]+)+")


def entering_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    app = console.app

    def nobody_yet() -> bool:
        with app.own.connection() as connection:
            return connection.execute("SELECT FROM staff LIMIT 1").fetchone() is None

    def rules() -> PasswordRules:
        return rules_of(console.pages.program())

    def first_page(request: Request[Any, Any, Any], trouble: StaffRefused | None, status: int) -> Response[Any]:
        return again(console, request, "first.html", status, menu=(), rules=rules(), trouble=trouble)

    @get("/sign-in", opt=OPEN, media_type=MediaType.HTML, sync_to_thread=True)
    def form(request: Request[Any, Any, Any]) -> str:
        return page(
            console,
            request,
            "sign-in.html",
            to=inside(request.query_params.get("to", "")),
            email="",
            trouble=None,
            empty=nobody_yet(),
        )

    @post("/sign-in", opt=OPEN, sync_to_thread=True)
    def enter(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        to, email = inside(text(data, "to")), text(data, "email")
        try:
            done = sign_in(app.own, app.master, email, text(data, "password"), _address(request), app.settings.now())
        except StaffRefused as refused:
            return again(console, request, "sign-in.html", to=to, email=email, trouble=refused, empty=False)
        return _with_cookie(request, Redirect(f"{HOME}/sign-in/code?to={to}" if done.half else to, status_code=303), done.token)

    @get("/sign-in/code", opt=OPEN, sync_to_thread=True)
    def code_form(request: Request[Any, Any, Any]) -> Response[Any]:
        session = found_session(console, request.cookies.get(COOKIE, ""))
        to = inside(request.query_params.get("to", ""))
        if session is None or not session.half:
            return Redirect(f"{HOME}/sign-in", status_code=303)
        return Response(page(console, request, "sign-in-code.html", to=to, trouble=None), media_type=MediaType.HTML)

    @post("/sign-in/code", opt=OPEN, sync_to_thread=True)
    def code(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        to, token = inside(text(data, "to")), request.cookies.get(COOKIE, "")
        try:
            done = give_code(app.own, app.master, token, text(data, "code"), _address(request), app.settings.now())
        except StaffRefused as refused:
            template = "sign-in.html" if refused.code == "R501" else "sign-in-code.html"
            return again(console, request, template, to=to, email="", trouble=refused, empty=False)
        return _with_cookie(request, Redirect(to, status_code=303), done.token)

    @get("/language/{code:str}", opt=OPEN, sync_to_thread=False)
    def language(request: Request[Any, Any, Any], code: FromPath[str]) -> Redirect:
        """The console speaks this language in this browser from now on; nothing else is changed, or known of it."""
        answer = Redirect(_back(request.query_params.get("to", "")), status_code=303)
        if code in LANGUAGES:
            answer.set_cookie(
                key=LANGUAGE, value=code, path=HOME, max_age=A_YEAR_S, httponly=True, samesite="lax", secure=_secure(request)
            )
        return answer

    @get("/first", opt=FIRST, sync_to_thread=True)
    def first_form(request: Request[Any, Any, Any]) -> Response[Any]:
        return first_page(request, None, 200) if request.user.handed else on_to("/account")

    @post("/first", opt=FIRST, sync_to_thread=True)
    def first(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        """Whoever sits here signed in with the password that was handed over; from now on nobody else knows theirs."""
        if not request.user.handed:
            return on_to("/account")
        try:
            with app.own.connection() as connection:
                set_password(
                    connection, request.user.ref, text(data, "new"), rules(), app.settings.now(), keep=request.auth.number
                )
        except StaffRefused as refused:
            return first_page(request, refused, 422)
        return on_to("/account#second")

    @post("/sign-out", opt=FIRST, sync_to_thread=True)
    def leave(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        sign_out(app.own, request.auth, app.settings.now())
        answer = on_to("/sign-in")
        answer.delete_cookie(COOKIE, path=HOME)
        # What the browser kept of our pages goes, too.
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    return [form, enter, code_form, code, language, first_form, first, leave]


def _with_cookie(request: Request[Any, Any, Any], answer: Redirect, token: str) -> Redirect:
    answer.set_cookie(
        key=COOKIE,
        value=token,
        path=HOME,
        max_age=int(ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )
    return answer


def _secure(request: Request[Any, Any, Any]) -> bool:
    return request.url.scheme == "https"


def _back(to: str) -> str:
    return f"{HOME}/sign-in" if to.startswith(f"{HOME}/sign-") else inside(to)


def inside(to: str) -> str:
    """A page of the console, never another site's: what stands in an address may come from anybody."""
    return to if PLAIN.fullmatch(to) and ".." not in to and not to.startswith(f"{HOME}/sign-") else f"{HOME}/desk"


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client is not None else "unknown"
