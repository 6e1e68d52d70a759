"""What operators do with a case: each form is one verb of the desk. A refusal stands on the page again, with what was typed.

No rule lives here: whether the case may move so is the verb's to say, and whether the role may do it is asked at the address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from upheld.duties.recipients.orders import Answer, answer_order, order_of
from upheld.faces.console.desk.case import faults
from upheld.faces.console.desk.looking import answered, case_named, case_page
from upheld.faces.console.forms import Form, on_to, text, texts
from upheld.faces.console.rendering import Console

CONFLICT = 409


def act_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    desk = console.desk

    def done(request: Request[Any, Any, Any], id: str, at: str, typed: str, verb: Callable[[int, str], Any]) -> Response[Any]:
        case = case_named(console, id)
        try:
            verb(case.number, f"staff:{request.user.ref}")
        except Exception as error:
            said = faults(error)
            if said is None:
                raise
            code, reason, help = said
            trouble = {"code": code, "reason": reason, "help": help}
            return answered(case_page(console, request, case_named(console, id), trouble=trouble, at=at, typed=typed), CONFLICT)
        return on_to(f"/desk/{id}")

    @post("/desk/{id:str}/take", opt={"act": "enter"}, sync_to_thread=True)
    def take(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return done(request, id, "take", "", lambda number, by: desk.take(number, request.user.ref, by))

    @post("/desk/{id:str}/note", opt={"act": "enter"}, sync_to_thread=True)
    def note(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        said = text(data, "text").strip()
        return done(request, id, "note", said, lambda number, by: desk.note(number, said, by) if said else None)

    @post("/desk/{id:str}/approve", opt={"act": "approve"}, sync_to_thread=True)
    def approve(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        digests = texts(data, "digest")
        return done(request, id, "approve", "", lambda number, by: desk.approve(number, digests, by))

    @post("/desk/{id:str}/send-back", opt={"act": "approve"}, sync_to_thread=True)
    def send_back(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        why = text(data, "text").strip()
        return done(request, id, "send-back", why, lambda number, by: desk.send_back(number, why, by))

    @post("/desk/{id:str}/decide", opt={"act": "answer"}, sync_to_thread=True)
    def decide(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        said = text(data, "text").strip()
        return done(request, id, "decide", said, lambda number, by: desk.answer_by_hand(number, said, by))

    @post("/desk/{id:str}/extend", opt={"act": "answer"}, sync_to_thread=True)
    def extend(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        reason = text(data, "text").strip()
        return done(request, id, "extend", reason, lambda number, by: desk.extend(number, reason, by))

    @post("/desk/{id:str}/withdraw", opt={"act": "answer"}, sync_to_thread=True)
    def withdraw(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return done(request, id, "withdraw", "", lambda number, by: desk.withdraw(number, by))

    @post("/desk/{id:str}/recipients/{order:int}", opt={"act": "task"}, sync_to_thread=True)
    def recipient(request: Request[Any, Any, Any], id: FromPath[str], order: FromPath[int], data: Form) -> Response[Any]:
        return done(request, id, "recipients", "", lambda number, by: _answer(console, id, order, text(data, "state"), by))

    return [take, note, approve, send_back, decide, extend, withdraw, recipient]


def _answer(console: Console, id: str, order: int, state: str, by: str) -> None:
    """A recipient's answer that came to a person is on record, and the case looked at again."""
    if state not in ("done", "refused"):
        raise NotFoundException
    with console.app.own.transaction() as connection:
        if order_of(connection, order).reference != id:
            raise NotFoundException
        answer_order(
            connection,
            console.desk.master,
            order,
            Answer("done" if state == "done" else "refused", by),
            console.app.settings.now(),
        )
    console.desk.go_on(case_named(console, id).number)
