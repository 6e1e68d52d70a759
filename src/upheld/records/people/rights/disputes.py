"""A person says that data of hers is wrong, and the firm does not agree, or not yet: the data is marked as disputed until that is decided.

The mark is ours, so that no store needs a column for it: access answers show it, and it is a fact (`disputed`, and `disputed-CATEGORY`) that promises may
read. GDPR Art. 18(1)(a) adds a restriction for as long as accuracy is being looked into, which whoever takes the case sets beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.records.people.rights.told import tell


@dataclass(frozen=True, slots=True)
class Dispute:
    """Data of category `about`, or a named column, disputed since a moment. `outcome` once it ended: `corrected`, `stays`, `withdrawn`."""

    subject: str
    about: str
    since: datetime
    ended_at: datetime | None = None
    outcome: str = ""


def mark_disputed(
    connection: psycopg.Connection, subject: str, about: str, at: datetime, clauses: tuple[str, ...] = ()
) -> bool:
    """The data is disputed from now on; False if it was already."""
    known = connection.execute(
        "SELECT FROM person_dispute WHERE subject = %s AND about = %s AND ended_at IS NULL", [subject, about]
    ).fetchone()
    if known is not None:
        return False
    leaf = tell(connection, "dispute:marked", at, clauses, subject, {"about": about})
    connection.execute(
        "INSERT INTO person_dispute (subject, about, disputed_at, leaf) VALUES (%s, %s, %s, %s)", [subject, about, at, leaf]
    )
    return True


def end_dispute(
    connection: psycopg.Connection, subject: str, about: str, outcome: str, at: datetime, clauses: tuple[str, ...] = ()
) -> bool:
    """The dispute is over, with this outcome; True if there was one."""
    ended = connection.execute(
        "UPDATE person_dispute SET ended_at = %s, outcome = %s WHERE subject = %s AND about = %s AND ended_at IS NULL",
        [at, outcome, subject, about],
    ).rowcount
    if ended:
        tell(connection, "dispute:ended", at, clauses, subject, {"about": about, "outcome": outcome})
    return ended > 0


def disputes_of(connection: psycopg.Connection, subjects: Sequence[str]) -> tuple[Dispute, ...]:
    """Every dispute of these people, the oldest first."""
    rows = connection.execute(
        "SELECT subject, about, disputed_at, ended_at, outcome FROM person_dispute WHERE subject = ANY(%s) ORDER BY serial",
        [list(subjects)],
    ).fetchall()
    return tuple(Dispute(ref, about, at, ended, outcome or "") for ref, about, at, ended, outcome in rows)
