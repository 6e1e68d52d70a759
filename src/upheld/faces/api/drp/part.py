"""The Data Rights Protocol becomes a part of the server: five addresses under `/v1`, whose bodies are signed texts and whose answers are JSON.

No rule of the protocol lives here: `desk.agents` reads the messages and knows whose is what. Errors have the protocol's own form, `code`,
`message`, `fatal`; a set-up that fails is 403 without a body, as the protocol wants. Source: Data Rights Protocol 0.9.4 (1.0), section 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, Response, Router, delete, get, post
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromPath

from upheld.faces.api.bearers import Counts
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.agents import Agent, AgentFault, agent_of, agents_of, ask, revoke, set_up, status
from upheld.faces.app.desk.agents.envelopes import LARGEST
from upheld.faces.app.errors import Unusable
from upheld.faces.app.parts import HEADERS, Part

UNDER = "/v1"
REQUESTS = "/data-rights-request"
Asking = Request[Any, Any, Any]
SAID = {
    404: "There is no such address.",
    405: "Another method is wanted here.",
    413: "This is too large.",
    429: "Too many requests.",
}


def drp_part(desk: Desk) -> Part:
    """The protocol over a firm's desk. Unusable R620, R621 where the firm's file of agents is wrong."""
    agents_of(desk)
    handlers = [*_requests(desk), *_agents(desk)]
    return Part(
        name="drp",
        under=UNDER,
        handlers=[Router("/", route_handlers=handlers, exception_handlers={AgentFault: _refused, Unusable: _not_now})],
        trouble=lambda _, status: _error(
            status, SAID.get(status, "This cannot be answered."), 400 <= status < 500 and status != 429
        ),
        largest_body=LARGEST,
    )


def _requests(desk: Desk) -> list[Any]:
    counts = Counts(desk.app, what="drp")

    def asked(request: Asking, verb: Callable[[Agent], dict[str, str]]) -> dict[str, str]:
        agent = agent_of(desk, _token(request))
        _count(counts, agent.id)
        return verb(agent)

    @post([REQUESTS, f"{REQUESTS}/"], status_code=200)
    async def exercise(request: Asking) -> dict[str, str]:
        body = await request.body()
        return await run_sync(asked, request, lambda agent: ask(desk, agent, body))

    @get(REQUESTS + "/{id:str}", sync_to_thread=True)
    def stands(request: Asking, id: FromPath[str]) -> dict[str, str]:
        return asked(request, lambda agent: status(desk, agent, id))

    @delete(REQUESTS + "/{id:str}", status_code=200)
    async def taken_back(request: Asking, id: FromPath[str]) -> dict[str, str]:
        body = await request.body()
        return await run_sync(asked, request, lambda agent: revoke(desk, agent, id, body))

    return [exercise, stands, taken_back]


def _agents(desk: Desk) -> list[Any]:
    counts = Counts(desk.app, what="drp-pair")

    @post("/agent/{id:str}", status_code=200)
    async def paired(request: Asking, id: FromPath[str]) -> Response[Any]:
        body = await request.body()
        await run_sync(_count, counts, id if id in agents_of(desk).agents else "")
        try:
            return Response({"agent-id": id, "token": await run_sync(set_up, desk, id, body)})
        except AgentFault:
            return Response(b"", status_code=403)

    @get("/agent/{id:str}", sync_to_thread=True)
    def known(request: Asking, id: FromPath[str]) -> dict[str, str]:
        if agent_of(desk, _token(request)).id != id:
            raise AgentFault("R633")
        return {}

    return [paired, known]


def _token(request: Asking) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _count(counts: Counts, who: str) -> None:
    if wait := counts.waits(who):
        raise TooManyRequestsException(headers={"Retry-After": str(wait)})


def _refused(_: Asking, error: AgentFault) -> Response[Any]:
    made = _error(error.status, f"{error.code} {error.summary}.", error.fatal)
    if error.status == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made


def _not_now(_: Asking, error: Unusable) -> Response[Any]:
    return _error(503, f"{error.code}: this cannot be answered now.", False)


def _error(status: int, message: str, fatal: bool) -> Response[Any]:
    said = {"code": str(status), "message": message, **({"fatal": True} if fatal else {})}
    return Response(said, status_code=status, headers={**HEADERS, "Cache-Control": "no-store"})
