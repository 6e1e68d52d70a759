"""A case becomes its status in the protocol's words: state, reason, days, and where the person proves who they are.

Nothing of the person is in it, and nothing is fulfilled before the answer went out. What an operator wrote (why it takes longer) is told once
nothing waits for proof any more. Source: Data Rights Protocol 0.9.4 (1.0), sections 3.02 and 3.03.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of, timeline
from upheld.duties.requests.cases import LINK
from upheld.faces.app.desk.agents.words import words

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

ASKS = frozenset({"incomplete", "identity"})
OF_STATE = {"answered": "fulfilled", "refused": "denied", "withdrawn": "revoked"}
LONGER = "It takes longer than the first period; the person was told why."
NUMBER = "agent-request-id"


def status_of(desk: Desk, case: Case, id: str) -> dict[str, str]:
    """The Exercise Status object. `id`: the request's, as the agent knows it."""
    with desk.own.connection() as connection:
        said = details_of(connection, desk.master, case.number, [NUMBER, LINK])
        events = timeline(connection, desk.master, case.number)
    state = OF_STATE.get(case.state, "in_progress")
    page = desk.links.case(said[LINK]) if said.get(LINK) else ""
    found = {
        "request_id": id,
        "agent_request_id": said.get(NUMBER, ""),
        "status": state,
        "received_at": case.received_at.isoformat(),
        "expected_by": case.answer_by.isoformat() if case.answer_by and case.open else "",
    }
    if case.state in ASKS:
        found |= {"reason": "need_user_verification", "user_verification_url": page}
    if state == "denied":
        ground = next((one.note or "" for one in reversed(events) if one.kind.startswith("refused")), "")
        found |= {
            "reason": words().denied.get(ground, "other"),
            "processing_details": "The letter says on which ground, and where to complain.",
        }
    if state == "fulfilled":
        found |= {"results_url": page}
    longer = next((one.note or LONGER for one in reversed(events) if one.kind == "extended"), "")
    if longer and case.open:
        found |= {"processing_details": LONGER if case.state in ASKS else longer}
    if case.ended_at is not None:
        found |= {"expires_at": (case.ended_at + timedelta(days=desk.policy.kept_days)).isoformat()}
    return {name: text for name, text in found.items() if text}


def short(status: dict[str, str]) -> str:
    """What of a status an agent is called for: its state, reason and day."""
    return " ".join(status.get(name, "-") for name in ("status", "reason", "expected_by"))
