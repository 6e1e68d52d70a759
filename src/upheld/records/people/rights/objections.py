"""An objection counts from the moment it is made; then it is weighed, and stays, goes, or waits for a contract to end.

GDPR Art. 21(1): compelling grounds of the firm, or a claim in court, end it; anything else makes it stand for good. What the person and the firm agreed in a
contract may go on until that contract ends, and the objection counts again from that day, without anybody's doing. Art. 21(2) and (3): an objection to
direct marketing is never weighed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import psycopg

from upheld.records.people.facts import MARKETING
from upheld.records.people.rights.faults import RightsFault
from upheld.records.people.rights.told import tell

Weighing = Literal["upheld", "dismissed", "excepted"]


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection of a person. `decision` empty: it is being looked into, and the use is suspended."""

    subject: str
    purpose: str
    objected_at: datetime
    ended_at: datetime | None = None
    decision: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    excepted_until: date | None = None
    excepted_by: str = ""

    def counts(self, today: date) -> bool:
        """Whether the purpose is closed to this person's data on this day."""
        return self.ended_at is None and (self.excepted_until is None or self.excepted_until <= today)


def objections_of(connection: psycopg.Connection, subject: str, *, open: bool = True) -> tuple[Objection, ...]:
    """The person's objections that were not ended, the oldest first; or all that ever were."""
    rows = connection.execute(
        "SELECT subject, purpose, objected_at, ended_at, decision, decided_at, decided_by, excepted_until, excepted_by FROM person_objection "
        "WHERE subject = %s AND (ended_at IS NULL OR NOT %s) ORDER BY serial",
        [subject, open],
    ).fetchall()
    return tuple(
        Objection(ref, purpose, at, ended, decision or "", decided, by or "", until, cites or "")
        for ref, purpose, at, ended, decision, decided, by, until, cites in rows
    )


def weigh(connection: psycopg.Connection, subject: str, purpose: str, decision: Weighing, by: str, at: datetime, *,
          until: date | None = None, cites: str = "", clauses: tuple[str, ...] = ()) -> None:  # fmt: skip
    """What was decided of the objection stands: `upheld` (the purpose is closed for good), `dismissed` (the use may go on), or `excepted` (it may go
    on until the day `until`, as `cites` says, and no longer). RightsFault R221 for direct marketing, R222 where nothing is objected to, R223."""
    if purpose == MARKETING:
        raise RightsFault("R221", "There is nothing to weigh: it counts at once, and for good.", "Let it stand.")
    if decision == "excepted" and (until is None or until <= at.date() or not cites.strip()):
        raise RightsFault(
            "R223",
            "An exception ends on a day that lies ahead, and says on what it rests.",
            "Name the contract's end and its clause.",
        )
    weighed = connection.execute(
        "UPDATE person_objection SET decision = %s, decided_at = %s, decided_by = %s, excepted_until = %s, excepted_by = %s, "
        "ended_at = CASE WHEN %s = 'dismissed' THEN %s END WHERE subject = %s AND purpose = %s AND ended_at IS NULL",
        [decision, at, by, until if decision == "excepted" else None, cites or None, decision, at, subject, purpose],
    ).rowcount
    if not weighed:
        raise RightsFault("R222", f"Nobody objects to `{purpose[:40]}`.", "Look at what is objected to.")
    tell(connection, f"objection:{decision}", at, clauses, subject, {"purpose": purpose, "cites": cites})
