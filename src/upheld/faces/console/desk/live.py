"""Live progress: while a case is carried out its page is told what changed, over server-sent events; loading it anew says the same.

A stream looks once a second, ends when the case has moved on or the server stops, and after a quarter of an hour at the latest; the browser
then begins another, so that none outlives the session that asked for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from upheld.faces.console.desk.looking import fragment, plans_running
from upheld.faces.console.rendering import Console

LOOKS_EVERY_S = 1.0
LOOKS_AT_MOST = 900


def live_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""

    @get("/desk/{id:str}/live", opt={"act": "look"}, sync_to_thread=False)
    def live(request: Request[Any, Any, Any], id: FromPath[str]) -> ServerSentEvent:
        return ServerSentEvent(_told(console, request, id))

    return [live]


async def _told(console: Console, request: Request[Any, Any, Any], id: str) -> AsyncIterator[ServerSentEventMessage]:
    last, stopping = "", getattr(request.app.state, "stopping", None)
    try:
        plans = await run_sync(plans_running, console, id)
    except NotFoundException:
        return
    for _ in range(LOOKS_AT_MOST):
        html, running = await run_sync(fragment, console, request, id, plans)
        if html != last:
            yield ServerSentEventMessage(data=html)
            last = html
        if not running or (stopping is not None and stopping.is_set()):
            yield ServerSentEventMessage(event="ended", data="")
            return
        await asyncio.sleep(LOOKS_EVERY_S)
