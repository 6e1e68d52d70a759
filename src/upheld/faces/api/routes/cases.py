"""Cases: the queue page by page, a new one, one whole, what was missing; and what may be asked for at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import ResponseHeader
from litestar.params import JSONBody, PathParameter, QueryParameter

from upheld.duties.requests.model import case_number
from upheld.faces.api.problems import ApiRefused, may_answer
from upheld.faces.api.routes.answers import MARK, Asking, CaseId, Seen, acted, answered, as_cursor, by, place_of
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Asked, Desk
from upheld.faces.app.desk.looking import queue_page
from upheld.faces.app.errors import Unusable

PAGE, MOST = 50, 200
OLDEST = timedelta(days=366)
PREFIX = "api"


def case_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @get("/regimes/{regime:str}/rights", opt={"act": "look"}, tags=["Asking"], sync_to_thread=True, responses=may_answer(404))
    def rights(
        regime: Annotated[str, PathParameter(pattern=asked.ID, description="A law, as `us-ca-ccpa`.")],
        channel: Annotated[asked.Channel, QueryParameter(description="How the request would come in.")] = "web-form",
    ) -> shown.Menu:
        """Every right that a person under this law may use here, with what it takes."""
        if regime not in desk.law.regimes:
            raise ApiRefused("R603", 404)
        return shown.Menu(regime, [shown.right(offer, channel) for offer in desk.menu(regime)])

    @get("/cases", opt={"act": "look"}, tags=["Cases"], sync_to_thread=True, responses=may_answer())
    def queue(
        ended: Annotated[bool, QueryParameter(description="Those that ended, the latest first.")] = False,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST)] = PAGE,
        cursor: Annotated[str | None, QueryParameter(max_length=200, description="`next` of the page before.")] = None,
    ) -> shown.Queue:
        """Cases, the most urgent first."""
        page, more = queue_page(desk, ended, place_of(cursor, ended), limit)
        return shown.Queue([shown.line(case) for case in page], as_cursor(more))

    @post(
        "/cases",
        opt={"act": "enter"},
        tags=["Asking"],
        sync_to_thread=True,
        responses=may_answer(409, 422),
        response_headers=[ResponseHeader(name="Location", description="The case.", documentation_only=True)],
    )
    def enter(request: Asking, data: JSONBody[asked.NewCase]) -> Response[shown.Opened]:
        """A request opens a case at once, whatever it lacks; what lacks is asked back for. Whoever sends it again opens no second one."""
        opened = desk.open(_asked(desk, request, data))
        made = shown.Opened(shown.line(opened.case), opened.again, desk.links.case(opened.link) if opened.link else "")
        return Response(made, headers={"Location": f"/api/v1/cases/{opened.case.id}"})

    @get(
        "/cases/{id:str}",
        opt={"act": "look"},
        tags=["Cases"],
        sync_to_thread=True,
        response_headers=MARK,
        responses=may_answer(404),
    )
    def case(request: Asking, id: CaseId) -> Response[shown.CaseWhole]:
        """One case with all that is known of it."""
        return answered(desk, request, case_number(id))

    @post(
        "/cases/{id:str}/details",
        opt={"act": "enter"},
        tags=["Asking"],
        sync_to_thread=True,
        status_code=200,
        response_headers=MARK,
        responses=may_answer(404, 409, 412, 422),
    )
    def details(request: Asking, id: CaseId, data: JSONBody[asked.MoreSaid], seen: Seen = None) -> Response[shown.CaseWhole]:
        """What was missing comes in."""
        return acted(
            desk, request, id, seen, lambda number, who: desk.complete(number, data.person.details(), who, data.country)
        )

    @get(
        "/cases/{id:str}/rights/{right:str}/grounds",
        opt={"act": "look"},
        tags=["Deciding"],
        sync_to_thread=True,
        responses=may_answer(404),
    )
    def grounds(id: CaseId, right: Annotated[str, PathParameter(pattern=asked.ID)]) -> shown.Grounds:
        """Every ground on which this right may be refused to this person."""
        found = desk.grounds(case_number(id), right)
        return shown.Grounds([shown.Ground(ground, cite) for ground, cite in found.items()])

    return [rights, queue, enter, case, details, grounds]


def _asked(desk: Desk, request: Asking, data: JSONBody[asked.NewCase]) -> Asked:
    now = desk.now
    received = data.received_at or now
    if not now - OLDEST <= received <= now:
        raise Unusable(
            "R513", "It lies ahead, or more than a year back.", "The clock runs from the moment at which it came in."
        )
    made = Asked(
        rights=tuple(data.rights),
        regime=data.regime,
        channel=data.channel,
        received_at=received,
        details=data.person.details(),
        language=data.language,
        country=data.country,
        by=by(request),
        representative=data.representative,
    )
    return replace(made, origin=f"{PREFIX}:{data.origin}") if data.origin else made
