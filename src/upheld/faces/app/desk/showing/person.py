"""A case becomes what its page shows to whoever has the link: steps without names, what is asked, which papers and files there are.

The link is shown to whoever filled in the form, before anything is proven. So nothing that was said stands on the page, and no file is
opened from it: those go to the address that was proven. Not taken: a page that lets its visitor change what was said; after the proof it
could move the answer elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of, timeline
from upheld.duties.requests.states import may_happen
from upheld.faces.app.desk.completing import complete
from upheld.faces.app.desk.delivering import Kept
from upheld.faces.app.desk.going_on import outcomes_of
from upheld.faces.app.desk.identifying import BY_EMAIL
from upheld.faces.app.desk.opening import MISSING, UNPROVEN
from upheld.faces.app.desk.papers import Paper, papers_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

# Events of a case that are the person's business; the desk's own (a remark, a letter, who took it) are not.
LISTED = (
    "opened", "acknowledged", "content-asked", "completed-in-part", "content-received", "content-complete", "identity-asked",
    "paper-received", "papers-rejected", "proven-in-part", "identity-received", "planned", "approved", "executed", "recipient-answered",
    "recipients-answered", "extended", "decided", "answered", "refused", "withdrawn", "fetched", "proofs-destroyed", "opened-again",
)  # fmt: skip
# What the notice may want said and the page can ask for; the rest is proven.
MAY_ASK = frozenset({"name", "first-name", "last-name", "email", "phone", "address-text", "company-name", "company-place"})


@dataclass(frozen=True, slots=True)
class Shown:
    """`missing`: items still to be said; `by_link`: an e-mailed link proves what is wanted; `papers_for`: items that a paper proves.

    `steps`: (event, when) in order, repeated ones once. `files`: what the answer brings, without the way to open it.
    """

    case: Case
    steps: tuple[tuple[str, datetime], ...]
    missing: tuple[str, ...]
    by_link: bool
    papers_for: tuple[str, ...]
    papers: tuple[Paper, ...]
    files: tuple[Kept, ...]
    has_email: bool
    may_withdraw: bool


def shown(desk: Desk, case: Case) -> Shown:
    """What stands on the case's page. Three statements and one a table."""
    with desk.own.connection() as connection:
        said = details_of(connection, desk.master, case.number)
        events = timeline(connection, desk.master, case.number)
    wanted = said.get(UNPROVEN, "").split() if case.open else []
    email = bool(said.get("email"))
    steps: dict[str, datetime] = {}
    for event in events:
        if event.kind in LISTED:
            steps.setdefault(event.kind, event.at)
    return Shown(
        case,
        tuple(steps.items()),
        tuple(said.get(MISSING, "").split()) if case.state == "incomplete" else (),
        email and bool(BY_EMAIL & set(wanted)),
        tuple(item for item in wanted if item not in BY_EMAIL or not email),
        papers_of(desk, case.number),
        _files(desk, case, said),
        email,
        may_happen(case.state, "withdrawn"),
    )


def complete_asked(desk: Desk, number: int, details: Mapping[str, str]) -> Case:
    """What the case still asks for comes in, and nothing else: what was said before stands. Unusable (R110) for what is no text."""
    asked = shown(desk, desk.case(number)).missing
    return complete(desk, number, {item: text for item, text in details.items() if item in asked})


def _files(desk: Desk, case: Case, said: Mapping[str, str]) -> tuple[Kept, ...]:
    """Files of the answer that can still be fetched."""
    if case.state not in ("answered", "refused"):
        return ()
    found = []
    for outcome in outcomes_of(said, case.rights).values():
        for one in outcome.get("files") or ():  # type: ignore[attr-defined]
            until = datetime.fromisoformat(one["expires"])
            if until > desk.now:
                found.append(Kept(one["token"], one["name"], one["sha256"], one["size"], until))
    return tuple(found)
