"""Proofs that a case still waits for become asked for, come in, and open the way: an e-mailed link, a session, papers seen by one verifier.

A link proves the address that it was sent to, once, and only by a press on its page (a scanner's visit proves nothing). Must never: say
whether an address is known; whoever asks gets the same words. Papers: see `papers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, details_of, note_details, note_event
from upheld.duties.requests.cases import kinds_of
from upheld.duties.requests.tokens import issue, peek, revoke, use
from upheld.faces.app.desk import writing
from upheld.faces.app.desk.opening import UNPROVEN

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

PROVE_EMAIL = "prove-email"
BY_EMAIL = frozenset({"identity"})  # what control of the address that we hold proves, where neither law nor notice wants more
HERS = ("for-email", "for-phone")  # how another person is known: then the address of whoever asks proves nothing of her
PROVEN = "proven"


def ask(desk: Desk, case: Case) -> bool:
    """The person is asked for what is wanted: a link by e-mail where that proves something, papers for the rest."""
    with desk.own.transaction() as connection:
        said = details_of(connection, desk.master, case.number)
        first = "identity-asked" in kinds_of(connection, case.number)
        without = set(case.rights) <= writing.COMPLAINTS  # whose receipt bears no link
        if (first or without) and (values := link(desk, connection, case)):  # other first links went out with the receipt
            writing.write(desk, connection, case, "prove-email", values)
        papers = [item for item in said.get(UNPROVEN, "").split() if item not in BY_EMAIL or not _by_link(said)]
        if papers:
            writing.ask_papers(desk, connection, case, papers)
        note_event(connection, desk.master, desk.law, case.number, "identity-asked", desk.now)
    return True


def link_again(desk: Desk, case: Case) -> bool:
    """A new link is sent to the address that was given; the older one opens nothing any more. False where none would prove anything."""
    with desk.own.transaction() as connection:
        values = link(desk, connection, case)
        if values:
            writing.write(desk, connection, case, "prove-email", values)
    return bool(values)


def link(desk: Desk, connection: Any, case: Case) -> dict[str, object]:
    """Address and end of a new link that proves the e-mail address; empty where it would prove nothing that is wanted."""
    said = details_of(connection, desk.master, case.number, [UNPROVEN, "email", *HERS])
    if not _by_link(said) or not BY_EMAIL & set(said.get(UNPROVEN, "").split()):
        return {}
    revoke(connection, case.number, PROVE_EMAIL, desk.now)
    until = desk.now + desk.policy.link
    token = issue(connection, case.number, PROVE_EMAIL, desk.now, until)
    return {"prove_link": desk.links.prove(token), "prove_until": until}


def papers_wanted(desk: Desk, connection: Any, case: Case) -> bool:
    """Whether something is wanted that a link does not prove."""
    said = details_of(connection, desk.master, case.number, [UNPROVEN, "email", *HERS])
    return any(item not in BY_EMAIL or not _by_link(said) for item in said.get(UNPROVEN, "").split())


def _by_link(said: Mapping[str, str]) -> bool:
    return bool(said.get("email")) and not any(said.get(one) for one in HERS)


def opens(desk: Desk, token: str) -> bool:
    """Whether pressing the button behind this link would prove something; nothing is used up."""
    with desk.own.connection() as connection:
        return peek(connection, token, PROVE_EMAIL, desk.now) is not None


def prove_email(desk: Desk, token: str) -> Case | None:
    """The address is proven, once; the case goes on where nothing else is wanted. None for a link that opens nothing, as one does since it became known
    that the case is another person's."""
    with desk.own.transaction() as connection:
        number = use(connection, token, PROVE_EMAIL, desk.now)
        if number is None or not _by_link(details_of(connection, desk.master, number, ["email", *HERS])):
            return None
        return proven(desk, connection, number, "email-link", BY_EMAIL)


def proven(desk: Desk, connection: Any, number: int, how: str, items: frozenset[str], by: str = "person") -> Case:
    """These items are proven; in the caller's transaction. The case moves when no other is wanted."""
    said = details_of(connection, desk.master, number, [UNPROVEN, PROVEN])
    left = [item for item in said.get(UNPROVEN, "").split() if item not in items]
    ways = " ".join(dict.fromkeys([*said.get(PROVEN, "").split(), how]))
    note_details(connection, desk.master, number, {UNPROVEN: " ".join(left), PROVEN: ways}, desk.now)
    kind = "proven-in-part" if left else "identity-received"
    return note_event(connection, desk.master, desk.law, number, kind, desk.now, by=by, note=how)
