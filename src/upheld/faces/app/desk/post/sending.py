"""A letter's job becomes a try of the outbox; where no try will follow, its case says so, and a person finds another way.

A letter that came back and one that was never taken are told alike, as `bounced`: in both the person has heard nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upheld.duties.messages import send_letter
from upheld.duties.messages.outbox.looking import one_letter
from upheld.duties.requests import note_event, timeline
from upheld.faces.app.desk.post.mail_in import case_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


def send(desk: Desk, id: int) -> None:
    """One try of this letter, if it still waits."""
    if send_letter(desk.own, desk.master, id, desk.mail, desk.app.settings.now) != "failed":
        return
    with desk.own.transaction() as connection:
        letter = one_letter(connection, id)
        case = case_of(connection, letter.ref) if letter is not None else None
        if letter is None or case is None:
            return
        why = f"{letter.code} letter {letter.id}: {letter.kind}"
        if all(event.note != why for event in timeline(connection, desk.master, case.number)):
            note_event(connection, desk.master, desk.law, case.number, "bounced", desk.now, note=why)
