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

from upheld.duties.recipients.orders import Answer, order_of
from upheld.faces.app.desk import ordering
from upheld.faces.console.desk.case import faults
from upheld.faces.console.desk.looking import answered, case_named, case_page
from upheld.faces.console.forms import Form, on_to, text, texts
from upheld.faces.console.rendering import Console

CONFLICT = 409


def carried(
    console: Console, request: Request[Any, Any, Any], id: str, at: str, typed: str, verb: Callable[[int, str], Any]
) -> Response[Any]:
    """The verb is called with the case's number and who does it; then the case again, or with what refused it at the form `at`."""
    case = case_named(console, id)
    try:
        verb(case.number, f"staff:{request.user.ref}")
    except Exception as error:
        said = faults(error)
        if said is None:
            raise
        trouble = dict(zip(("code", "reason", "help"), said, strict=True))
        html = case_page(console, request, case_named(console, id), trouble=trouble, at=at, typed=typed)
        return answered(html, CONFLICT)
    return on_to(f"/desk/{id}")


def act_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    desk = console.desk

    def worded(
        request: Request[Any, Any, Any], id: str, at: str, data: Form, verb: Callable[[int, str, str], Any]
    ) -> Response[Any]:
        said = text(data, "text").strip()
        return carried(console, request, id, at, said, lambda number, by: verb(number, said, by))

    @post("/desk/{id:str}/take", opt={"act": "enter"}, sync_to_thread=True)
    def take(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return carried(console, request, id, "take", "", lambda number, by: desk.take(number, request.user.ref, by))

    @post("/desk/{id:str}/note", opt={"act": "enter"}, sync_to_thread=True)
    def note(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return worded(request, id, "note", data, lambda number, said, by: desk.note(number, said, by) if said else None)

    @post("/desk/{id:str}/link", opt={"act": "enter"}, sync_to_thread=True)
    def link(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return carried(console, request, id, "link", "", lambda number, by: desk.link_again(number))

    @post("/desk/{id:str}/complete", opt={"act": "enter"}, sync_to_thread=True)
    def complete(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        said = {kind: text(data, kind) for kind in data if kind != "_csrf_token"}
        return carried(console, request, id, "complete", "", lambda number, by: desk.complete(number, said, by))

    @post("/desk/{id:str}/approve", opt={"act": "approve"}, sync_to_thread=True)
    def approve(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        digests = texts(data, "digest")
        return carried(console, request, id, "approve", "", lambda number, by: desk.approve(number, digests, by))

    @post("/desk/{id:str}/send-back", opt={"act": "approve"}, sync_to_thread=True)
    def send_back(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return worded(request, id, "send-back", data, desk.send_back)

    @post("/desk/{id:str}/decide", opt={"act": "answer"}, sync_to_thread=True)
    def decide(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return worded(request, id, "decide", data, desk.answer_by_hand)

    @post("/desk/{id:str}/extend", opt={"act": "answer"}, sync_to_thread=True)
    def extend(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return worded(request, id, "extend", data, desk.extend)

    @post("/desk/{id:str}/withdraw", opt={"act": "answer"}, sync_to_thread=True)
    def withdraw(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return carried(console, request, id, "withdraw", "", desk.withdraw)

    @post("/desk/{id:str}/recipients/{order:int}", opt={"act": "task"}, sync_to_thread=True)
    def recipient(request: Request[Any, Any, Any], id: FromPath[str], order: FromPath[int], data: Form) -> Response[Any]:
        state = text(data, "state")
        return carried(console, request, id, "recipients", "", lambda number, by: _answer(console, id, order, state, by))

    return [take, note, link, complete, approve, send_back, decide, extend, withdraw, recipient]


def _answer(console: Console, id: str, order: int, state: str, by: str) -> None:
    """A recipient's answer that came to a person is on record, or it is told once more."""
    with console.app.own.connection() as connection:
        if order_of(connection, order).reference != id:
            raise NotFoundException
    match state:
        case "done" | "refused":
            ordering.answer(console.desk, order, Answer(state, by))
        case "again":
            ordering.again(console.desk, order)
        case _:
            raise NotFoundException
