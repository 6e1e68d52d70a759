"""A restriction is lifted only after the person was told: announced first, on record with how and until when, and lifted by a later act.

GDPR Art. 18(3). A restriction may be of some purposes or some data only; without either it is of everything. It counts in the facts from the moment it is
set, and a running erasure stops before its next chunk. See `choices.restrict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from upheld.records.people.rights.faults import RightsFault
from upheld.records.people.rights.told import tell


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction of a person, on a ground; `purposes` and `data` empty: of all."""

    serial: int
    subject: str
    ground: str
    restricted_at: datetime
    purposes: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    announced_at: datetime | None = None
    announced_how: str = ""
    lifted_at: datetime | None = None
    lift_on: date | None = None  # as she was told


def restrictions_of(connection: psycopg.Connection, subject: str, *, standing: bool = True) -> tuple[Restriction, ...]:
    """The person's restrictions that stand, the oldest first; or all that ever were."""
    rows = connection.execute(
        "SELECT serial, subject, ground, restricted_at, purposes, data, announced_at, announced_how, lifted_at, lift_on "
        "FROM person_restriction "
        "WHERE subject = %s AND (lifted_at IS NULL OR NOT %s) ORDER BY serial",
        [subject, standing],
    ).fetchall()
    return tuple(
        Restriction(serial, ref, ground, at, tuple(purposes or ()), tuple(data or ()), told, how or "", lifted, day)
        for serial, ref, ground, at, purposes, data, told, how, lifted, day in rows
    )


def announce_lifting(
    connection: psycopg.Connection,
    subject: str,
    ground: str,
    how: str,
    at: datetime,
    clauses: tuple[str, ...] = (),
    lift_on: date | None = None,
) -> int:
    """The person was told, by `how` (`email`, `letter`), that the restrictions on this ground end, on `lift_on`; how many. RightsFault R212 where there
    is none. Told again, the newer day counts."""
    told = connection.execute(
        "UPDATE person_restriction SET announced_at = coalesce(announced_at, %s), announced_how = coalesce(announced_how, %s), "
        "lift_on = coalesce(%s, lift_on) WHERE subject = %s AND ground = %s AND lifted_at IS NULL",
        [at, how, lift_on, subject, ground],
    ).rowcount
    if not told:
        raise RightsFault("R212", f"Nothing is restricted on the ground `{ground[:40]}`.", "Look at what stands.")
    tell(connection, "restriction:lifting-announced", at, clauses, subject, {"ground": ground, "how": how})
    return told


def lift(connection: psycopg.Connection, subject: str, ground: str, at: datetime, clauses: tuple[str, ...] = ()) -> int:
    """The restrictions on this ground are over; how many. RightsFault R211 where the person was not told before, or of a later day, R212 where there is none."""
    standing = [one for one in restrictions_of(connection, subject) if one.ground == ground]
    if not standing:
        raise RightsFault("R212", f"Nothing is restricted on the ground `{ground[:40]}`.", "Look at what stands.")
    if any(one.announced_at is None or one.announced_at >= at for one in standing):
        raise RightsFault("R211", "The person has not been told that it ends.", "Tell the person first; then lift it.")
    if any(one.lift_on is not None and one.lift_on > at.date() for one in standing):
        raise RightsFault(
            "R211", "The person was told a later day.", "It is lifted by itself on that day; or tell the person another."
        )
    connection.execute(
        "UPDATE person_restriction SET lifted_at = %s WHERE serial = ANY(%s)", [at, [one.serial for one in standing]]
    )
    tell(connection, "restriction:lifted", at, clauses, subject, {"ground": ground})
    return len(standing)


def due_liftings(connection: psycopg.Connection, today: date) -> tuple[tuple[str, str], ...]:
    """(ref, ground) of every restriction whose announced day has come, in the order in which they were told. Not where she asked anew on the same ground
    since: of that she was told no end, and `lift` would refuse."""
    rows = connection.execute(
        "SELECT subject, ground FROM person_restriction WHERE lifted_at IS NULL GROUP BY subject, ground "
        "HAVING bool_or(lift_on <= %s) AND bool_and(announced_at IS NOT NULL AND coalesce(lift_on <= %s, true)) ORDER BY min(serial)",
        [today, today],
    ).fetchall()
    return tuple((subject, ground) for subject, ground in rows)
