"""Letters of a case: how each stands, its page for an envelope, that it was posted, one that came back sent again."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, get
from litestar.params import PathParameter

from upheld.duties.messages.outbox import letters_of, mark_posted, print_letter, send_again
from upheld.duties.requests.model import case_number
from upheld.faces.api.problems import ApiRefused, may_answer
from upheld.faces.api.routes.answers import Asking, CaseId, Seen, acted, case_act
from upheld.faces.api.shapes import shown
from upheld.faces.app.desk import Desk

Letter = Annotated[int, PathParameter(ge=1, le=2**53, description="A letter's number.")]
Whole = Response[shown.CaseWhole]
ENTER = {"act": "enter"}


def letter_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @get("/cases/{id:str}/letters", opt=ENTER, tags=["Letters"], sync_to_thread=True, responses=may_answer(404))
    def listed(id: CaseId) -> shown.Letters:
        """Every letter of the case, the first first."""
        case = desk.case(case_number(id))
        with desk.own.connection() as connection:
            return shown.Letters([shown.letter(one) for one in letters_of(connection, case.id)])

    @get(
        "/cases/{id:str}/letters/{letter:int}",
        opt=ENTER,
        tags=["Letters"],
        sync_to_thread=True,
        media_type="application/pdf",
        responses=may_answer(404, 409),
    )
    def read(id: CaseId, letter: Letter) -> Response[bytes]:
        """The letter as PDF, for whoever puts it into an envelope."""
        _belongs(desk, id, letter)
        with desk.own.connection() as connection:
            return Response(print_letter(connection, desk.master, letter), media_type="application/pdf")

    @case_act("letters/{letter:int}/posted", "enter", "Letters")
    def posted(request: Asking, id: CaseId, letter: Letter, seen: Seen = None) -> Whole:
        """It lies in the post."""

        def noted(_: int, by: str) -> None:
            _belongs(desk, id, letter)
            with desk.own.transaction() as connection:
                mark_posted(connection, letter, by.partition(":")[2], desk.now)

        return acted(desk, request, id, seen, noted)

    @case_act("letters/{letter:int}/again", "enter", "Letters")
    def again(request: Asking, id: CaseId, letter: Letter, seen: Seen = None) -> Whole:
        """A letter that came back, or could not be sent, is sent once more."""

        def sent(_: int, by: str) -> None:
            _belongs(desk, id, letter)
            with desk.own.transaction() as connection:
                send_again(connection, letter, desk.now)

        return acted(desk, request, id, seen, sent)

    return [listed, read, posted, again]


def _belongs(desk: Desk, id: str, letter: int) -> None:
    """R603 for a letter of another case."""
    case = desk.case(case_number(id))
    with desk.own.connection() as connection:
        if letter not in {one.id for one in letters_of(connection, case.id)}:
            raise ApiRefused("R603", 404)
