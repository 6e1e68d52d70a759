"""What a machine proposed of somebody who is not to be judged by one becomes a review: a person decides, and both are on record.

Proposal and decision are sealed: what a firm decides of somebody is hers to read and nobody's to find in a log. GDPR Art. 22.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.records.keys import MasterKey
from upheld.records.people.rights.faults import RightsFault
from upheld.records.people.rights.told import opened_words, sealed_words, tell


@dataclass(frozen=True, slots=True)
class Review:
    """A proposal that waits for a person, or was decided by one."""

    id: str
    subject: str
    point: str
    proposed: str
    proposed_at: datetime
    decided: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None


def open_review(
    connection: psycopg.Connection, master: MasterKey, subject: str, point: str, proposed: str, at: datetime, clauses: tuple[str, ...] = ()
) -> str:  # fmt: skip
    """The proposal waits for a person from now on; its number, `D-0001`."""
    row = connection.execute("SELECT nextval('review_number')").fetchone()
    assert row is not None
    id = f"D-{row[0]:04d}"
    leaf = tell(connection, "decision:proposed", at, clauses, subject, {"point": point, "review": id})
    connection.execute(
        "INSERT INTO decision_review (id, subject, point, proposed, proposed_at, leaf) VALUES (%s, %s, %s, %s, %s, %s)",
        [id, subject, point, sealed_words(connection, master, subject, proposed), at, leaf],
    )
    return id


def close_review(
    connection: psycopg.Connection, master: MasterKey, id: str, decided: str, by: str, at: datetime, clauses: tuple[str, ...] = ()
) -> None:  # fmt: skip
    """A person decided; RightsFault R233 if there is no such review, or it was decided before. The leaf says whether she decided otherwise."""
    row = connection.execute(
        "SELECT subject, point, proposed FROM decision_review WHERE id = %s AND decided_at IS NULL FOR UPDATE", [id]
    ).fetchone()
    if row is None:
        raise RightsFault("R233", f"No review `{id[:12]}` waits.", "Look at what waits for a person.")
    subject, point, proposed = row
    differs = "no" if opened_words(connection, master, subject, proposed) == decided else "yes"
    connection.execute(
        "UPDATE decision_review SET decided = %s, decided_at = %s, decided_by = %s WHERE id = %s",
        [sealed_words(connection, master, subject, decided), at, by, id],
    )
    tell(connection, "decision:reviewed", at, clauses, subject, {"point": point, "review": id, "otherwise": differs})


def reviews_waiting(connection: psycopg.Connection, master: MasterKey, id: str = "") -> tuple[Review, ...]:
    """What waits for a person, the oldest first; or the one of this number, decided or not."""
    rows = connection.execute(
        "SELECT id, subject, point, proposed, proposed_at, decided, decided_at, decided_by FROM decision_review "
        "WHERE CASE WHEN %s = '' THEN decided_at IS NULL ELSE id = %s END ORDER BY proposed_at, id",
        [id, id],
    ).fetchall()
    return tuple(
        Review(number, ref, point, opened_words(connection, master, ref, proposed), at,
               opened_words(connection, master, ref, decided) if decided is not None else None, when, by)
        for number, ref, point, proposed, at, decided, when, by in rows
    )  # fmt: skip


def opened_reviews(connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str]) -> list[tuple[object, ...]]:
    """(ref, number, point, proposed, when, decided, when) of each review of these people, for their own eyes."""
    rows = connection.execute(
        "SELECT subject, id, point, proposed, proposed_at, decided, decided_at FROM decision_review WHERE subject = ANY(%s) ORDER BY proposed_at, id",
        [list(subjects)],
    ).fetchall()
    return [
        (ref, id, point, opened_words(connection, master, ref, proposed), at,
         opened_words(connection, master, ref, decided) if decided is not None else None, when)
        for ref, id, point, proposed, at, decided, when in rows
    ]  # fmt: skip
