"""One's own account: password, second factor, recovery codes, sessions, API tokens. Whatever weakens it asks for the password again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from upheld.faces.console.forms import Form, again, on_to, text, texts
from upheld.faces.console.rendering import Console, page
from upheld.language.law import Span, add_span
from upheld.language.law.model import Unit
from upheld.records.staff import Account, account_of, may, set_password
from upheld.records.staff import second as factor
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.model import ACTS, ROLES
from upheld.records.staff.passwords import PasswordRules, rules_of
from upheld.records.staff.sessions import end, sessions_of
from upheld.records.staff.signing_in import is_password
from upheld.records.staff.tokens import end_token, make_token, tokens_of

LOOK = {"act": "look"}
HERE = "account.html"


def own_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    app = console.app

    def shown(request: Request[Any, Any, Any], **more: Any) -> dict[str, Any]:
        now, ref = app.settings.now(), request.user.ref
        rules = rules_of(console.pages.program())
        with app.own.connection() as connection:
            account = account_of(connection, ref) or request.user
            return {
                "me": account,
                "role_says": ROLES[account.role],
                "rules": rules,
                "old": _is_old(account, rules, now.date()),
                "sessions": sessions_of(connection, ref, now),
                "current": request.auth.number,
                "tokens": tokens_of(connection, ref),
                "scopes": [act for act in ACTS if may(account.role, act)],
                "codes_left": factor.codes_left(connection, ref),
                "trouble": None,
                "at": "",
                "new_codes": (),
                "new_token": "",
                "today": now.date(),
                **more,
            }

    def troubled(request: Request[Any, Any, Any], at: str, refused: StaffRefused) -> Response[Any]:
        return again(console, request, HERE, **shown(request, trouble=refused, at=at))

    def known(request: Request[Any, Any, Any], data: dict[str, Any]) -> None:
        """R501 where the present password is not the one given: a browser left open is not its owner."""
        client = request.client.host if request.client is not None else ""
        is_password(app.own, app.master, request.user, text(data, "present"), client, app.settings.now())

    @get("/account", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def mine(request: Request[Any, Any, Any]) -> str:
        return page(console, request, HERE, **shown(request))

    @post("/account/password", opt=LOOK, sync_to_thread=True)
    def password(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        try:
            known(request, data)
            rules = rules_of(console.pages.program())
            with app.own.connection() as connection:
                set_password(
                    connection, request.user.ref, text(data, "new"), rules, app.settings.now(), keep=request.auth.number
                )
        except StaffRefused as refused:
            return troubled(request, "password", refused)
        return on_to("/account#password")

    @get("/account/second", opt=LOOK, sync_to_thread=True)
    def second_form(request: Request[Any, Any, Any]) -> Response[Any]:
        with app.own.connection() as connection:
            secret = factor.started(connection, app.master, request.user.ref)
        return on_to("/account") if secret is None else _picture(console, request, secret, None)

    @post("/account/second", opt=LOOK, sync_to_thread=True)
    def second_start(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        try:
            known(request, data)
            with app.own.connection() as connection:
                factor.start(connection, app.master, request.user.ref, app.settings.now())
        except StaffRefused as refused:
            return troubled(request, "second", refused)
        return on_to("/account/second")

    @post("/account/second/confirm", opt=LOOK, sync_to_thread=True)
    def second_confirm(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        with app.own.connection() as connection:
            secret = factor.started(connection, app.master, request.user.ref)
            try:
                codes = factor.confirm(connection, app.master, request.user.ref, text(data, "code"), app.settings.now())
            except StaffRefused as refused:
                if secret is None:
                    return on_to("/account")
                return _picture(console, request, secret, refused, 422)
        return again(console, request, HERE, 200, **shown(request, new_codes=codes))

    @post("/account/second/codes", opt=LOOK, sync_to_thread=True)
    def second_codes(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        try:
            known(request, data)
        except StaffRefused as refused:
            return troubled(request, "second", refused)
        with app.own.connection() as connection:
            codes = factor.new_codes(connection, app.master, request.user.ref, app.settings.now())
        return again(console, request, HERE, 200, **shown(request, new_codes=codes))

    @post("/account/second/drop", opt=LOOK, sync_to_thread=True)
    def second_drop(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        try:
            known(request, data)
            with app.own.connection() as connection:
                factor.drop(connection, request.user.ref, app.settings.now())
        except StaffRefused as refused:
            return troubled(request, "second", refused)
        return on_to("/account#second")

    @post("/account/sessions/{number:str}", opt=LOOK, sync_to_thread=True)
    def session_end(request: Request[Any, Any, Any], number: FromPath[str], data: Form) -> Response[Any]:
        with app.own.connection() as connection:
            end(connection, request.user.ref, number)
        return on_to("/account#sessions")

    @post("/account/tokens", opt=LOOK, sync_to_thread=True)
    def token(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        try:
            known(request, data)
            ends = _end_of(text(data, "until"))
            with app.own.connection() as connection:
                made = make_token(connection, request.user, text(data, "name"), texts(data, "scope"), ends, app.settings.now())
        except StaffRefused as refused:
            return troubled(request, "tokens", refused)
        return again(console, request, HERE, 200, **shown(request, new_token=made))

    @post("/account/tokens/{number:str}", opt=LOOK, sync_to_thread=True)
    def token_end(request: Request[Any, Any, Any], number: FromPath[str], data: Form) -> Response[Any]:
        with app.own.connection() as connection:
            end_token(connection, request.user.ref, number, app.settings.now())
        return on_to("/account#tokens")

    return [
        mine, password, second_form, second_start, second_confirm, second_codes, second_drop, session_end, token, token_end,
    ]  # fmt: skip


def _picture(
    console: Console, request: Request[Any, Any, Any], secret: str, trouble: StaffRefused | None, status: int = 200
) -> Response[Any]:
    picture = factor.picture_of(factor.address_of(secret, request.user.email, f"Upheld, {console.pages.firm}"))
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return again(console, request, "second.html", status, picture=picture, secret=spaced, trouble=trouble)


def _end_of(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time.max, UTC)
    except ValueError:
        raise StaffRefused("R510", "The day cannot be read.", "Write it so: 2027-01-31.") from None


def _is_old(account: Account, rules: PasswordRules, today: date) -> str:
    """Since when the notice wants a reminder of the password's age, in words; empty where it is not time yet."""
    if rules.remind is None or account.password_set is None:
        return ""
    unit: Unit = rules.remind.unit
    due = add_span(account.password_set.date(), Span(rules.remind.amount, unit)) if unit != "hours" else today
    return f"{rules.remind.amount} {unit}" if due <= today else ""
