"""What takes careful words: a fee told before a copy is made, an objection weighed purpose by purpose, the end of a restriction, a link sent again."""

from __future__ import annotations

from typing import Any

from litestar import Response
from litestar.params import JSONBody

from upheld.faces.api.routes.answers import Asking, CaseId, Seen, acted, case_act
from upheld.faces.api.shapes import asked, shown
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.rights.objecting import Weighed, weigh_objections
from upheld.faces.app.desk.rights.restricting import announce_lifting, lift_restriction

Whole = Response[shown.CaseWhole]


def weighing_handlers(desk: Desk) -> list[Any]:
    """The addresses of this page."""

    @case_act("fee", "answer")
    def fee(request: Asking, id: CaseId, data: JSONBody[asked.Fee], seen: Seen = None) -> Whole:
        """The person is told what a further copy costs, before it is made; a first copy never costs anything."""
        return acted(
            desk, request, id, seen, lambda number, by: desk.ask_fee(number, data.right, data.amount, data.what_for, by)
        )

    @case_act("fee/paid", "answer")
    def paid(request: Asking, id: CaseId, seen: Seen = None) -> Whole:
        """The fee that was asked came in."""
        return acted(desk, request, id, seen, desk.fee_paid)

    @case_act("weigh", "approve")
    def weigh(request: Asking, id: CaseId, data: JSONBody[asked.Weighing], seen: Seen = None) -> Whole:
        """Every purpose that is objected to is decided; what goes on is explained with its law or clause."""
        found = {one.purpose: Weighed(one.decision, one.because, one.cites, one.until) for one in data.purposes}
        return acted(desk, request, id, seen, lambda number, by: weigh_objections(desk, number, found, by))

    @case_act("lifting", "answer")
    def announce(request: Asking, id: CaseId, data: JSONBody[asked.Lifting], seen: Seen = None) -> Whole:
        """The person is told on which day her restriction ends, and why."""
        return acted(desk, request, id, seen, lambda number, by: announce_lifting(desk, number, data.day, data.text, by))

    @case_act("lift", "answer")
    def lift(request: Asking, id: CaseId, seen: Seen = None) -> Whole:
        """The restriction is over, and recipients are told; only after the person was."""
        return acted(desk, request, id, seen, lambda number, by: lift_restriction(desk, number, by))

    @case_act("link", "enter", "Asking")
    def link(request: Asking, id: CaseId, seen: Seen = None) -> Whole:
        """The link that proves the address goes out again; the older one opens nothing any more."""
        return acted(desk, request, id, seen, lambda number, _: _none(desk.link_again(number)))

    return [fee, paid, weigh, announce, lift, link]


def _none(_: object) -> None:
    """Whether one was sent is seen at the case's letters."""
