"""A case becomes a hold: named data of named people must stay, on a ground, until a day.

A hold that arrives while an erasure runs is either before its commit or after it, never lost: the executor keeps the guard rows of its
chunk locked for share until its record is done; a new hold takes them for update. Guards are taken in order of ref, so that two
chunks and a hold cannot wait for each other in a circle. Source: engine.md 17.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

import psycopg

from upheld.language.promises.model import Citation
from upheld.records.ledger import Detail, Leaf, append
from upheld.records.people.decisions import EACH_NAME, one_person

SHARED_ROWS = 0x686F_6C64  # held for share by every chunk that touches rows of two people, alone by a hold that is accepted
# Looked for first: almost everybody has one, and looking is cheaper than trying to insert.
ENSURED = """
INSERT INTO hold_guard SELECT ref FROM unnest(%s::text[]) AS ref WHERE NOT EXISTS (SELECT FROM hold_guard WHERE subject = ref) ON CONFLICT DO NOTHING
"""
GUARDED = """
WITH locked AS MATERIALIZED (SELECT 1 FROM hold_guard WHERE subject = ANY(%s) ORDER BY subject FOR SHARE) SELECT count(*) FROM locked
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """`leaves` of data (`invoice`, `payment-data`) of `subjects` stay on `ground` until the day `until` (that day excluded)."""

    id: str
    ground: str
    clause: str
    cites: Citation
    leaves: tuple[str, ...]
    until: date
    subjects: frozenset[str]


def accept_hold(
    connection: psycopg.Connection, hold: Hold, now: datetime, sealed: Mapping[str, bytes] = MappingProxyType({})
) -> None:
    """The hold is in force when the caller's transaction commits. Waits for running chunks of its subjects, and of rows that they share.

    `sealed`: by person, where her rows begin, for asks of others that share a row with her.

    What an erasure has already committed is gone: whoever accepts the hold asks the records of execution and says so to counsel.
    """
    refs = sorted(hold.subjects)
    names = close(connection, refs)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [SHARED_ROWS])
    connection.execute(
        "INSERT INTO hold (id, ground, clause, source, at, leaves, until, accepted_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [hold.id, hold.ground, hold.clause, hold.cites.source, hold.cites.at, list(hold.leaves), hold.until, now],
    )
    connection.execute(
        "INSERT INTO hold_subject (hold, subject, binding) SELECT %s, s, b FROM unnest(%s::text[], %s::bytea[]) AS n (s, b)",
        [hold.id, refs, [sealed.get(ref) for ref in refs]],
    )
    cover(connection, hold.id, [name for name in names if name not in hold.subjects])
    append(connection, [_leaf("hold:accepted", hold.id, (hold.clause,), len(refs), now)])


def close(connection: psycopg.Connection, subjects: Sequence[str]) -> list[str]:
    """No chunk of these people runs, under whatever name, until the caller's transaction ends: waits for those that do. Their names; 3 statements."""
    names = sorted({name for names in one_person(connection, subjects).values() for name in names})
    ensure_guards(connection, names)
    connection.execute("SELECT 1 FROM hold_guard WHERE subject = ANY(%s) ORDER BY subject FOR UPDATE", [names])
    return names


def hold_together(connection: psycopg.Connection, subjects: Sequence[str], today: date) -> None:
    """Every hold in force on any name of one of these people names her under all of them: for whoever learned that the names are one person's.

    Waits for running chunks; the guards of all are taken at once, in order, as chunks take theirs.
    """
    close(connection, subjects)
    for names in one_person(connection, subjects).values():
        held = connection.execute(
            "SELECT DISTINCT id FROM hold JOIN hold_subject ON hold = id WHERE subject = ANY(%s) AND ended_at IS NULL AND until > %s ORDER BY id",
            [list(names), today],
        ).fetchall()
        for (hold,) in held:
            cover(connection, hold, names)


def next_hold(connection: psycopg.Connection) -> str:
    """The next number of a hold: H-0001. A number and no title: titles of cases name people."""
    row = connection.execute("SELECT nextval('hold_number')").fetchone()
    assert row is not None
    return f"H-{row[0]:04d}"


@dataclass(frozen=True, slots=True)
class HoldState:
    """A hold as a list shows it. `people`: how many it names; `kept`: how many rows stand on it after erasures."""

    hold: Hold
    accepted_at: datetime
    ended_at: datetime | None
    people: int
    kept: int

    def is_in_force(self, today: date) -> bool:
        return self.ended_at is None and self.hold.until > today


def all_holds(connection: psycopg.Connection) -> tuple[HoldState, ...]:
    """Every hold that was ever accepted, the oldest first. One statement."""
    rows = connection.execute(
        "SELECT id, ground, clause, source, at, leaves, until, accepted_at, ended_at, "
        "ARRAY(SELECT subject FROM hold_subject WHERE hold = id), (SELECT count(*) FROM hold_subject WHERE hold = id AND NOT also), "
        "(SELECT coalesce(sum(rows), 0) FROM kept_row k WHERE k.hold = hold.id) "
        "FROM hold ORDER BY accepted_at, id"
    ).fetchall()
    return tuple(
        HoldState(
            Hold(id, ground, clause, Citation(source, at), tuple(leaves), until, frozenset(refs)), accepted, ended, people, int(kept)
        )
        for id, ground, clause, source, at, leaves, until, accepted, ended, refs, people, kept in rows
    )  # fmt: skip


