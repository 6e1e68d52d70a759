"""What every address of a case needs: its number from the path, the guard of two who meet, the case whole as the answer.

`If-Match` is looked at before the verb, and again in the verb's own transaction once that has locked the case: of two at the very same moment one
is refused.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.datastructures import ResponseHeader
from litestar.params import HeaderParameter, PathParameter

from upheld.duties.requests import Case
from upheld.duties.requests.marks import CaseMoved, only_as_seen
from upheld.duties.requests.model import case_number
from upheld.faces.api.problems import ApiRefused, may_answer
from upheld.faces.api.shapes import shown
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.looking import Place, whole_case
from upheld.records.staff.model import Act
from upheld.records.staff.tokens import Bearer

Asking = Request[Any, Bearer, Any]
CaseId = Annotated[str, PathParameter(description="A case's number.", pattern=r"^R-[0-9]{4,12}$", max_length=14)]
Seen = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match", description="The ETag of the case as you saw it: refused with 412 if it moved.", max_length=60
    ),
]
Serial = Annotated[int, PathParameter(ge=1, le=2**53)]
MARK = [ResponseHeader(name="ETag", description="The case's mark, for If-Match.", documentation_only=True)]


def by(request: Asking) -> str:
    """Who does it, as the timeline names them."""
    return f"staff:{request.user.ref}"


def answered(desk: Desk, request: Asking, number: int) -> Response[shown.CaseWhole]:
    """The case whole, as this token may see it."""
    found = whole_case(desk, number)
    return Response(shown.whole(found, request.auth.may("enter")), headers={"ETag": f'"{found.mark}"'})


def acted(
    desk: Desk, request: Asking, id: str, seen: str | None, verb: Callable[[int, str], Case | None]
) -> Response[shown.CaseWhole]:
    """The verb, done in the name of the token's account, unless the case moved since it was seen."""
    number = case_number(id)
    if seen is None or seen.strip() == "*":
        desk.case(number)
        verb(number, by(request))
        return answered(desk, request, number)
    marks = [one.strip().removeprefix("W/").strip('"') for one in seen.split(",")]
    if whole_case(desk, number).mark not in marks:
        raise ApiRefused("R606", 412)
    try:
        with only_as_seen(number, marks):
            verb(number, by(request))
    except CaseMoved:
        raise ApiRefused("R606", 412) from None
    return answered(desk, request, number)


def case_act(path: str, act: Act, tag: str = "Deciding") -> Callable[..., Any]:
    """An address below a case, which one act of the staff opens: it answers with the case as it stands then."""
    return post(
        f"/cases/{{id:str}}/{path}",
        opt={"act": act},
        tags=[tag],
        status_code=200,
        sync_to_thread=True,
        response_headers=MARK,
        responses=may_answer(404, 409, 412, 422),
    )


def as_cursor(place: Place | None) -> str | None:
    """A place as an opaque text for the next page."""
    if place is None:
        return None
    said = json.dumps([place.number, place.at.isoformat() if place.at else None])
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def place_of(cursor: str | None, ended: bool) -> Place | None:
    """The place behind a cursor. R607 for anything else."""
    if cursor is None:
        return None
    try:
        number, at = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if type(number) is not int or not 0 < number < 2**53 or (ended and at is None):
            raise ValueError
        found = None if at is None else datetime.fromisoformat(at) if ended else date.fromisoformat(at)
        if isinstance(found, datetime) and found.tzinfo is None:
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise ApiRefused("R607", 400) from None
    return Place(number, found)
