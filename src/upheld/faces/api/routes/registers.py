"""Registers: what machines proposed and a person must decide, choices and kept rows as counts, the ledger for whoever checks it."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get, post
from litestar.params import JSONBody, PathParameter
from litestar.response import Stream

from upheld.duties.requests.cases import asks_of
from upheld.duties.requests.model import case_number
from upheld.faces.api.problems import may_answer
from upheld.faces.api.routes.answers import Asking, CaseId, by
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.looking.plans import plan_of_ask
from upheld.faces.app.desk.looking.recipients import recipients_now
from upheld.faces.app.desk.looking.registers import choices_counted, kept_counted
from upheld.faces.app.desk.rights.deciding_points import decide_review, waiting_reviews
from upheld.faces.app.verifying import exported
from upheld.records.ledger import first_key

LOOK, APPROVE = {"act": "look"}, {"act": "approve"}


def register_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @get("/cases/{id:str}/plans", opt=LOOK, tags=["Cases"], sync_to_thread=True, responses=may_answer(404))
    def plans(id: CaseId) -> shown.Plans:
        """What would be done, or was: store by store, table by table, with what stays and why. Nothing is counted again."""
        case = desk.case(case_number(id))
        with desk.own.connection() as connection:
            asks = asks_of(connection, case.number)
        found = (plan_of_ask(desk.app, ask) for ask, _ in asks)
        return shown.Plans([shown.plan(one) for one in found if one is not None])

    @get("/decisions", opt=APPROVE, tags=["Registers"], sync_to_thread=True, responses=may_answer())
    def decisions() -> shown.Decisions:
        """What machines proposed and a person has not decided yet, the oldest first."""
        return shown.Decisions([shown.decision(one) for one in waiting_reviews(desk)])

    @post(
        "/decisions/{review:str}",
        opt=APPROVE,
        tags=["Registers"],
        status_code=200,
        sync_to_thread=True,
        responses=may_answer(404, 409, 422),
    )
    def decide(
        request: Asking,
        review: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9-]{1,40}$", description="A decision's number.")],
        data: JSONBody[asked.Words],
    ) -> shown.Decisions:
        """A person's word, which alone counts; the answer lists those that still wait."""
        decide_review(desk, review, data.text, by(request), request.user.role)
        return shown.Decisions([shown.decision(one) for one in waiting_reviews(desk)])

    @get("/choices", opt=LOOK, tags=["Registers"], sync_to_thread=True, responses=may_answer())
    def choices() -> shown.Choices:
        """The last answer of each person to each choice, counted."""
        return shown.Choices([shown.ChoiceLine(one.choice, one.yes, one.no) for one in choices_counted(desk)])

    @get("/retention", opt=LOOK, tags=["Registers"], sync_to_thread=True, responses=may_answer())
    def retention() -> shown.Retention:
        """Rows that erasures left standing, by table, ground and end."""
        found = kept_counted(desk)
        return shown.Retention(
            [shown.KeptLine(one.store, one.place, one.rows, one.ground, one.hold, one.until) for one in found]
        )

    @get("/recipients", opt=LOOK, tags=["Recipients"], sync_to_thread=True, responses=may_answer())
    def recipients() -> shown.Recipients:
        """Who gets data, how each is told, and whether one ever answered: `unproven` until a real one did."""
        return shown.Recipients([shown.recipient(one) for one in recipients_now(desk)])

    @get(
        "/ledger/export",
        opt=LOOK,
        tags=["Ledger"],
        sync_to_thread=True,
        media_type="application/jsonl",
        responses=may_answer(),
    )
    def export() -> Stream:
        """Every leaf and checkpoint, as an independent checker reads them; nobody is named in it."""
        return Stream(exported(desk.app), media_type="application/jsonl")

    @get("/ledger/key", opt=LOOK, tags=["Ledger"], sync_to_thread=True, responses=may_answer())
    def key() -> shown.LedgerKey:
        """The first key. Compare it with the one that was written down outside when the ledger began."""
        with desk.own.connection() as connection:
            return shown.LedgerKey(first_key(connection))

    return [plans, decisions, decide, choices, retention, recipients, export, key]