def cover(connection: psycopg.Connection, hold: str, subjects: Sequence[str]) -> None:
    """The hold names these people too: whom it named before, under another reference."""
    ensure_guards(connection, subjects)
    connection.execute(
        "INSERT INTO hold_subject (hold, subject, also) SELECT %s, unnest(%s::text[]), true ON CONFLICT DO NOTHING",
        [hold, sorted(subjects)],
    )


def ensure_guards(connection: psycopg.Connection, subjects: Sequence[str]) -> None:
    """Guard rows of these people exist; whoever is enrolled has one."""
    connection.execute(ENSURED, [sorted(set(subjects))])


def end_hold(connection: psycopg.Connection, id: str, now: datetime) -> bool:
    """The hold is over; True if it was in force. What was asked for meanwhile is planned anew by whoever ends it."""
    row = connection.execute(
        "UPDATE hold SET ended_at = %s WHERE id = %s AND ended_at IS NULL RETURNING clause", [now, id]
    ).fetchone()
    if row is not None:
        append(connection, [_leaf("hold:ended", id, (row[0],), 0, now)])
    return row is not None


def guard(connection: psycopg.Connection, subjects: Sequence[str], today: date) -> tuple[Hold, ...]:
    """Holds in force on these people, who get no new one until the caller's transaction ends. Oldest first; 3 statements.

    `Hold.subjects` lists only those asked for.
    """
    return guarding(connection, subjects, today)()


def guarding(connection: psycopg.Connection, subjects: Sequence[str], today: date) -> Callable[[], tuple[Hold, ...]]:
    """`guard`, sent; the answer is taken when it is called for, perhaps after other statements of the same pipeline."""
    refs = sorted(set(subjects))
    ensure_guards(connection, refs)
    # Locked first, read after: a hold that was being accepted meanwhile is then seen (READ COMMITTED).
    connection.execute(GUARDED, [refs])
    return _holds_asked(connection, refs, today)


def restrictions_asked(connection: psycopg.Connection, subjects: Sequence[str]) -> Callable[[], frozenset[str]]:
    """The grounds on which processing of any of these people is restricted, sent after `guarding`, under its lock."""
    asked = connection.execute(
        f"{EACH_NAME} SELECT DISTINCT ground FROM person_restriction JOIN one USING (subject) WHERE lifted_at IS NULL",
        [sorted(set(subjects))],
    )
    return lambda: frozenset(ground for (ground,) in asked.fetchall())


def ended_asked(connection: psycopg.Connection, holds: Sequence[str], today: date) -> Callable[[], frozenset[str]]:
    """Which of these holds are over, sent after `guarding`."""
    asked = connection.execute(
        "SELECT id FROM hold WHERE id = ANY(%s) AND (ended_at IS NOT NULL OR until <= %s)", [list(holds), today]
    )
    return lambda: frozenset(id for (id,) in asked.fetchall())


def guard_shared(connection: psycopg.Connection, leaves: Sequence[str], today: date) -> tuple[Hold, ...]:
    """Holds in force on data of these leaves, of anybody; no hold is accepted until the caller's transaction ends. 2 statements.

    For a chunk that touches rows of two people: a case may name the other one.
    """
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SHARED_ROWS])
    return holds_about(connection, leaves, today)


def holds_about(connection: psycopg.Connection, leaves: Sequence[str], today: date) -> tuple[Hold, ...]:
    """Holds in force on data of any of these leaves, whomever they name, read without locking anything."""
    rows = connection.execute(
        "SELECT id, ground, clause, source, at, leaves, until, ARRAY(SELECT subject FROM hold_subject WHERE hold = id) FROM hold "
        "WHERE leaves && %s::text[] AND ended_at IS NULL AND until > %s ORDER BY accepted_at, id",
        [sorted(leaves), today],
    ).fetchall()
    return tuple(
        Hold(id, ground, clause, Citation(source, at), tuple(leaves), until, frozenset(refs))
        for id, ground, clause, source, at, leaves, until, refs in rows
    )


def holds_on(connection: psycopg.Connection, subjects: Sequence[str], today: date) -> tuple[Hold, ...]:
    """Holds in force on these people, read without locking anything: for plans and answers."""
    return _holds_asked(connection, subjects, today)()


def _holds_asked(connection: psycopg.Connection, subjects: Sequence[str], today: date) -> Callable[[], tuple[Hold, ...]]:
    asked = connection.execute(
        "SELECT id, ground, clause, source, at, leaves, until, array_agg(subject) FROM hold_subject JOIN hold ON hold.id = hold "
        "WHERE subject = ANY(%s) AND ended_at IS NULL AND until > %s GROUP BY hold.id ORDER BY accepted_at, id",
        [list(subjects), today],
    )
    return lambda: tuple(
        Hold(id, ground, clause, Citation(source, at), tuple(leaves), until, frozenset(refs))
        for id, ground, clause, source, at, leaves, until, refs in asked.fetchall()
    )


def _leaf(event: str, id: str, clauses: tuple[str, ...], subjects: int, now: datetime) -> Leaf:
    named = tuple(clause for clause in clauses if clause)  # a ground that no clause defines has none
    return Leaf(event, now, named, {"subjects": subjects}, detail=Detail({"hold": id}))
