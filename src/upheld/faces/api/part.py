"""The API becomes a part of the server: its addresses, who may use which, its description, and a problem document for all that goes wrong.

Every address says which act of the staff it is; a guard asks token and role before anything else. No rule of a request lives here: the
addresses call the verbs of `app.desk`. Not taken: a second door for a browser's session; a cookie would need a form's token on each call.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp

from upheld.duties.messages import MessageFault
from upheld.duties.recipients import RecipientFault
from upheld.duties.requests import RequestFault
from upheld.faces.api.bearers import A_MINUTE, Bearers, Counts, allowed
from upheld.faces.api.problems import by_status, handling
from upheld.faces.api.routes import (
    act_handlers,
    around_handlers,
    case_handlers,
    disclosure_handlers,
    letter_handlers,
    proof_handlers,
    register_handlers,
    token_handlers,
    weighing_handlers,
)
from upheld.faces.app.desk import Desk
from upheld.faces.app.errors import Unusable
from upheld.faces.app.parts import HEADERS, Part
from upheld.records.keys import KeyFault
from upheld.records.people.rights import RightsFault
from upheld.records.staff.errors import StaffRefused

UNDER = "/api/v1"
FAULTS = (RequestFault, RecipientFault, MessageFault, StaffRefused, Unusable, KeyFault, RightsFault)
SAID = """Everything that the console does, for programs. Tokens are made at the console, or here with the scope `admin`; each has scopes
(`read`, `intake`, `work`, `verify`, `admin`) and is never worth more than the role of its account."""


def api_part(desk: Desk, a_minute: int = A_MINUTE) -> Part:
    """The API over a firm's desk. `a_minute`: how often one account may ask."""
    counts = Counts(desk.app, a_minute)

    def known(app: ASGIApp) -> Bearers:
        return Bearers(app, desk.app, counts)

    handlers = [
        *case_handlers(desk),
        *act_handlers(desk),
        *weighing_handlers(desk),
        *proof_handlers(desk),
        *letter_handlers(desk),
        *register_handlers(desk),
        *around_handlers(desk),
        *disclosure_handlers(desk),
        *token_handlers(desk),
    ]
    return Part(
        name="api",
        under=UNDER,
        handlers=[Router("/", route_handlers=handlers, exception_handlers=handling(*FAULTS))],
        trouble=by_status,
        # A function, for Litestar copies what it is given, and an installation is not to be copied.
        middleware=[known],
        guards=[allowed],
        openapi=_described(),
    )


def _bearing(response: Response[Any]) -> Response[Any]:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _described() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Upheld: the rights desk",
        version="1",
        summary="Requests of people about their data, from receipt to answer.",
        description=SAID,
        use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        openapi_router=Router(f"{UNDER}/description", route_handlers=[], after_request=_bearing, include_in_schema=False),
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer", description="A token of the staff.")}
        ),
        security=[{"token": []}],
    )
