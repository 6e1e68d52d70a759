"""What goes wrong becomes a problem document (RFC 9457): type, title, status, detail; the type is the page of the code.

Every refusal of the desk keeps its own code, and its reason holds no value of a request. What is not a refusal of ours is said by its status
alone: a parser's message may quote what was sent. Must never: tell two kinds of nothing apart, or two kinds of no.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from upheld.faces.api.codes import DETAILS, OF_STATUS, line_of
from upheld.faces.app.errors import NotNow, OutOfReach, trouble_of
from upheld.faces.app.parts import HEADERS

PROBLEM = "application/problem+json"
PAGES = "/api/v1/problems"
# Codes whose meaning HTTP has a status for; every other refusal of the desk is a conflict with how things stand.
NOT_THERE = frozenset({"R101", "R332", "R505", "R135", "R233"})
UNREADABLE = frozenset({"R251", "R110", "R123", "R125", "R136", "R507", "R510", "R512", "R513", "R130", "R132"})
TOO_LARGE = frozenset({"R131"})
FORBIDDEN = frozenset({"R508", "R134", "R234"})


class Problem(msgspec.Struct, omit_defaults=True):
    """Why something was not done (RFC 9457). `type` is the page of the code; no member ever holds a value of the request."""

    type: Annotated[str, Meta(description="Address of the page about this code.", examples=[f"{PAGES}/R102"])]
    title: Annotated[
        str, Meta(description="The code's first line, always the same.", examples=["the token does not allow this"])
    ]
    status: Annotated[int, Meta(description="The HTTP status.", examples=[409])]
    code: Annotated[str, Meta(description="The code.", examples=["R102"])]
    detail: Annotated[str, Meta(description="What is so here, and what to do.")] = ""
    at: Annotated[list[str], Meta(description="Members of the request that cannot be taken.")] = []


class ApiRefused(Exception):
    """A refusal of this face itself: R6xx."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code, self.status = code, status


def answer(code: str, status: int, detail: str = "", at: tuple[str, ...] = (), line: str = "") -> Response[Problem]:
    """The problem as an answer, under the headers of every answer."""
    title = line_of(code) or line or "refused"
    made = Problem(f"{PAGES}/{code}", title, status, code, detail or DETAILS.get(code, ""), list(at))
    return Response(
        made,
        status_code=status,
        media_type=PROBLEM,
        headers={**HEADERS, "Cache-Control": "no-store"},
    )


def by_status(_: Request[Any, Any, Any], status: int) -> Response[Any]:
    """The problem of a status alone: no such address, no token, a fault of ours."""
    code = OF_STATUS.get(status, "R604" if status < 500 else "R610")
    return answer(code, status)


def refused(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A refusal of the desk or of staff, by its code."""
    if isinstance(error, ApiRefused):
        return answer(error.code, error.status)
    code = str(getattr(error, "code", ""))
    if code in NOT_THERE:
        return answer("R603", 404)
    said = trouble_of(error)
    detail = f"{said.reason} {said.help}".strip()
    return answer(code, _status_of(error, code), detail, line=said.line)


def unreadable(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A body or parameter that has not the shape described: which member, never what stood there."""
    extra = getattr(error, "extra", None)
    found = [one.get("key", "") for one in extra if isinstance(one, dict)] if isinstance(extra, list) else []
    at = tuple(
        dict.fromkeys(str(key) for key in found if isinstance(key, str) and key.replace("_", "-").replace("-", "").isalnum())
    )
    return answer("R604", 400, at=at)


def handling(*kinds: type[Exception]) -> dict[Any, Callable[..., Response[Any]]]:
    """Which refusals become problems, for a router; what is none of them is by its status."""
    return {ValidationException: unreadable, ApiRefused: refused, **dict.fromkeys(kinds, refused)}


def may_answer(*statuses: int) -> dict[int, ResponseSpec]:
    """Descriptions of the problems that an address may answer with, besides those of all addresses."""
    every = {400, 401, 403, 405, 413, 429, 500, 503, *statuses}
    return {
        status: ResponseSpec(Problem, media_type=PROBLEM, generate_examples=False, description=_said(status))
        for status in sorted(every)
    }


def _status_of(error: Exception, code: str) -> int:
    if code in UNREADABLE:
        return 422
    if code in TOO_LARGE:
        return 413
    if code in FORBIDDEN:
        return 403
    if isinstance(error, OutOfReach | NotNow) or code.startswith("X"):
        return 503
    return 409


def _said(status: int) -> str:
    code = OF_STATUS.get(status, "R610" if status >= 500 else "")
    return line_of(code).capitalize() + "." if code else "It does not stand so that this may happen; the code says why."
