"""Papers of a case: proofs of identity for its one verifier, and letters for whoever puts them into an envelope.

A proof is opened by a press of a button, never by a link: the first who looks is the case's verifier, and each look is on the timeline. What was
uploaded is shown under a policy that lets it load and run nothing.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from upheld.duties.messages.outbox import letters_of, mark_posted, print_letter, send_again
from upheld.faces.console.desk.acts import CONFLICT, carried
from upheld.faces.console.desk.case import faults
from upheld.faces.console.desk.looking import answered, case_named, case_page
from upheld.faces.console.forms import Form, text, texts
from upheld.faces.console.rendering import Console

NOTHING_RUNS = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def paper_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    desk = console.desk

    @post("/desk/{id:str}/papers/{serial:int}", opt={"act": "identify"}, sync_to_thread=True)
    def see(request: Request[Any, Any, Any], id: FromPath[str], serial: FromPath[int], data: Form) -> Response[Any]:
        case = case_named(console, id)
        try:
            media_type, blocks = desk.see_paper(case.number, serial, f"staff:{request.user.ref}")
        except Exception as error:
            said = faults(error)
            if said is None:
                raise
            trouble = dict(zip(("code", "reason", "help"), said, strict=True))
            return answered(case_page(console, request, case, trouble=trouble), CONFLICT)
        return _file(b"".join(blocks), media_type, f"{case.id}-paper-{serial}")

    @post("/desk/{id:str}/identity", opt={"act": "identify"}, sync_to_thread=True)
    def decide(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        why, items = text(data, "text").strip(), frozenset(texts(data, "item"))
        if text(data, "decision") == "accept":
            return carried(console, request, id, "identity", why, lambda number, by: desk.accept_papers(number, items, by))
        return carried(console, request, id, "identity", why, lambda number, by: desk.reject_papers(number, why, by))

    @get("/desk/{id:str}/letters/{letter:int}", opt={"act": "enter"}, sync_to_thread=True)
    def read(request: Request[Any, Any, Any], id: FromPath[str], letter: FromPath[int]) -> Response[Any]:
        _belongs(console, id, letter)
        with console.app.own.connection() as connection:
            pdf = print_letter(connection, desk.master, letter)
        return _file(pdf, "application/pdf", f"{id}-letter-{letter}")

    @post("/desk/{id:str}/letters/{letter:int}", opt={"act": "enter"}, sync_to_thread=True)
    def posted(request: Request[Any, Any, Any], id: FromPath[str], letter: FromPath[int], data: Form) -> Response[Any]:
        _belongs(console, id, letter)
        return carried(
            console,
            request,
            id,
            "letters",
            "",
            lambda _, by: _posted(console, letter, text(data, "state"), by.partition(":")[2]),
        )

    return [see, decide, read, posted]


def _posted(console: Console, letter: int, state: str, by: str) -> None:
    with console.app.own.transaction() as connection:
        if state == "again":
            send_again(connection, letter, console.app.settings.now())
        else:
            mark_posted(connection, letter, by, console.app.settings.now())


def _belongs(console: Console, id: str, letter: int) -> None:
    """404 for a letter of another case."""
    case = case_named(console, id)
    with console.app.own.connection() as connection:
        if letter not in {one.id for one in letters_of(connection, case.id)}:
            raise NotFoundException


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {
        "Content-Security-Policy": NOTHING_RUNS if media_type == "application/pdf" else f"{NOTHING_RUNS}; sandbox",
        "Content-Disposition": f'inline; filename="{name}.{ENDINGS[media_type]}"',
    }
    return Response(content, media_type=media_type, headers=headers)
