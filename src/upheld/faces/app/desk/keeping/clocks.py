"""Open cases and today become warnings, reminders and incidents, each once: a day that was missed is an incident, whatever comes after.

Run hourly. Days are those of the case's own clock, which law and notice set; how long before we warn is the deployment's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from upheld.duties.incidents import open_incident
from upheld.duties.requests import Case, note_event, queue_of, timeline
from upheld.duties.requests.cases import locked
from upheld.faces.app.desk import identifying, writing

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

MISSED = "missed-deadline"
UNACKNOWLEDGED = "missed-acknowledgement"
ASKED = {"incomplete": "content-asked", "identity": "identity-asked"}


def watch(desk: Desk) -> int:
    """How many cases something was noted of. One transaction a case; a case that moved on meanwhile is looked at anew."""
    with desk.own.connection() as connection:
        cases = queue_of(connection, limit=100_000)
    return sum(_watch(desk, case.number) for case in cases)


def _watch(desk: Desk, number: int) -> bool:
    today = desk.now.date()
    with desk.own.transaction() as connection:
        case = locked(connection, number)
        if not case.open:
            return False
        happened = {event.kind: event.at for event in timeline(connection, desk.master, number)}
        news: list[str] = []
        unsaid = case.acknowledge_by and case.acknowledge_by < today and "acknowledged" not in happened
        if unsaid and open_incident(connection, UNACKNOWLEDGED, case.id, case.clauses, desk.now):
            news.append("late-acknowledgement")
        if case.answer_by and case.answer_by < today and "late" not in happened:
            open_incident(connection, MISSED, case.id, case.clauses, desk.now)
            news.append("late")
        elif case.answer_by and case.answer_by - today <= timedelta(desk.policy.warning_days) and "warned" not in happened:
            news.append("warned")
        for kind in news:
            note_event(connection, desk.master, desk.law, number, kind, desk.now)
        remind = _silent(desk, case, happened.get(ASKED.get(case.state, ""))) and "reminded" not in happened
    if remind:
        # The letter first: a crash between the two reminds twice, and never says so without a letter.
        (identifying.ask if case.state == "identity" else writing.ask_content)(desk, case)
        with desk.own.transaction() as connection:
            note_event(connection, desk.master, desk.law, number, "reminded", desk.now)
    return bool(news) or remind


def _silent(desk: Desk, case: Case, asked_at: object) -> bool:
    """Whether the person was asked for something and has said nothing for as long as the deployment waits."""
    return asked_at is not None and desk.now - asked_at >= timedelta(desk.policy.reminder_days)  # type: ignore[operator]
