"""Addresses: from a request to a page, with the headers that keep a page from doing what it was not written to do.

Assumes that whoever can connect may read: the board is public by design. Must never show a traceback or a value from a row.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from upheld.engine.estate.draw import MAP_CSS
from upheld.faces.app.parts import Part, build_application
from upheld.faces.board import board_json
from upheld.faces.board.page import stylesheet
from upheld.faces.site import pages as made
from upheld.faces.site.centre.words import speech_for
from upheld.faces.site.pages import Pages

KINDS = {".json": "application/json", ".jsonld": "application/ld+json", ".css": "text/css", ".svg": "image/svg+xml"}
DAY_S = int(timedelta(days=1).total_seconds())


def build_site(pages: Pages, *beside: Part) -> Litestar:
    """The site as an ASGI application, with the parts beside it; nothing is opened yet."""
    return build_application([site_part(pages), *beside])


def site_part(pages: Pages) -> Part:
    """The site as a part of the server."""

    def trouble(_: Request[Any, Any, Any], status: int) -> Response[Any]:
        return Response(made.trouble_page(pages, *_said(status)), status_code=status, media_type=MediaType.HTML)

    return Part("site", site_handlers(pages), trouble=trouble)


def site_handlers(pages: Pages) -> list[HTTPRouteHandler]:
    """The addresses of the site."""

    @get("/", media_type=MediaType.HTML, sync_to_thread=True)
    def board(request: Request[Any, Any, Any]) -> str:
        asked = request.query_params
        return made.board_page(pages, asked.get("open", ""), asked.get("state", ""))

    @get("/notice", sync_to_thread=True)
    def notice() -> Response[bytes]:
        return _file(pages, "")

    @get("/notice/{path:path}", sync_to_thread=True)
    def part_of_notice(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _file(pages, request.url.path.removeprefix(made.NOTICES))

    @get("/.well-known/{path:path}", sync_to_thread=True)
    def well_known(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _file(pages, request.url.path)

    @get("/estate", media_type=MediaType.HTML, sync_to_thread=True)
    def estate() -> str:
        if pages.estate is None:
            raise NotFoundException
        return made.estate_page(pages)

    @get(["/leaving", "/leaving/{name:str}"], media_type=MediaType.HTML, sync_to_thread=True)
    def leaving(request: Request[Any, Any, Any]) -> str:
        asked = speech_for(
            request.query_params.get("lang", ""),
            request.headers.get("accept-language", ""),
            "",
            pages.program().notices[0].language,
        )
        page = made.leaving_page(pages, request.path_params.get("name", ""), asked)
        if page is None:
            raise NotFoundException
        return page

    @get("/ledger", sync_to_thread=True)
    def ledger(request: Request[Any, Any, Any]) -> Response[str]:
        if pages.checkpoint is None:
            raise NotFoundException
        if "text/html" in request.headers.get("accept", ""):
            return Response(made.ledger_page(pages), media_type=MediaType.HTML)
        return Response(pages.checkpoint(), media_type=MediaType.TEXT)

    @get("/ledger.txt", media_type=MediaType.TEXT, sync_to_thread=True)
    def note() -> str:
        if pages.checkpoint is None:
            raise NotFoundException
        return pages.checkpoint()

    @get("/board.json", sync_to_thread=True)
    def machine() -> Response[bytes]:
        return Response(json.dumps(board_json(pages.board())).encode(), media_type=MediaType.JSON)

    @get(made.STYLESHEET, media_type="text/css", sync_to_thread=False, cache_control=CacheControlHeader(max_age=DAY_S))
    def style() -> str:
        return stylesheet() + MAP_CSS

    @get(made.ICON, media_type="image/svg+xml", sync_to_thread=False, cache_control=CacheControlHeader(max_age=DAY_S))
    def icon() -> str:
        return made.MARK

    return [board, notice, part_of_notice, well_known, estate, leaving, ledger, note, machine, style, icon]


def _file(pages: Pages, path: str) -> Response[bytes]:
    """A file of the notice's pages, with its media type."""
    text = made.notice_file(pages, path)
    if text is None:
        raise NotFoundException
    kind = next((kind for end, kind in KINDS.items() if path.endswith(end)), MediaType.HTML)
    return Response(text, media_type=kind)


def _said(status: int) -> tuple[str, str]:
    if status == 404:
        return "There is no such page.", "The board has every clause of the notice, and what keeps it."
    if status < 500:
        return "This address cannot be answered.", "Nothing was changed. Start again from the board."
    return "This page cannot be shown now.", "Something behind it is out of reach. Nothing was lost; try again in a minute."
