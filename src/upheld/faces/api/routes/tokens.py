"""Tokens for programs: whose this one is, those of its account, a new one that is worth no more than the one it is made with, and an end."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from upheld.faces.api.bearers import acts_of, scopes_of
from upheld.faces.api.problems import ApiRefused, may_answer
from upheld.faces.api.routes.answers import Asking
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Desk
from upheld.records.staff.tokens import end_token, make_token, tokens_of

ADMIN = {"act": "staff"}


def token_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @get("/me", opt={"act": "look"}, tags=["Tokens"], sync_to_thread=False, responses=may_answer())
    def me(request: Asking) -> shown.Me:
        """Whose token this is, and what it allows."""
        acts = sorted(act for act in request.auth.scopes if request.auth.may(act))
        return shown.Me(request.user.ref, request.user.role, scopes_of(acts), list(acts))

    @get("/tokens", opt=ADMIN, tags=["Tokens"], sync_to_thread=True, responses=may_answer())
    def listed(request: Asking) -> shown.Tokens:
        """Every token of this account."""
        with desk.own.connection() as connection:
            found = tokens_of(connection, request.user.ref)
        return shown.Tokens([shown.token(one, scopes_of(one.scopes)) for one in found])

    @post("/tokens", opt=ADMIN, tags=["Tokens"], sync_to_thread=True, responses=may_answer(422))
    def make(request: Asking, data: JSONBody[asked.NewToken]) -> shown.MadeToken:
        """A token that may do some of what this one may. It is told this once."""
        acts = acts_of(data.scopes)
        if not all(request.auth.may(act) for act in acts):
            raise ApiRefused("R602", 403)
        with desk.own.connection() as connection:
            return shown.MadeToken(make_token(connection, request.user, data.name, acts, data.ends, desk.now))

    @delete("/tokens/{number:str}", opt=ADMIN, tags=["Tokens"], sync_to_thread=True, responses=may_answer(404))
    def end(request: Asking, number: Annotated[str, PathParameter(pattern=r"^[0-9a-f]{12}$")]) -> None:
        """It opens nothing any more."""
        with desk.own.connection() as connection:
            if not end_token(connection, request.user.ref, number, desk.now):
                raise ApiRefused("R603", 404)

    return [me, listed, make, end]
