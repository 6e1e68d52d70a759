"""Verified identifiers become one opaque ref per person, and a ref the identifiers behind it.

An identifier is a (form, normal form) pair: `("email/1", "ada@example.test")`, or a root key `("key:shop.customers", "17")`. It is sealed at
rest; it is found by a keyed hash. An identifier that two people bear answers with both: whoever asks must treat that as
ambiguous, never pick one. Not taken: the hash of an e-mail as the ref; a ref must survive a changed address.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from upheld.records.keys import MasterKey, hash_key, keyed_hash, seal, unseal
from upheld.records.people.decisions import one_person
from upheld.records.people.holds import ensure_guards

Identifier = tuple[str, str]
EVER = "1"  # these keys have one epoch: identities live as long as the person is known
ENROLLING = 0x656E_726F_6C
START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """A person to be known: kind as in the estate (`customer`), identifiers as verified, and how."""

    kind: str
    identifiers: tuple[Identifier, ...]
    how: str


def alone_enrolling(connection: psycopg.Connection) -> None:
    """Nobody else enrols until the caller's transaction ends: seek after this call, then enrol whom you did not find.

    Without it two asks of one person at the same moment would make her two people.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ENROLLING])


def enrol(connection: psycopg.Connection, master: MasterKey, people: Sequence[Known], now: datetime) -> list[str]:
    """A new ref for each of `people`, in order, with their identifiers and hold guards. Whoever is known already must be sought first.

    5 statements for any number.
    """
    refs = [secrets.token_hex(16) for _ in people]
    connection.execute(
        "INSERT INTO person (ref, kind, known_since) SELECT r, k, %s FROM unnest(%s::text[], %s::text[]) AS p (r, k)",
        [now, refs, [person.kind for person in people]],
    )
    # Here and not in the chunk: two chunks that make the same guard row would wait for each other.
    ensure_guards(connection, refs)
    _note(
        connection,
        master,
        [(ref, each, person.how) for ref, person in zip(refs, people, strict=True) for each in person.identifiers],
        now,
    )
    return refs


def also_known(
    connection: psycopg.Connection, master: MasterKey, names: Mapping[str, Sequence[Identifier]], how: str, now: datetime
) -> None:
    """These people are known by these identifiers, too. None, and no statement, where nothing is new."""
    _note(connection, master, [(ref, each, how) for ref, of in names.items() for each in of], now)


def _note(connection: psycopg.Connection, master: MasterKey, rows: list[tuple[str, Identifier, str]], now: datetime) -> None:
    if rows:
        seek, shut = identity_keys(connection, master)
        connection.execute(
            "INSERT INTO person_identity (subject, form, sought, sealed, verified_at, verified_how) "
            "SELECT s, f, h, e, %s, w FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::text[]) AS i (s, f, h, e, w) "
            "ON CONFLICT DO NOTHING",
            [
                now,
                [ref for ref, _, _ in rows],
                [form for _, (form, _), _ in rows],
                [keyed_hash(seek, *each) for _, each, _ in rows],
                [seal(shut, json.dumps(each).encode(), ref) for ref, each, _ in rows],
                [how for _, _, how in rows],
            ],
        )


def find_subjects(
    connection: psycopg.Connection, master: MasterKey, identifiers: Sequence[Identifier]
) -> dict[Identifier, frozenset[str]]:
    """Who bears each identifier: no entry when nobody does, two refs or more when it is ambiguous. 3 statements for any number."""
    seek, _ = identity_keys(connection, master)
    by_hash = {keyed_hash(seek, *each): each for each in identifiers}
    rows = connection.execute(
        "SELECT sought, array_agg(subject) FROM person_identity WHERE sought = ANY(%s) GROUP BY sought", [list(by_hash)]
    ).fetchall()
    return {by_hash[sought]: frozenset(subjects) for sought, subjects in rows}


