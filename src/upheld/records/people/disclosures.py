"""What was given to whom of a person becomes a row of the disclosure ledger, and a leaf: kind of data, recipient, day, purpose.

Written by who gave it: the firm's own systems report it, the desk notes what it hands over itself. The same said twice is one row. Names of the
notice alone stand here, never a value of hers; all of it goes with her (`identities.forget`). Not taken: reading it out of the notice, which says
who may get data, and not who did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import psycopg

from upheld.records.people.decisions import one_person
from upheld.records.people.rights.told import tell

How = Literal["reported", "order", "handed-over"]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Data of kind `data` of a person was given to `recipient` on `day` for `purpose` (empty: none was named). `how` we know it."""

    recipient: str
    data: str
    day: date
    purpose: str = ""
    how: How = "reported"


def record_disclosures(
    connection: psycopg.Connection, subject: str, given: Sequence[Disclosure], at: datetime, clauses: tuple[str, ...] = ()
) -> int:
    """How many of these were not on record; those get one leaf. In the caller's transaction; 3 statements for any number."""
    new = connection.execute(
        "INSERT INTO person_disclosure (subject, recipient, data, given_on, purpose, how, recorded_at) "
        "SELECT %s, r, d, g, p, h, %s FROM unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::text[]) AS t (r, d, g, p, h) "
        "ON CONFLICT DO NOTHING RETURNING recipient",
        [
            subject,
            at,
            [one.recipient for one in given],
            [one.data for one in given],
            [one.day for one in given],
            [one.purpose for one in given],
            [one.how for one in given],
        ],
    ).fetchall()
    if new:
        recipients = ", ".join(sorted({recipient for (recipient,) in new}))
        tell(connection, "disclosure:recorded", at, clauses, subject, {"recipients": recipients, "kinds": str(len(new))})
    return len(new)


def disclosures_of(connection: psycopg.Connection, subjects: Iterable[str], since: date = date.min) -> tuple[Disclosure, ...]:
    """What is on record of these people from `since` on, the oldest first; under every name by which a merge knows them. 2 statements."""
    names = sorted({name for found in one_person(connection, list(subjects)).values() for name in found})
    rows = connection.execute(
        "SELECT recipient, data, given_on, purpose, how FROM person_disclosure WHERE subject = ANY(%s) AND given_on >= %s "
        "ORDER BY given_on, recipient, data, purpose",
        [names, since],
    ).fetchall()
    return tuple(Disclosure(*row) for row in rows)
