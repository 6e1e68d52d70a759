"""Board, estate and ledger in the console's frame, and the files that its pages load."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from upheld.faces.app.verifying import exported
from upheld.faces.board import render_board
from upheld.faces.board.page import Served
from upheld.faces.console.rendering import HOME, Console, address_of, asset, menu, page
from upheld.faces.console.tongue import OWN, tongue_of
from upheld.faces.site.pages import MARK
from upheld.records.ledger import first_key

KINDS = {".css": "text/css", ".js": "text/javascript"}
YEAR_S = int(timedelta(days=365).total_seconds())
LOOK = {"act": "look"}


def shared_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    pages = console.pages

    @get("/", opt=LOOK, sync_to_thread=False)
    def home() -> Redirect:
        return Redirect(f"{HOME}/desk", status_code=303)

    @get("/board", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def board(request: Request[Any, Any, Any]) -> str:
        asked = request.query_params
        served = Served(
            stylesheet=address_of("console.css"),
            icon=address_of("mark.svg"),
            pages=menu(console, request.user),
            opened=asked.get("open", ""),
            only=asked.get("state", ""),
            home=f"{HOME}/board",
            notice="/notice",
            ledger=f"{HOME}/ledger" if pages.checkpoint is not None else "",
            who=(pages.firm, request.user.name, f"{HOME}/account"),
            tongue=None if (tongue := tongue_of(request)).language == OWN else tongue,
        )
        return render_board(pages.board(), pages.program(), pages.title, served)

    @get("/estate", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def estate(request: Request[Any, Any, Any]) -> str:
        if pages.estate is None:
            raise NotFoundException
        return page(console, request, "estate.html", estate=pages.estate())

    @get("/ledger", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def ledger(request: Request[Any, Any, Any]) -> str:
        if pages.checkpoint is None:
            raise NotFoundException
        note = pages.checkpoint()
        origin, size, root = (*note.split("\n"), "", "", "")[:3]
        shown = {"note": note, "origin": origin, "size": int(size or 0), "root": root}
        return page(console, request, "ledger.html", **shown, export=f"{HOME}/ledger/export", key=f"{HOME}/ledger/key")

    @get("/ledger/export", opt=LOOK, sync_to_thread=True)
    def export() -> Stream:
        """Every leaf and checkpoint, as a checker reads them; nobody is named in it."""
        headers = {"Content-Disposition": 'attachment; filename="ledger.jsonl"'}
        return Stream(exported(console.app), media_type="application/jsonl", headers=headers)

    @get("/ledger/key", opt=LOOK, media_type=MediaType.TEXT, sync_to_thread=True)
    def key() -> Response[str]:
        """The first key. Compare it with the one that was written down outside when the ledger began."""
        with console.app.own.connection() as connection:
            said = first_key(connection)
        return Response(f"{said}\n", headers={"Content-Disposition": 'attachment; filename="ledger.key"'})

    @get(
        "/assets/{name:str}",
        opt={"open": True, "exclude_from_csrf": True},
        sync_to_thread=False,
        cache_control=CacheControlHeader(max_age=YEAR_S, immutable=True),
    )
    def file(name: FromPath[str]) -> Response[str]:
        if name == "mark.svg":
            return Response(MARK, media_type="image/svg+xml")
        try:
            return Response(asset(name), media_type=KINDS[name[name.rindex(".") :]])
        except (KeyError, ValueError):
            raise NotFoundException from None

    return [home, board, estate, ledger, export, key, file]
