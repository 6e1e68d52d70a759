"""Parts become one application, each under its own headers, limits and words of trouble.

A fault is noted in the request's scope by its kind and its place in our code, for whoever logs; its own words go nowhere, for they may quote a row.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from upheld.faces.app.parts.part import Part

if TYPE_CHECKING:
    from litestar import Litestar, Request, Response, Router

FAULT = "fault"
SAID = {404: "There is no such address.", 413: "This is too large.", 503: "Not now. Try again in a minute."}
Trouble = Callable[["Request[Any, Any, Any]", Exception], "Response[Any]"]


def build_application(parts: Sequence[Part], stopping: threading.Event | None = None) -> Litestar:
    """All parts as an ASGI application; nothing is opened. An address that no part knows is answered by the part with the nearest `under`."""
    from litestar import Litestar
    from litestar.config.response_cache import ResponseCacheConfig
    from litestar.datastructures import State

    nearest = sorted(parts, key=lambda part: -len(part.under))

    def unrouted(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        part = next(part for part in [*nearest, Part("none", ())] if _below(request.scope["path"], part.under))
        return _trouble(part)(request, error)

    return Litestar(
        route_handlers=[_router(part) for part in parts],
        exception_handlers={Exception: unrouted},
        openapi_config=next((part.openapi for part in parts if part.openapi is not None), None),
        logging_config=None,
        response_cache_config=ResponseCacheConfig(default_expiration=None),
        state=State({"stopping": stopping or threading.Event()}),
    )


def kind_and_place(error: BaseException) -> str:
    """`ValueError in reading.py:12`: what an error may tell of itself."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "upheld" in PurePath(frame.filename).parts] or list(frames)
    return f"{type(error).__name__} in {PurePath(ours[-1].filename).name}:{ours[-1].lineno}" if ours else type(error).__name__


def _below(path: str, under: str) -> bool:
    return path == under or path.startswith(under.rstrip("/") + "/")


def _router(part: Part) -> Router:
    from litestar import Router

    def bearing(response: Response[Any]) -> Response[Any]:
        return _with_headers(part, response)

    return Router(
        path=part.under,
        route_handlers=list(part.handlers),
        middleware=list(part.middleware),
        dependencies=dict(part.dependencies),
        guards=list(part.guards),
        after_request=bearing,
        exception_handlers={Exception: _trouble(part)},
        request_max_body_size=part.largest_body,
        include_in_schema=part.openapi is not None,
        **part.router,
    )


def _trouble(part: Part) -> Trouble:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        from litestar import MediaType, Response
        from litestar.exceptions import HTTPException

        status = error.status_code if isinstance(error, HTTPException) else 500
        if status >= 500:
            request.scope.setdefault("state", {})[FAULT] = kind_and_place(error)
        if part.trouble is not None:
            made = part.trouble(request, status)
        else:
            made = Response(SAID.get(status, "This cannot be answered."), status_code=status, media_type=MediaType.TEXT)
        if isinstance(error, HTTPException) and error.headers:
            for name in ("allow", "retry-after", "www-authenticate"):
                if value := {key.lower(): value for key, value in error.headers.items()}.get(name):
                    made.headers[name] = value
        return _with_headers(part, made)

    return answer


def _with_headers(part: Part, response: Response[Any]) -> Response[Any]:
    for name, value in part.all_headers().items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
