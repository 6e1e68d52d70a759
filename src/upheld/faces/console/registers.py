"""Registers that an operator reads: incidents, decisions of machines that wait for a person, choices as counts, what is kept after erasures.

A register is on the menu only where there is something to read in it. Choices and kept rows are counted over everybody: no page here names a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from upheld.duties.incidents import close_incident, incidents
from upheld.faces.app.desk.looking import registers
from upheld.faces.app.desk.rights.deciding_points import decide_review, waiting_reviews
from upheld.faces.app.errors import Unusable
from upheld.faces.console.desk.case import faults
from upheld.faces.console.forms import Form, again, on_to, text
from upheld.faces.console.rendering import Console, page
from upheld.faces.console.tongue import Tongue, tongue_of
from upheld.records.staff import all_accounts

LOOK, APPROVE = {"act": "look"}, {"act": "approve"}


@dataclass(frozen=True, slots=True)
class Counted:
    """A table of counts: `heads`, rows of cells (numbers stand right), the sentence above it and the one below."""

    title: str
    lead: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int]
    foot: str


def register_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""
    app = console.app

    def trouble_of(error: Exception) -> dict[str, str]:
        said = faults(error)
        if said is None:
            raise error
        return dict(zip(("code", "reason", "help"), said, strict=True))

    def shown_incidents(say: Tongue, **more: Any) -> dict[str, Any]:
        with app.own.connection() as connection:
            names = {f"staff:{one.ref}": one.name for one in all_accounts(connection)}
            found = incidents(connection)
            return {
                "open": found,
                "closed": incidents(connection, closed=True),
                "names": names,
                "lead": counted_in(
                    say, len(found), "no incident is open", "{number} incident is open", "{number} incidents are open"
                ),
                "trouble": None,
                **more,
            }

    def shown_decisions(say: Tongue, **more: Any) -> dict[str, Any]:
        found = waiting_reviews(console.desk)
        none = "no decision of a machine waits for a person"
        one, many = "{number} decision of a machine waits for a person", "{number} decisions of machines wait for a person"
        lead = counted_in(say, len(found), none, one, many)
        return {"reviews": found, "lead": lead, "trouble": None, "typed": "", **more}

    @get("/incidents", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def all_incidents(request: Request[Any, Any, Any]) -> str:
        return page(console, request, "incidents.html", **shown_incidents(tongue_of(request)))

    @post("/incidents/{number:int}", opt=APPROVE, sync_to_thread=True)
    def close(request: Request[Any, Any, Any], number: FromPath[int], data: Form) -> Response[Any]:
        cause, by = text(data, "text").strip(), f"staff:{request.user.ref}"
        try:
            if not cause:
                raise Unusable(
                    "R514", "An incident is closed with its cause.", "Write why it came to it, and what is done now."
                )
            with app.own.transaction() as connection:
                close_incident(connection, number, cause, by, app.settings.now())
        except Unusable as error:
            return again(console, request, "incidents.html", **shown_incidents(tongue_of(request), trouble=trouble_of(error)))
        return on_to("/incidents")

    @get("/decisions", opt=APPROVE, media_type=MediaType.HTML, sync_to_thread=True)
    def decisions(request: Request[Any, Any, Any]) -> str:
        return page(console, request, "decisions.html", **shown_decisions(tongue_of(request)))

    @post("/decisions/{review:str}", opt=APPROVE, sync_to_thread=True)
    def decide(request: Request[Any, Any, Any], review: FromPath[str], data: Form) -> Response[Any]:
        said = text(data, "text").strip()
        try:
            if not said:
                raise Unusable("R514", "A decision is said in words.", "Write what is decided.")
            decide_review(console.desk, review, said, f"staff:{request.user.ref}", request.user.role)
        except Exception as error:
            return again(
                console, request, "decisions.html", **shown_decisions(tongue_of(request), trouble=trouble_of(error), typed=said)
            )
        return on_to("/decisions")

    @get("/choices", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def choices(request: Request[Any, Any, Any]) -> str:
        return page(console, request, "counts.html", counted=choices_counted(console, tongue_of(request)))

    @get("/retention", opt=LOOK, media_type=MediaType.HTML, sync_to_thread=True)
    def retention(request: Request[Any, Any, Any]) -> str:
        return page(console, request, "counts.html", counted=kept_counted(console, tongue_of(request)))

    return [all_incidents, close, decisions, decide, choices, retention]


def counted_in(say: Tongue, count: int, none: str, one: str, many: str) -> str:
    """`no incident is open`, `one incident is open`, `two incidents are open`."""
    return say(none) if count == 0 else say.counted(count, one, many)


def choices_counted(console: Console, say: Tongue) -> Counted:
    """The last answer of each person to each choice, counted."""
    found, labels = registers.choices_counted(console.desk), console.desk.labels
    said = tuple((labels.word(one.choice, say.language, first=True), f"{one.yes:,}", f"{one.no:,}") for one in found)
    one, many = "{number} choice has been answered", "{number} choices have been answered"
    lead = counted_in(say, len(found), "no choice has been answered", one, many)
    foot = "The last answer of each person counts. Who said what stands in their own records, and goes with them."
    return Counted("Choices", say.sentence(lead), ("Choice", "Yes", "No"), said, frozenset({1, 2}), foot)


def kept_counted(console: Console, say: Tongue) -> Counted:
    """Rows that erasures left standing, by table, ground and end."""
    found = registers.kept_counted(console.desk)
    said = tuple(
        (f"{one.store}.{one.place}", f"{one.rows:,}", _ground(one, say), say.day(one.until) if one.until else say("no day set"))
        for one in found
    )
    total = sum(one.rows for one in found)
    one, many = (
        "1 row is kept after erasures, on a ground and until a day",
        "{number} rows are kept after erasures, each on a ground and until a day",
    )
    lead = say(one if total == 1 else many, number=f"{total:,}") if total else say("nothing is kept after an erasure")
    foot = (
        "What promises end by their date is planned with upheld retain; what stands here ends by itself when its day has come."
    )
    return Counted("Retention", say.sentence(lead), ("Table", "Rows", "Ground", "Until"), said, frozenset({1}), foot)


def _ground(one: registers.KeptCount, say: Tongue) -> str:
    return (say.words_of(one.ground) if one.ground else say("as its clause says")) + (f", {one.hold}" if one.hold else "")
