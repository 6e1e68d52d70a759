"""What two people or careful words decide: a refusal with law and reasons, a fee told beforehand, an objection weighed purpose by purpose, the end of a restriction."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from upheld.faces.app.desk.rights.objecting import Weighed, weigh_objections
from upheld.faces.app.desk.rights.restricting import announce_lifting, lift_restriction
from upheld.faces.app.errors import Unusable
from upheld.faces.console.desk.acts import carried
from upheld.faces.console.forms import Form, text, texts
from upheld.faces.console.rendering import Console
from upheld.records.people.rights.objections import Weighing

DECISIONS = ("upheld", "dismissed", "excepted")


def weighing_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    desk = console.desk

    @post("/desk/{id:str}/refuse", opt={"act": "answer"}, sync_to_thread=True)
    def propose(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        right, ground, reasons = text(data, "right"), text(data, "ground"), text(data, "text")
        return carried(
            console,
            request,
            id,
            f"refuse-{right}",
            reasons,
            lambda number, by: desk.propose_refusal(number, right, ground, reasons, by),
        )

    @post("/desk/{id:str}/refuse/confirm", opt={"act": "approve"}, sync_to_thread=True)
    def confirm(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        right = text(data, "right")
        return carried(console, request, id, "confirm", "", lambda number, by: desk.confirm_refusal(number, right, by))

    @post("/desk/{id:str}/fee", opt={"act": "answer"}, sync_to_thread=True)
    def fee(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        right, what_for = text(data, "right"), text(data, "text")
        amount = f"{text(data, 'amount').strip().replace(',', '.')} {text(data, 'currency').strip().upper()}"
        return carried(
            console, request, id, "fee", what_for, lambda number, by: desk.ask_fee(number, right, amount, what_for, by)
        )

    @post("/desk/{id:str}/fee/paid", opt={"act": "answer"}, sync_to_thread=True)
    def paid(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return carried(console, request, id, "fee", "", desk.fee_paid)

    @post("/desk/{id:str}/weigh", opt={"act": "approve"}, sync_to_thread=True)
    def weigh(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return carried(console, request, id, "weigh", "", lambda number, by: weigh_objections(desk, number, _weighed(data), by))

    @post("/desk/{id:str}/lifting", opt={"act": "answer"}, sync_to_thread=True)
    def announce(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        why = text(data, "text")
        return carried(
            console,
            request,
            id,
            "lifting",
            why,
            lambda number, by: announce_lifting(desk, number, _day(text(data, "day")), why, by),
        )

    @post("/desk/{id:str}/lift", opt={"act": "answer"}, sync_to_thread=True)
    def lift(request: Request[Any, Any, Any], id: FromPath[str], data: Form) -> Response[Any]:
        return carried(console, request, id, "lifting", "", lambda number, by: lift_restriction(desk, number, by))

    return [propose, confirm, fee, paid, weigh, announce, lift]


def _weighed(data: dict[str, Any]) -> dict[str, Weighed]:
    """Each purpose as it was decided apart, or as all of them were."""
    found = {}
    for purpose in texts(data, "purpose"):
        apart = text(data, f"decision:{purpose}")
        decision = apart or text(data, "decision")
        if decision in DECISIONS:
            because, cites, until = (text(data, f"{key}:{purpose}") or text(data, key) for key in ("because", "cites", "until"))
            day = _day(until) if until and decision == "excepted" else None
            found[purpose] = Weighed(cast(Weighing, decision), because, cites, day)
    return found


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Unusable("R513", "The day cannot be read.", "Write it so: 2026-11-02.") from None
