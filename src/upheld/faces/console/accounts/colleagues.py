"""The accounts of colleagues, for whoever leads: add, give a role, disable, let in again. A first password opens nothing but the choice of another."""

from __future__ import annotations

import secrets
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from upheld.faces.console.forms import Form, again, on_to, text
from upheld.faces.console.rendering import Console, page
from upheld.records.staff import account_of, add, all_accounts, disable, set_role
from upheld.records.staff.accounts import enable, reset
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.model import ROLES
from upheld.records.staff.passwords import rules_of

STAFF = {"act": "staff"}
HERE = "staff.html"
FIRST_PASSWORD_BYTES = 16


def colleague_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    app = console.app

    def shown(**more: Any) -> dict[str, Any]:
        with app.own.connection() as connection:
            return {"people": all_accounts(connection), "roles": ROLES, "trouble": None, "typed": {}, "given": None, **more}

    @get("/staff", opt=STAFF, media_type=MediaType.HTML, sync_to_thread=True)
    def everybody(request: Request[Any, Any, Any]) -> str:
        return page(console, request, HERE, **shown())

    @post("/staff", opt=STAFF, sync_to_thread=True)
    def another(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        typed = {name: text(data, name) for name in ("name", "email", "role")}
        first, now = secrets.token_urlsafe(FIRST_PASSWORD_BYTES), app.settings.now()
        try:
            with app.own.transaction() as connection:
                made = add(connection, typed["name"], typed["email"], typed["role"], now, by=request.user.ref)
                reset(connection, made.ref, first, rules_of(console.pages.program()), now)
        except StaffRefused as refused:
            return again(console, request, HERE, **shown(trouble=refused, typed=typed))
        return again(console, request, HERE, 200, **shown(given=(made, first)))

    @post("/staff/{ref:str}/role", opt=STAFF, sync_to_thread=True)
    def role(request: Request[Any, Any, Any], ref: FromPath[str], data: Form) -> Response[Any]:
        return changed(
            request,
            ref,
            lambda connection: set_role(connection, ref, text(data, "role"), app.settings.now(), by=request.user.ref),
        )

    @post("/staff/{ref:str}/disable", opt=STAFF, sync_to_thread=True)
    def shut(request: Request[Any, Any, Any], ref: FromPath[str], data: Form) -> Response[Any]:
        return changed(request, ref, lambda connection: disable(connection, ref, app.settings.now(), by=request.user.ref))

    @post("/staff/{ref:str}/enable", opt=STAFF, sync_to_thread=True)
    def open_again(request: Request[Any, Any, Any], ref: FromPath[str], data: Form) -> Response[Any]:
        return changed(request, ref, lambda connection: enable(connection, ref, app.settings.now(), by=request.user.ref))

    @post("/staff/{ref:str}/reset", opt=STAFF, sync_to_thread=True)
    def new_password(request: Request[Any, Any, Any], ref: FromPath[str], data: Form) -> Response[Any]:
        first = secrets.token_urlsafe(FIRST_PASSWORD_BYTES)
        rules = rules_of(console.pages.program())
        with app.own.connection() as connection:
            account = account_of(connection, ref)
        if account is None:
            raise NotFoundException
        answer = changed(request, ref, lambda connection: reset(connection, ref, first, rules, app.settings.now()))
        if answer.status_code != 303:
            return answer
        return again(console, request, HERE, 200, **shown(given=(account, first)))

    def changed(request: Request[Any, Any, Any], ref: str, change: Any) -> Response[Any]:
        try:
            with app.own.transaction() as connection:
                if account_of(connection, ref) is None:
                    raise NotFoundException
                change(connection)
        except StaffRefused as refused:
            return again(console, request, HERE, **shown(trouble=refused))
        return on_to("/staff")

    return [everybody, another, role, shut, open_again, new_password]
