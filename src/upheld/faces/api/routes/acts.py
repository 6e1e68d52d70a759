"""What operators decide, each address one verb of the desk; whether the case stands so is the verb's to say."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, get
from litestar.params import JSONBody, PathParameter

from upheld.duties.recipients import Answer
from upheld.duties.recipients.orders import order_of
from upheld.faces.api.problems import ApiRefused, may_answer
from upheld.faces.api.routes.answers import Asking, CaseId, Seen, Serial, acted, case_act
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Desk, ordering

Whole = Response[shown.CaseWhole]


def act_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @case_act("approve", "approve")
    def approve(request: Asking, id: CaseId, data: JSONBody[asked.Approval], seen: Seen = None) -> Whole:
        """What was prepared is carried out, if it is what was shown. Where two must agree, the first yes waits for the second."""
        return acted(desk, request, id, seen, lambda number, by: desk.approve(number, data.digests, by))

    @case_act("send-back", "approve")
    def send_back(request: Asking, id: CaseId, data: JSONBody[asked.Words], seen: Seen = None) -> Whole:
        """What was prepared is prepared anew."""
        return acted(desk, request, id, seen, lambda number, by: desk.send_back(number, data.text, by))

    @case_act("answer", "answer")
    def answer(request: Asking, id: CaseId, data: JSONBody[asked.Words], seen: Seen = None) -> Whole:
        """A person's answer to a question, a complaint, or a right that no machine can do."""
        return acted(desk, request, id, seen, lambda number, by: desk.answer_by_hand(number, data.text, by))

    @case_act("refusals", "answer")
    def propose(request: Asking, id: CaseId, data: JSONBody[asked.Refusal], seen: Seen = None) -> Whole:
        """A refusal waits for a second person."""
        return acted(
            desk, request, id, seen, lambda number, by: desk.propose_refusal(number, data.right, data.ground, data.reasons, by)
        )

    @case_act("refusals/{right:str}/confirm", "approve")
    def confirm(
        request: Asking, id: CaseId, right: Annotated[str, PathParameter(pattern=asked.ID)], seen: Seen = None
    ) -> Whole:
        """The second person says yes; the letter names law, reasons and where to complain."""
        return acted(desk, request, id, seen, lambda number, by: desk.confirm_refusal(number, right, by))

    @case_act("extend", "answer")
    def extend(request: Asking, id: CaseId, data: JSONBody[asked.Words], seen: Seen = None) -> Whole:
        """The answer may take longer; the person is told why and until when."""
        return acted(desk, request, id, seen, lambda number, by: desk.extend(number, data.text, by))

    @case_act("withdraw", "answer")
    def withdraw(request: Asking, id: CaseId, seen: Seen = None) -> Whole:
        """The person wants nothing any more."""
        return acted(desk, request, id, seen, lambda number, by: desk.withdraw(number, by))

    @case_act("take", "enter")
    def take(request: Asking, id: CaseId, seen: Seen = None) -> Whole:
        """The token's account has the case."""
        return acted(desk, request, id, seen, lambda number, by: desk.take(number, request.user.ref, by))

    @case_act("notes", "enter")
    def note(request: Asking, id: CaseId, data: JSONBody[asked.Words], seen: Seen = None) -> Whole:
        """A remark for the desk, sealed with the case."""
        return acted(desk, request, id, seen, lambda number, by: desk.note(number, data.text, by))

    @case_act("orders/{order:int}/answer", "task", "Recipients")
    def order(request: Asking, id: CaseId, order: Serial, data: JSONBody[asked.OrderAnswer], seen: Seen = None) -> Whole:
        """What a recipient said to one of us."""

        def said(number: int, by: str) -> None:
            _of_case(desk, order, id)
            ordering.answer(desk, order, Answer(data.state, by))

        return acted(desk, request, id, seen, said)

    @case_act("orders", "task", "Recipients")
    def copies(request: Asking, id: CaseId, data: JSONBody[asked.Recipients], seen: Seen = None) -> Whole:
        """Recipients are asked for what they hold of the person; her copy waits for them."""
        return acted(desk, request, id, seen, lambda number, by: ordering.ask_for_copy(desk, number, data.recipients, by))

    @get(
        "/cases/{id:str}/orders/{order:int}/answer",
        opt={"act": "answer"},
        tags=["Recipients"],
        sync_to_thread=True,
        responses=may_answer(404, 409),
    )
    def said(id: CaseId, order: Serial) -> shown.Sent:
        """What a recipient sent back with its answer."""
        _of_case(desk, order, id)
        return shown.Sent(ordering.said_by(desk, order))

    @case_act("orders/{order:int}/again", "task", "Recipients")
    def again(request: Asking, id: CaseId, order: Serial, seen: Seen = None) -> Whole:
        """An order that waits for a person is sent once more, after whatever kept it was mended."""

        def sent(number: int, by: str) -> None:
            _of_case(desk, order, id)
            ordering.again(desk, order)

        return acted(desk, request, id, seen, sent)

    return [approve, send_back, answer, propose, confirm, extend, withdraw, take, note, order, copies, said, again]


def _of_case(desk: Desk, order: int, id: str) -> None:
    with desk.own.connection() as connection:
        if order_of(connection, order).reference != id:
            raise ApiRefused("R603", 404)
