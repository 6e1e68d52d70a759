"""Papers that prove something: their list for everybody who reads, what they show for the case's one verifier."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import JSONBody
from litestar.response import Stream

from upheld.duties.requests.model import case_number
from upheld.faces.api.problems import may_answer
from upheld.faces.api.routes.answers import MARK, Asking, CaseId, Seen, Serial, acted, by
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Desk

VERIFY = {"act": "identify"}


def proof_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @get(
        "/cases/{id:str}/papers/{serial:int}",
        opt=VERIFY,
        tags=["Proofs"],
        sync_to_thread=True,
        media_type="application/octet-stream",
        responses=may_answer(404, 409),
    )
    def see(request: Asking, id: CaseId, serial: Serial) -> Stream:
        """A paper's bytes. Whoever looks first is the case's verifier, and each look stands on the timeline."""
        _, blocks = desk.see_paper(case_number(id), serial, by(request))
        return Stream(blocks, media_type="application/octet-stream", headers={"Content-Disposition": "attachment"})

    @post(
        "/cases/{id:str}/papers/accept",
        opt=VERIFY,
        tags=["Proofs"],
        status_code=200,
        sync_to_thread=True,
        response_headers=MARK,
        responses=may_answer(404, 409, 412, 422),
    )
    def accept(request: Asking, id: CaseId, data: JSONBody[asked.Proven], seen: Seen = None) -> Response[shown.CaseWhole]:
        """These items are proven; papers that nothing waits for any more are destroyed."""
        return acted(desk, request, id, seen, lambda number, who: desk.accept_papers(number, frozenset(data.items), who))

    @post(
        "/cases/{id:str}/papers/reject",
        opt=VERIFY,
        tags=["Proofs"],
        status_code=200,
        sync_to_thread=True,
        response_headers=MARK,
        responses=may_answer(404, 409, 412, 422),
    )
    def reject(request: Asking, id: CaseId, data: JSONBody[asked.Words], seen: Seen = None) -> Response[shown.CaseWhole]:
        """The papers prove nothing: they are destroyed, and the person is asked again."""
        return acted(desk, request, id, seen, lambda number, who: desk.reject_papers(number, data.text, who))

    return [see, accept, reject]