def identities_of(
    connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str]
) -> Mapping[str, tuple[Identifier, ...]]:
    """The verified identifiers of these people, by ref; who is unknown or erased is left out."""
    _, shut = identity_keys(connection, master)
    found: dict[str, list[Identifier]] = {}
    for ref, sealed in connection.execute(
        "SELECT subject, sealed FROM person_identity WHERE subject = ANY(%s) ORDER BY verified_at, form", [list(subjects)]
    ).fetchall():
        form, value = json.loads(unseal(shut, sealed, ref))
        found.setdefault(ref, []).append((form, value))
    return {ref: tuple(each) for ref, each in found.items()}


def opened_identities(connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str]) -> list[tuple[object, ...]]:
    """(ref, form, value, since when, how) of each verified identifier of these people, for their own eyes."""
    _, shut = identity_keys(connection, master)
    rows = connection.execute(
        "SELECT subject, form, sealed, verified_at, verified_how FROM person_identity WHERE subject = ANY(%s) ORDER BY verified_at, form",
        [list(subjects)],
    ).fetchall()
    return [(ref, form, json.loads(unseal(shut, sealed, ref))[1], at, how) for ref, form, sealed, at, how in rows]


# Held: some hold that names the person is not over; `until` is the day from which it no longer counts.
HELD = "SELECT subject FROM hold_subject JOIN hold ON hold.id = hold WHERE ended_at IS NULL AND until > %s"


def forget(connection: psycopg.Connection, subjects: Sequence[str], now: datetime | None = None) -> int:
    """Nothing of these people is known any more: identities, choices, objections, restrictions, ages, facts, disclosures; how many people.

    Who is named by a hold in force stays known by ref and identifiers alone, so that the hold finds her whenever she is asked for again; she is
    forgotten by the first call after it ends. Holds, tombstones, suppressions and the ledger are not theirs to lose here. Details of ledger
    leaves go too.
    """
    now = now or datetime.now(UTC)
    # Who was merged is forgotten under every ref; else her other name would still be known.
    refs = sorted({ref for refs in one_person(connection, subjects).values() for ref in refs})
    for table in ("choice", "objection", "restriction", "age", "fact", "statement", "dispute", "disclosure"):
        connection.execute(f"DELETE FROM person_{table} WHERE subject = ANY(%s)", [refs])
    for table in ("row_decision", "merge", "ledger_detail", "corrected", "decision_review"):
        connection.execute(f"DELETE FROM {table} WHERE subject = ANY(%s)", [refs])
    # What was sealed with these keys is gone, so that they open nothing.
    connection.execute(
        "DELETE FROM ask_key WHERE ask LIKE 'corrected:%%' AND NOT EXISTS (SELECT FROM corrected c WHERE 'corrected:' || c.ask = ask_key.ask)",
        [],
    )
    connection.execute(f"UPDATE person SET erased_at = %s WHERE ref = ANY(%s) AND ref IN ({HELD})", [now, refs, now.date()])
    return _gone(connection, refs, now) + release(connection, now)


def release(connection: psycopg.Connection, now: datetime) -> int:
    """Those who were erased while a hold named them, and whom none names any more, are forgotten; how many people."""
    waiting = connection.execute(f"SELECT ref FROM person WHERE erased_at IS NOT NULL AND ref NOT IN ({HELD})", [now.date()])
    refs = [ref for (ref,) in waiting.fetchall()]
    return _gone(connection, refs, now) if refs else 0


def _gone(connection: psycopg.Connection, subjects: Sequence[str], now: datetime) -> int:
    refs = list(subjects)
    connection.execute(f"DELETE FROM person_identity WHERE subject = ANY(%s) AND subject NOT IN ({HELD})", [refs, now.date()])
    connection.execute(
        "DELETE FROM hold_guard AS g WHERE subject = ANY(%s) AND NOT EXISTS (SELECT FROM hold_subject h WHERE h.subject = g.subject)",
        [refs],
    )
    return connection.execute(f"DELETE FROM person WHERE ref = ANY(%s) AND ref NOT IN ({HELD})", [refs, now.date()]).rowcount


def identity_keys(connection: psycopg.Connection, master: MasterKey) -> tuple[bytes, bytes]:
    """The key by which identifiers are found, and the one under which they are sealed."""
    return (
        hash_key(connection, master, "identity-sought", EVER, START),
        hash_key(connection, master, "identity-sealed", EVER, START),
    )
