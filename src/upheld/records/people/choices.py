"""What a person chose, objected to, had restricted, or was learned of, becomes rows, and a leaf of the ledger with each.

History stays: a withdrawal is a newer answer, not a change of the older. Leaf and row are one transaction, the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from upheld.language.promises.model import Name
from upheld.records.ledger import Detail, Leaf, append
from upheld.records.people.holds import close


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to an offered choice. `until`: the day from which a yes no longer counts. `version`: the notice's, as shown."""

    subject: str
    choice: str
    answer: bool
    at: datetime
    version: date
    channel: str
    clauses: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """Birth date, or a declared band: at least `least`, below `below` completed years. `how` it was learned."""

    subject: str
    at: datetime
    how: str
    born: date | None = None
    least: int | None = None
    below: int | None = None


def record_choice(connection: psycopg.Connection, given: Choice) -> str:
    """The choice stands as answered, from now on. The leaf's id. 2 statements."""
    what = {"choice": given.choice, "answer": "yes" if given.answer else "no", "channel": given.channel}
    event = "choice:given" if given.answer else "choice:refused"
    leaf = _leaf(connection, event, given.at, given.clauses, given.subject, what)
    connection.execute(
        "INSERT INTO person_choice (subject, choice, answer, until, answered_at, version, channel, leaf) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [given.subject, given.choice, given.answer, given.until, given.at, given.version, given.channel, leaf],
    )
    return leaf


def record_objection(
    connection: psycopg.Connection, subject: str, purpose: str, at: datetime, clauses: tuple[str, ...] = ()
) -> str:
    """The person objects to this purpose from now on. The leaf's id."""
    leaf = _leaf(connection, "objection:made", at, clauses, subject, {"purpose": purpose})
    connection.execute(
        "INSERT INTO person_objection (subject, purpose, objected_at, leaf) VALUES (%s, %s, %s, %s)",
        [subject, purpose, at, leaf],
    )
    return leaf


def end_objection(
    connection: psycopg.Connection, subject: str, purpose: str, at: datetime, clauses: tuple[str, ...] = ()
) -> bool:
    """The person's objections to this purpose are over; True if there was one."""
    ended = connection.execute(
        "UPDATE person_objection SET ended_at = %s WHERE subject = %s AND purpose = %s AND ended_at IS NULL",
        [at, subject, purpose],
    ).rowcount
    if ended:
        _leaf(connection, "objection:ended", at, clauses, subject, {"purpose": purpose})
    return ended > 0


def restrict(connection: psycopg.Connection, subject: str, ground: str, at: datetime, clauses: tuple[str, ...] = (),
             purposes: Sequence[str] = (), data: Sequence[str] = ()) -> str:  # fmt: skip
    """Processing is restricted from now on, on this ground (GDPR Art. 18(1)). The leaf's id. Waits for running chunks of the person.

    `purposes`, `data`: of these alone; empty: of all.
    """
    close(connection, [subject])
    leaf = _leaf(connection, "restriction:set", at, clauses, subject, {"ground": ground})
    connection.execute(
        "INSERT INTO person_restriction (subject, ground, restricted_at, leaf, purposes, data) VALUES (%s, %s, %s, %s, %s, %s)",
        [subject, ground, at, leaf, sorted(purposes) or None, sorted(data) or None],
    )
    return leaf


def lift_restriction(connection: psycopg.Connection, subject: str, at: datetime, clauses: tuple[str, ...] = ()) -> bool:
    """No restriction stands any more; True if one did. The person must be told before (GDPR Art. 18(3)): not done here."""
    lifted = connection.execute(
        "UPDATE person_restriction SET lifted_at = %s WHERE subject = %s AND lifted_at IS NULL", [at, subject]
    ).rowcount
    if lifted:
        _leaf(connection, "restriction:lifted", at, clauses, subject, {})
    return lifted > 0


def record_age(connection: psycopg.Connection, age: Age) -> None:
    """This is what is known of the person's age; it replaces what was known."""
    connection.execute(
        "INSERT INTO person_age (subject, born, least, below, learned_at, learned_how) VALUES (%s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (subject) DO UPDATE SET born = excluded.born, least = excluded.least, below = excluded.below, "
        "learned_at = excluded.learned_at, learned_how = excluded.learned_how",
        [age.subject, age.born, age.least, age.below, age.at, age.how],
    )


def record_fact(connection: psycopg.Connection, subject: str, fact: Name, value: bool | date, at: datetime) -> None:
    """The named fact stands at this value: a truth (group membership, `told-…`) or a day (`version-given-…`)."""
    truth, day = (value, None) if isinstance(value, bool) else (None, value)
    connection.execute(
        "INSERT INTO person_fact (subject, kind, name, truth, day, learned_at) VALUES (%s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (subject, kind, name) DO UPDATE SET truth = excluded.truth, day = excluded.day, learned_at = excluded.learned_at",
        [subject, fact.kind.value, fact.id, truth, day, at],
    )


def _leaf(
    connection: psycopg.Connection, event: str, at: datetime, clauses: tuple[str, ...], subject: str, what: dict[str, str]
) -> str:
    # The detail names the person by ref, so that an opened leaf proves whose it was; the leaf itself does not.
    detail = Detail({"subject": subject, **what}, subject)
    return append(connection, [Leaf(event, at, clauses, {"subjects": 1}, detail=detail)])[0]
