"""Looking: the queue, and one case beside it. Nothing is changed by a visit."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from upheld.duties.requests import Case, RequestFault
from upheld.duties.requests.cases import asks_of
from upheld.duties.requests.details import details_of_many
from upheld.duties.requests.model import case_number
from upheld.faces.app.desk.looking.plans import PlanShown, Progress, plan_of_ask, progress_of
from upheld.faces.console.desk.case import case_shown, name_of
from upheld.faces.console.desk.post_said import wants
from upheld.faces.console.desk.queue import lead_of, left_of, rows_of
from upheld.faces.console.desk.wording import STATES, channel_said, rights_said
from upheld.faces.console.rendering import SCRIPT, Console, address_of, page
from upheld.faces.console.tongue import ENGLISH, Tongue, tongue_of
from upheld.records.staff import Account, may

LOOK = {"act": "look"}
NAMES = ("name", "first-name", "last-name")


def looking_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""

    @get("/desk", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def queue(request: Request[Any, Any, Any]) -> str:
        ended = request.query_params.get("ended", "") == "yes"
        return page(console, request, "desk.html", **queue_values(console, request.user, ended=ended, say=tongue_of(request)))

    @get("/desk/{id:str}", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def case(request: Request[Any, Any, Any], id: FromPath[str]) -> str:
        return case_page(console, request, case_named(console, id))

    return [queue, case]


def case_named(console: Console, id: str) -> Case:
    """The case of this number; 404 for anything else."""
    try:
        return console.desk.case(case_number(id))
    except RequestFault:
        raise NotFoundException from None


def case_page(console: Console, request: Request[Any, Any, Any], case: Case, **more: Any) -> str:
    """The case beside the queue."""
    say = tongue_of(request)
    shown = case_shown(console, case, request.user, say)
    running = case.state == "working"
    values = {
        **queue_values(console, request.user, case.id, ended=not case.open, say=say),
        "shown": shown,
        "rights": rights_said(case.rights, say),
        "channel": channel_said(case.channel, say),
        "state": say(STATES[case.state]),
        "left": _left(case, console.app.settings.today, say),
        "progress": _progress(console, shown.plans) if running else (),
        "running": running,
        "scripts": (address_of(SCRIPT),) if running else (),
        "trouble": None,
        "at": "",
        "typed": "",
        **more,
    }
    return page(console, request, "case.html", **values)


def _left(case: Case, today: date, say: Tongue) -> tuple[str, str]:
    """`13 days left`, `2 days late`, with the class of its colour."""
    said, css = left_of(case, today, say)
    counts = case.answer_by is not None and not case.still and case.answer_by > today
    return (say("{days} left", days=said) if counts else said), css


def queue_values(
    console: Console, account: Account, current: str = "", ended: bool = False, say: Tongue = ENGLISH
) -> dict[str, Any]:
    """What the queue's list needs; names only for whoever works on cases."""
    today = console.app.settings.today
    cases = console.desk.queue(ended)
    waiting = cases if not ended else console.desk.queue()
    names: dict[int, str] = {}
    if may(account.role, "enter"):
        with console.app.own.connection() as connection:
            said = details_of_many(connection, console.desk.master, [case.number for case in cases], NAMES)
            names = {number: name for number, details in said.items() if (name := name_of(details))}
    return {
        "rows": rows_of(cases, names, today, current, say),
        "lead": lead_of(waiting, today, say),
        "ended": ended,
        "may_enter": may(account.role, "enter"),
        "wants": wants(console, say),
    }


def _progress(console: Console, plans: tuple[PlanShown, ...]) -> tuple[Progress, ...]:
    return tuple(one for plan in plans for one in progress_of(console.app, plan.digest, [store for store, _ in plan.stores]))


def plans_running(console: Console, id: str) -> tuple[PlanShown, ...]:
    """The plans of the case's asks, for whoever watches: while a case is carried out they do not change."""
    with console.app.own.connection() as connection:
        asks = asks_of(connection, case_named(console, id).number)
    return tuple(plan for ask, _ in asks if (plan := plan_of_ask(console.app, ask)) is not None)


def fragment(console: Console, request: Request[Any, Any, Any], id: str, plans: tuple[PlanShown, ...]) -> tuple[str, bool]:
    """The part of the page that lives while a case is carried out, and whether it still is. One statement, and one a plan."""
    case = case_named(console, id)
    running = case.state == "working"
    state = tongue_of(request)(STATES[case.state])
    values = {"case": case, "running": running, "state": state, "progress": _progress(console, plans), "menu": ()}
    return page(console, request, "running.html", **values), running


def answered(html: str, status: int) -> Response[str]:
    """A page with a status of its own."""
    return Response(html, status_code=status, media_type=MediaType.HTML)
