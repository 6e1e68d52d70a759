"""A ground of law or notice, reasons and two people become a refusal: of one right, in a letter that names law, reasons and where to complain.

A ground that neither the notice nor the regime knows for this right refuses nothing (R123). Who proposed it does not confirm it (R121). Not
taken: refusing by closing a case; what is refused is answered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, RequestFault, details_of, note_details, note_event, request_of
from upheld.duties.requests.offers import offer_of
from upheld.faces.app.desk import writing
from upheld.faces.app.desk.going_on import OUTCOME

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

REFUSAL = "refusal:"


def grounds(desk: Desk, case: Case, right: str) -> dict[str, str]:
    """Ground → where it stands, for a right of a case: the exceptions of the regime and of the notice."""
    offer = offer_of(desk.program, desk.law, case.regime, right)
    if offer is None:
        return {}
    cites = {fact.value: fact.cite for terms in reversed(offer.laws) for fact in terms.unless}
    return {ground: cites.get(ground, ", ".join(offer.clauses)) for ground in sorted(offer.exceptions())}


def propose(desk: Desk, number: int, right: str, ground: str, reasons: str, by: str) -> Case:
    """A refusal waits for a second person. R123 for a ground that is none, or without reasons."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        if right not in case.rights or ground not in grounds(desk, case, right):
            raise RequestFault(
                "R123", "That is no ground on which this right may be refused.", "Choose one that the law or the notice gives."
            )
        if not reasons.strip():
            raise RequestFault(
                "R123", "A refusal has reasons.", "Write what is so in this case, in words the person understands."
            )
        said = json.dumps({"ground": ground, "reasons": reasons.strip(), "by": by}, ensure_ascii=False)
        note_details(connection, desk.master, number, {REFUSAL + right: said}, desk.now)
        return note_event(connection, desk.master, desk.law, number, "refusal-proposed", desk.now, by=by, note=ground)


def proposed(desk: Desk, case: Case) -> dict[str, dict[str, str]]:
    """Right → ground, reasons and who proposed it, of what waits for a second person."""
    with desk.own.connection() as connection:
        said = details_of(connection, desk.master, case.number)
    return {right: json.loads(said[REFUSAL + right]) for right in case.rights if said.get(REFUSAL + right)}


def confirm(desk: Desk, number: int, right: str, by: str) -> Case:
    """The second person says yes: the right is refused, and the letter goes out when nothing else of the case is to be done."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        said = details_of(connection, desk.master, number)
        if not said.get(REFUSAL + right):
            raise RequestFault("R123", "No refusal of this right was proposed.", "Propose it, with ground and reasons.")
        found = json.loads(said[REFUSAL + right])
        if found["by"] == by:
            raise RequestFault("R121", "The same person cannot approve twice.", "Ask somebody else to look.")
        values = {"reasons": found["reasons"], "cites": [grounds(desk, case, right).get(found["ground"], "")]}
        outcome = {"letter": "refusal", "refused": found["ground"], "values": values, "files": []}
        note_details(
            connection,
            desk.master,
            number,
            {OUTCOME + right: json.dumps(outcome, ensure_ascii=False), REFUSAL + right: ""},
            desk.now,
        )
        outcomes = {one: said.get(OUTCOME + one) for one in case.rights} | {right: json.dumps(outcome)}
        if all(outcomes.values()) and all(json.loads(one)["refused"] for one in outcomes.values() if one):
            for one, text in outcomes.items():
                writing.write(desk, connection, case, "refusal", {"right": one, **json.loads(text or "{}")["values"]})
            return note_event(connection, desk.master, desk.law, number, "refused", desk.now, by=by, note=found["ground"])
        return note_event(connection, desk.master, desk.law, number, "refused-in-part", desk.now, by=by, note=found["ground"])
