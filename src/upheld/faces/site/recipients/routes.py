"""Addresses for recipients: the answer page, and callbacks. A visit changes nothing; who cannot sign or has no link learns nothing.

The link's token is what allows an answer, so that no cookie and no session is needed, and no other page can send the form.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import CacheControlHeader

from upheld.duties.recipients import OrderState, RecipientFault
from upheld.faces.app.desk import Desk, ordering
from upheld.faces.app.parts import POLICY, Part
from upheld.faces.site.recipients import page

DAY_S = 86_400
STATUS = {"R326": 403, "R332": 409}


def recipients_part(desk: Desk) -> Part:
    """The part of the server where recipients answer."""

    def shown(body: str, status: int = 200) -> Response[str]:
        return Response(body, status_code=status, media_type=MediaType.HTML)

    def firm() -> tuple[str, str]:
        return desk.firm.name, desk.program.notices[0].language

    @get("/answer/{token:str}", sync_to_thread=True)
    def ask(request: Request[Any, Any, Any]) -> Response[str]:
        order = _order(desk, request.path_params["token"])
        return shown(page.nothing_page(*firm()), 404) if order is None else shown(page.answer_page(order, *firm()))

    @post("/answer/{token:str}", status_code=200)
    async def take(request: Request[Any, Any, Any]) -> Response[str]:
        form, token = await request.form(), request.path_params["token"]
        state, reason = str(form.get("state", "")), str(form.get("reason", ""))
        return await _in_thread(lambda: answered(token, state, reason))

    def answered(token: str, state: str, reason: str) -> Response[str]:
        order = _order(desk, token)
        if order is None:
            return shown(page.nothing_page(*firm()), 404)
        if order.open and state not in page.ANSWERS:
            return shown(page.answer_page(order, *firm()), 400)
        with contextlib.suppress(RecipientFault):  # another answer came first: it stays, and the page says so
            order = ordering.answered_by_link(desk, token, state, reason) if order.open else order
        return shown(page.noted_page(*firm()) if order.state == "acknowledged" else page.thanks_page(*firm()))

    @post("/called-back/{recipient:str}", status_code=204)
    async def called_back(request: Request[Any, Any, Any]) -> Response[None]:
        body, recipient = await request.body(), request.path_params["recipient"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        return await _in_thread(lambda: taken(recipient, headers, body))

    def taken(recipient: str, headers: dict[str, str], body: bytes) -> Response[None]:
        try:
            ordering.called_back(desk, recipient, headers, body)
        except RecipientFault as fault:
            return Response(None, status_code=STATUS.get(fault.code, 403))
        return Response(None, status_code=204)

    @get("/answer.css", media_type="text/css", sync_to_thread=False, cache_control=CacheControlHeader(max_age=DAY_S))
    def style() -> str:
        return page.CSS

    def trouble(_: Request[Any, Any, Any], status: int) -> Response[Any]:
        return shown(page.nothing_page(*firm()), status)

    policy = POLICY.replace("form-action 'none'", "form-action 'self'")
    return Part("recipients", (ask, take, called_back, style), under="/recipients", policy=policy, trouble=trouble)


def _order(desk: Desk, token: str) -> OrderState | None:
    try:
        return ordering.by_link(desk, token)
    except RecipientFault:
        return None


async def _in_thread(work: Callable[[], Response[Any]]) -> Response[Any]:
    return await asyncio.to_thread(work)
