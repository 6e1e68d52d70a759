"""A case and what happened become letters in the outbox, composed in the person's language under her regime, in the caller's transaction.

Who gave an e-mail address is written to there; whoever did not gets paper, which an operator posts. A letter that the law wants fuller than
we can make it is refused where it is composed, and the case waits for a person. Must never: quote a row of a store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from upheld.duties.messages import compose, queue_letter
from upheld.duties.messages.letters.templates import template
from upheld.duties.requests import Case, details_of, note_event
from upheld.duties.requests.cases import LINK, own_case
from upheld.faces.app.desk.opening import MISSING
from upheld.faces.app.desk.standing.charge import in_charge

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

COMPLAINTS = frozenset({"complaint", "complaint-to-controller"})


def write(
    desk: Desk, connection: Any, case: Case, kind: str, values: Mapping[str, object], answers: str = "", then: str = ""
) -> int:
    """The letter's number. `values` that its kind does not take are left out; number, right, receipt and state page are filled in.

    `then`: an event that happens with it.
    """
    said = details_of(connection, desk.master, case.number)
    form = template(kind)
    takes = {*form.needs, *form.may, "rights"}
    filled: dict[str, object] = {
        "number": case.id,
        "right": case.rights[0],
        "rights": () if "right" in values else case.rights[1:] and case.rights,
        "received": case.received_at,
        "answer_by": case.answer_by,
        "status_link": desk.links.case(said[LINK]) if LINK in said else None,
        **values,
    }
    name = said.get("name") or " ".join(filter(None, (said.get("first-name"), said.get("last-name"))))
    email, post = said.get("email", ""), said.get("address-text", "")
    letter = compose(
        kind,
        {key: value for key, value in filled.items() if key in takes and value not in (None, "", (), [])},
        case.regime,
        case.language,
        firm=desk.firm,
        to=(name, *post.splitlines()),
        today=desk.now.date(),
        country=case.country,
    )
    number = queue_letter(
        connection, desk.master, case.id, letter, email, desk.now, channel="mail" if email else "print", answers=answers
    )
    note_event(connection, desk.master, desk.law, case.number, "letter-sent", desk.now, note=kind, then=then)
    return number


def acknowledge(desk: Desk, case: Case) -> bool:
    """The person knows that it came in and until when it is answered; where a link proves who she is, it is in the same letter."""
    from upheld.faces.app.desk import identifying

    kind = "complaint-received" if set(case.rights) <= COMPLAINTS else "acknowledgement"
    with desk.own.transaction() as connection:
        values: dict[str, object] = {}
        if kind == "acknowledgement" and case.state == "identity":
            values = identifying.link(desk, connection, case)
        write(desk, connection, case, kind, values)
        note_event(connection, desk.master, desk.law, case.number, "acknowledged", desk.now)
        owner = "" if case.owner else in_charge(desk, connection, case)
        if owner:
            own_case(connection, case.number, owner)
            note_event(connection, desk.master, desk.law, case.number, "taken", desk.now)
        if values and not identifying.papers_wanted(desk, connection, case):
            note_event(connection, desk.master, desk.law, case.number, "identity-asked", desk.now)
    return True


def ask_content(desk: Desk, case: Case) -> bool:
    """What the notice wants said and that lacks is asked for; the page of the case takes the answer."""
    with desk.own.transaction() as connection:
        said = details_of(connection, desk.master, case.number, [MISSING, LINK])
        lacks = [{"say": f"item/{item}"} for item in said.get(MISSING, "").split()]
        values = {"asked_for": lacks, "until": _until(desk, case), "answer_link": desk.links.case(said.get(LINK, ""))}
        write(desk, connection, case, "more-content", values)
        note_event(connection, desk.master, desk.law, case.number, "content-asked", desk.now)
    return True


def ask_papers(desk: Desk, connection: Any, case: Case, wanted: Sequence[str]) -> None:
    """Papers are asked for, in the caller's transaction; the page of the case takes them."""
    link = details_of(connection, desk.master, case.number, [LINK]).get(LINK, "")
    values = {
        "asked_for": [{"say": f"proof/{item}"} for item in wanted],
        "until": _until(desk, case),
        "upload_link": desk.links.case(link),
    }
    write(desk, connection, case, "more-identity", values)


def answer(desk: Desk, case: Case) -> bool:
    """The answer goes out, with the links of its files; the case ends as answered, or as refused where every right of it was refused."""
    from upheld.faces.app.desk.going_on import outcomes_of

    with desk.own.transaction() as connection:
        said = details_of(connection, desk.master, case.number)
        outcomes = outcomes_of(said, case.rights)
        for right, outcome in outcomes.items():
            values = _dated(dict(outcome["values"]))  # type: ignore[call-overload]
            files = outcome.get("files") or []
            if files:
                first = files[0]  # type: ignore[index]
                values |= {
                    "download_link": desk.links.file(first["token"]),
                    "download_until": datetime.fromisoformat(first["expires"]),
                    "fingerprint": first["sha256"],
                }
            then = "answered" if right == next(reversed(outcomes)) else ""
            write(desk, connection, case, str(outcome["letter"]), {"right": right, **values}, then=then)
        if not outcomes:
            note_event(connection, desk.master, desk.law, case.number, "answered", desk.now)
    return True


def _until(desk: Desk, case: Case) -> object:
    """Until when we should like to hear: the reminder's day, and never past the answer's."""
    day = desk.now.date() + timedelta(days=desk.policy.reminder_days)
    return min(day, case.answer_by) if case.answer_by else day


def _dated(values: dict[str, Any]) -> dict[str, Any]:
    """Days as they were noted become days again, so that a letter writes them in its language."""
    return {
        key: _day(value) if key.endswith(("_on", "_by", "_until", "_day", "_gone")) else value for key, value in values.items()
    }


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value
