"""What operators decide: a plan approved or sent back, an answer written, a refusal with law and reasons, more time with a reason.

Each is one transaction, names who did it (`by`), and is refused where the case does not stand so (R102) or the law does not allow it. The
caller has asked whether the role may. Not taken: a field to set a state; a case moves by what happened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, RequestFault, details_of, note_details, note_event, request_of
from upheld.duties.requests.cases import clock_now, locked, own_case
from upheld.faces.app.desk import writing
from upheld.faces.app.desk.going_on import OUTCOME, PLANNED, prepared_of
from upheld.faces.app.desk.model import Prepared
from upheld.records.staff import approve as agree
from upheld.records.staff.approvals import Agreed
from upheld.records.staff.approvals import agreed as agreed_so_far

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

ANEW = ("planned", "sent-back", "stopped")  # after each of these a yes that was said before is none


def approve(desk: Desk, number: int, digests: Sequence[str], by: str) -> Case:
    """What was prepared is carried out. `digests`: of the plans that were shown, empty where none was; R120 if another stands there now.

    Where two must say yes, the first yes is noted and the case waits; the same person cannot say it twice (R121). A yes is to this very plan: to
    another it is none.
    """
    with desk.own.transaction() as connection:
        case = locked(connection, number)  # of two at once the second sees the first
        prepared = prepared_of(details_of(connection, desk.master, number), case.rights)
        wanted = sorted(one.digest for one in prepared.values() if one.digest)
        if wanted != sorted(digests):
            raise RequestFault("R120", "Another plan stands there now than the one that was shown.", "Look at the plan again.")
        so_far = approvals(connection, case, prepared)
        if by in {one.by for one in so_far.by}:
            raise RequestFault("R121", "The same person cannot approve twice.", "Ask somebody else to look.")
        agreed = agree(
            connection, by, case.id, "carry-out", _prepared_said(connection, case, prepared), so_far.needed, desk.now
        )
        kind = "approved" if agreed.stands else "approved-first"
        return note_event(connection, desk.master, desk.law, number, kind, desk.now, by=by)


def approvals(connection: Any, case: Case, prepared: Mapping[str, Prepared]) -> Agreed:
    """Who said yes to what is prepared now, and how many must."""
    needed = 2 if any(one.second for one in prepared.values()) else 1
    return agreed_so_far(connection, case.id, "carry-out", _prepared_said(connection, case, prepared), needed)


def _prepared_said(connection: Any, case: Case, prepared: Mapping[str, Prepared]) -> str:
    """A fingerprint of what somebody says yes to: rights, plans, and the how-manieth time they were prepared or stopped."""
    row = connection.execute(
        "SELECT count(*) FROM request_event WHERE request = %s AND kind = ANY(%s)", [case.number, list(ANEW)]
    ).fetchone()
    said = [[right, one.digest, one.ask, one.note] for right, one in sorted(prepared.items())]
    return sha256(json.dumps([row[0], said]).encode()).hexdigest()


def send_back(desk: Desk, number: int, why: str, by: str) -> Case:
    """What was prepared is not what it should be; it is prepared anew, and nothing that was approved counts any more."""
    with desk.own.transaction() as connection:
        case = note_event(connection, desk.master, desk.law, number, "sent-back", desk.now, by=by, note=why)
        note_details(connection, desk.master, number, dict.fromkeys(_plans(case), ""), desk.now)
        return case


def answer_by_hand(desk: Desk, number: int, text: str, by: str) -> Case:
    """A person's answer to a question, a complaint, or a right that no machine can do."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        complaint = set(case.rights) <= writing.COMPLAINTS
        said: dict[str, object] = {
            "letter": "complaint-answered" if complaint else "answer",
            "refused": "",
            "values": {"answer": text},
            "files": [],
        }
        note_details(connection, desk.master, number, {OUTCOME + right: json.dumps(said) for right in case.rights}, desk.now)
        return note_event(connection, desk.master, desk.law, number, "decided", desk.now, by=by)


def extend(desk: Desk, number: int, reason: str, by: str) -> Case:
    """The answer may take longer, and the person is told why and until when. R122 where the law gives no more time, or too late."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        before = case.answer_by
        case = note_event(connection, desk.master, desk.law, number, "extended", desk.now, by=by, note=reason)
        if case.answer_by is None or before is None or case.answer_by <= before:
            raise RequestFault(
                "R122", "The law gives no more time, or it was not told in time.", "Answer by the day that stands."
            )
        cites = list(clock_now(connection, desk.law, case).cites)
        values = {"answer_by": before, "new_day": case.answer_by, "reasons": reason, "cites": cites}
        writing.write(desk, connection, case, "extension", values)
        return case


def withdraw(desk: Desk, number: int, by: str = "person") -> Case:
    """The person wants nothing any more; what was done stays done, and the letter says so."""
    with desk.own.transaction() as connection:
        case = note_event(connection, desk.master, desk.law, number, "withdrawn", desk.now, by=by)
        writing.write(desk, connection, case, "request-withdrawn", {"withdrawn_on": desk.now.date()})
        return case


def take(desk: Desk, number: int, owner: str, by: str) -> Case:
    """An operator has the case."""
    with desk.own.transaction() as connection:
        own_case(connection, number, owner)
        return note_event(connection, desk.master, desk.law, number, "taken", desk.now, by=by)


def note(desk: Desk, number: int, text: str, by: str) -> Case:
    """A remark for the desk, sealed with the case."""
    with desk.own.transaction() as connection:
        return note_event(connection, desk.master, desk.law, number, "note", desk.now, by=by, note=text)


def _plans(case: Case) -> list[str]:
    return [PLANNED + right for right in case.rights]
