"""Around the cases: incidents, how background work stands, the pages of codes, the API's own description."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from upheld.duties.incidents import close_incident, incidents
from upheld.faces.api.codes import DETAILS, line_of
from upheld.faces.api.problems import ApiRefused, may_answer
from upheld.faces.api.routes.answers import Asking, Serial, by
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Desk
from upheld.records.jobs import jobs_now


def around_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @get("/incidents", opt={"act": "look"}, tags=["Incidents"], sync_to_thread=True, responses=may_answer())
    def listed(closed: Annotated[bool, QueryParameter(description="Those that were closed.")] = False) -> shown.Incidents:
        """What went against a promise or a law, until a person closes it."""
        with desk.own.connection() as connection:
            return shown.Incidents([shown.incident(one) for one in incidents(connection, closed)])

    @post(
        "/incidents/{number:int}/close",
        opt={"act": "answer"},
        tags=["Incidents"],
        status_code=200,
        sync_to_thread=True,
        responses=may_answer(404, 422),
    )
    def close(request: Asking, number: Serial, data: JSONBody[asked.Words]) -> shown.Incidents:
        """It is closed with its cause; the answer lists those that are still open."""
        with desk.own.transaction() as connection:
            if not close_incident(connection, number, data.text, by(request), desk.now):
                raise ApiRefused("R603", 404)
            return shown.Incidents([shown.incident(one) for one in incidents(connection)])

    @get("/jobs", opt={"act": "look"}, tags=["Health"], sync_to_thread=True, responses=may_answer())
    def jobs() -> shown.Health:
        """How background work stands."""
        with desk.own.connection() as connection:
            found = jobs_now(connection)
        return shown.Health(found.waiting, found.running, found.done, found.failed, found.workers, found.oldest_s)

    @get("/problems/{code:str}", opt={"open": True}, include_in_schema=False, sync_to_thread=False)
    def page(code: FromPath[str]) -> dict[str, str]:
        """What a code means: the `type` of a problem leads here."""
        if not line_of(code):
            raise ApiRefused("R603", 404)
        return {"code": code, "title": line_of(code), "detail": DETAILS.get(code, ""), "page": f"docs/codes/{code}.md"}

    @get("/openapi.json", opt={"open": True}, include_in_schema=False, sync_to_thread=False)
    def description(request: Request[Any, Any, Any]) -> dict[str, Any]:
        """The API's description, OpenAPI 3.1."""
        return request.app.openapi_schema.to_schema()

    return [listed, close, jobs, page, description]
