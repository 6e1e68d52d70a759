"""Kept rows whose ground has ended become the bindings of an ordinary erasure, and after it their entries go, with every way that led to them.

An entry is due when its day has come or its hold has ended. Whoever a living hold still names stays under it: the hold covers her under the number by
which she is kept. Rows of an entry that says nothing of owners are bound together, under a number of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import psycopg

from upheld.engine.execution.kept.people import tidy
from upheld.engine.execution.kept.rows import Key, about_of, opened_keys, opened_rows
from upheld.engine.plan.model import Binding
from upheld.records.keys import MasterKey, keyed_hash, unseal
from upheld.records.people.holds import cover

Entry = tuple[str, str, int, int]  # plan, store, chunk, serial
DUE = """
SELECT ask, plan, store, chunk, serial, place, keys FROM kept_row JOIN plan ON plan.digest = plan LEFT JOIN hold ON hold.id = kept_row.hold
WHERE (kept_row.until <= %s OR hold.ended_at IS NOT NULL)
AND NOT EXISTS (SELECT FROM ending JOIN ask ON ask.id = ending.ask WHERE (ending.plan, ending.store, ending.chunk, ending.serial)
                = (kept_row.plan, kept_row.store, kept_row.chunk, kept_row.serial) AND ask.state <> 'done')
ORDER BY plan, store, chunk, serial
"""


@dataclass(frozen=True, slots=True)
class Due:
    """What has ended: entries on record, and their rows by the person who they were of, as an erasure binds them; all in the same roles."""

    entries: tuple[Entry, ...]
    bindings: tuple[Binding, ...]


def due(connection: psycopg.Connection, master: MasterKey, today: date) -> tuple[Due, ...]:
    """All that has ended and that no open ask is ending, by the roles in which shared rows were owned: each is an ask of its own.

    3 statements, and one for each ask that left something.
    """
    rows = connection.execute(DUE, [today]).fetchall()
    opened = opened_keys(connection, master, {row[0] for row in rows})
    shares: dict[Entry, list[tuple[bytes, bytes]]] = {}
    for person, *named, places in connection.execute(
        "SELECT person, plan, store, chunk, serial, places FROM kept_share WHERE (plan, store) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        [[row[1] for row in rows], [row[2] for row in rows]],
    ).fetchall():
        shares.setdefault((named[0], named[1], named[2], named[3]), []).append((person, places))
    found: dict[frozenset[str], _Group] = {}
    for ask, plan, store, chunk, serial, table, sealed in rows:
        key, about = opened[ask], about_of(plan, store, chunk, serial)
        if key is None:
            continue
        entry = (plan, store, chunk, serial)
        keys = opened_rows(key, sealed, about)
        told: set[int] = set()
        for person, places in shares.get(entry, ()):
            for position, roles in json.loads(unseal(key, places, about)):
                found.setdefault(frozenset(roles), _Group()).add(entry, person.hex(), (store, table), keys[position])
                told.add(position)
        nobody = keyed_hash(key, "nobody", about).hex()
        for position in sorted(set(range(len(keys))) - told):
            found.setdefault(frozenset(), _Group()).add(entry, nobody, (store, table), keys[position])
    return tuple(found[roles].due(roles) for roles in sorted(found, key=sorted))


@dataclass(slots=True)
class _Group:
    """Rows that were owned in the same roles."""

    entries: dict[Entry, None] = field(default_factory=dict)
    theirs: dict[str, dict[tuple[str, str], dict[Key, None]]] = field(default_factory=dict)

    def add(self, entry: Entry, ref: str, place: tuple[str, str], key: Key) -> None:
        self.entries[entry] = None
        self.theirs.setdefault(ref, {}).setdefault(place, {})[key] = None

    def due(self, roles: frozenset[str]) -> Due:
        bindings = tuple(
            Binding(ref, {place: tuple(keys) for place, keys in sorted(places.items())}, roles=roles)
            for ref, places in sorted(self.theirs.items())
        )
        return Due(tuple(self.entries), bindings)


def under_living_holds(connection: psycopg.Connection, master: MasterKey, people: Iterable[str], today: date) -> None:
    """Every hold in force that named one of these people before she was erased covers her under the number by which she is kept."""
    wanted = set(people)
    numbers = connection.execute(
        "SELECT DISTINCT ask, person FROM kept_share JOIN plan ON plan.digest = plan WHERE person = ANY(%s)",
        [[bytes.fromhex(one) for one in wanted]],
    ).fetchall()
    keys = opened_keys(connection, master, {ask for ask, _ in numbers})
    kept = {person for _, person in numbers}
    found: dict[str, set[str]] = {}
    for hold, subject in connection.execute(
        "SELECT hold, subject FROM hold_subject JOIN hold ON hold.id = hold WHERE ended_at IS NULL AND until > %s", [today]
    ).fetchall():
        for key in keys.values():
            if key is not None and (number := keyed_hash(key, "person", subject)) in kept:
                found.setdefault(hold, set()).add(number.hex())
    for hold, refs in sorted(found.items()):
        cover(connection, hold, sorted(refs))


def begin_ending(connection: psycopg.Connection, ask: str, entries: Sequence[Entry]) -> None:
    """This ask ends these entries: they go when it is done."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ending (ask, plan, store, chunk, serial) VALUES (%s, %s, %s, %s, %s)",
            [(ask, *entry) for entry in entries],
        )


def open_endings(connection: psycopg.Connection, hold: str = "") -> tuple[str, ...]:
    """Asks that are to end entries and have not yet; of this hold, or of all. One statement."""
    rows = connection.execute(
        "SELECT DISTINCT ending.ask FROM ending JOIN ask ON ask.id = ending.ask JOIN kept_row USING (plan, store, chunk, serial) "
        "WHERE ask.state <> 'done' AND (%s = '' OR kept_row.hold = %s) ORDER BY 1",
        [hold, hold],
    ).fetchall()
    return tuple(ask for (ask,) in rows)


def ends(connection: psycopg.Connection, ask: str) -> bool:
    """Whether this ask ends what was kept."""
    row = connection.execute("SELECT EXISTS (SELECT FROM ending WHERE ask = %s)", [ask]).fetchone()
    return bool(row and row[0])


def ended(connection: psycopg.Connection, master: MasterKey, ask: str, now: datetime) -> int:
    """The entries that this ask ended are gone, their shares and names too, and keys that seal nothing any more; how many entries."""
    gone = connection.execute(
        "DELETE FROM kept_row USING ending WHERE ending.ask = %s AND (kept_row.plan, kept_row.store, kept_row.chunk, kept_row.serial) "
        "= (ending.plan, ending.store, ending.chunk, ending.serial) AND NOT EXISTS (SELECT FROM ending AS other JOIN ask ON ask.id = other.ask "
        "WHERE other.ask <> ending.ask AND ask.state <> 'done' AND (other.plan, other.store, other.chunk, other.serial) "
        "= (ending.plan, ending.store, ending.chunk, ending.serial))",
        [ask],
    ).rowcount
    if gone:
        tidy(connection, master, now)
    return gone


def places_of(bindings: Iterable[Binding]) -> frozenset[tuple[str, str]]:
    """The tables that any of these bindings begins at."""
    return frozenset(place for binding in bindings for place in binding.roots)


def roles_of(bindings: Iterable[Binding]) -> frozenset[str]:
    """As what these people owned shared rows that are bound by key; of one ask all are alike."""
    return frozenset(role for binding in bindings for role in binding.roles)
