"""Verified identifiers and root keys become a sealed way to what an erasure left of a person, which lives exactly as long as the rows it leads to.

Once a link is cut, nothing in a kept row names anybody, and an erased person who asks what is still held must be answered. A name is a keyed hash
with a key per quarter, like a tombstone; it leads to a number that means nothing, and that number to places in sealed lists of row keys. When a kept row's entry goes, its
shares go with it, and with the last share every name. docs/decisions/after-an-erasure.md says what this is worth to a thief. Not taken: the person's
reference; it would keep her known to every other record of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import Estate
from upheld.engine.execution.asks import key_text
from upheld.engine.execution.bind import Subject
from upheld.engine.execution.chunks.values import taboo_of
from upheld.engine.execution.journal import ChunkRecord
from upheld.engine.execution.kept.rows import Key, Stored, about_of, kept_name, opened_keys, opened_rows
from upheld.engine.plan.digest import from_json
from upheld.engine.plan.model import Binding, HeldCells, KeepRule
from upheld.records.keys import MasterKey, ask_key, find_ask_key, hash_key, keyed_hash, seal, unseal
from upheld.records.keys.hashing import destroy_hash_key, hash_keys, quarter

USE = "kept-name"
IDENTIFIER, STANDS, GONE = "identifier", "key", "gone"  # the root row stood on as an empty frame, or was deleted
Name = tuple[str, ...]
Root = tuple[str, str, Key]  # store, table, key
Frames = frozenset[Root]


@dataclass(frozen=True, slots=True)
class Held:
    """What erasures left of one who asks: the numbers under which she is kept, and the cells by row."""

    people: frozenset[bytes]
    cells: tuple[HeldCells, ...]


# ---- written beside the kept rows ------------------------------------------------------------------------------------


def share(
    connection: psycopg.Connection,
    master: MasterKey,
    plan: str,
    ask: str,
    record: ChunkRecord,
    stored: Sequence[Stored],
    bindings: Mapping[str, Binding],
    frames: Frames,
    now: datetime,
    *,
    kept_before: bool = False,
) -> None:
    """Whose the kept rows are, sealed, and the names that lead there. 5 statements for any number of people.

    `frames`: bound roots that stand on, of this store and of those before it. `kept_before`: an erasure has kept rows of these people
    already, their references are its numbers, and its names lead there.
    """  # fmt: skip
    name = kept_name(ask)
    key = ask_key(connection, master, name, now) if stored else None if kept_before else find_ask_key(connection, master, name)
    if key is None:  # nothing was kept so far, so nothing is to be found
        return
    numbers = {ref: bytes.fromhex(ref) if kept_before else keyed_hash(key, "person", ref) for ref in record.refs}
    people, serials, places = [], [], []
    for entry in stored:
        theirs: dict[str, list[list[object]]] = {}
        for position, owners in enumerate(entry.owners):
            for ref, roles in owners:
                theirs.setdefault(ref, []).append([position, sorted(roles)])
        about = about_of(plan, record.store, record.chunk, entry.serial)
        for ref, found in theirs.items():
            people.append(numbers[ref])
            serials.append(entry.serial)
            places.append(seal(key, json.dumps(found).encode(), about))
    if people:
        connection.execute(
            "INSERT INTO kept_share (person, plan, store, chunk, serial, places) "
            "SELECT p, %s, %s, %s, s, b FROM unnest(%s::bytea[], %s::int[], %s::bytea[]) AS n (p, s, b)",
            [plan, record.store, record.chunk, people, serials, places],
        )
    if kept_before:
        return
    rows = connection.execute(
        "SELECT DISTINCT person FROM kept_share WHERE person = ANY(%s)", [list(numbers.values())]
    ).fetchall()
    kept = {row[0] for row in rows}
    named = {numbers[ref]: names_to_keep(bindings[ref], frames) for ref in record.refs if numbers[ref] in kept}
    _name(connection, master, named, now)


def names_to_keep(binding: Binding, frames: Frames) -> frozenset[Name]:
    """By what a person will be found: identifiers that named her alone, and her root rows."""
    names: set[Name] = {(IDENTIFIER, one.kind, one.form, one.normal) for one in binding.identifiers if one.bearers <= 1}
    for (store, table), keys in binding.roots.items():
        for key in keys:
            names.add((STANDS if (store, table, key) in frames else GONE, f"{store}.{table}", key_text(key)))
    return frozenset(names)


def _name(connection: psycopg.Connection, master: MasterKey, named: Mapping[bytes, frozenset[Name]], now: datetime) -> None:
    if not named:
        return
    epoch = quarter(now.date())
    key = hash_key(connection, master, USE, epoch, now)
    pairs = sorted((keyed_hash(key, *name), person) for person, names in named.items() for name in names)
    connection.execute(
        "INSERT INTO kept_name (hash, person, epoch) SELECT h, p, %s FROM unnest(%s::bytea[], %s::bytea[]) AS n (h, p) ON CONFLICT DO NOTHING",
        [epoch, [hash for hash, _ in pairs], [person for _, person in pairs]],
    )


# ---- sought when somebody asks ---------------------------------------------------------------------------------------


def names_asked(estate: Estate, subject: Subject, binding: Binding | None) -> frozenset[Name]:
    """By what this person may be found among the kept: what the ask verified, and what her bound root rows bear.

    An identifier of a kind that may name several, and a placeholder, lead nowhere. The key of a root row that was deleted leads to
    its person only while no row bears it: keys are given anew, and whoever bears it now is somebody else.
    """
    found: set[Name] = set(_identifiers(estate, subject, binding))
    living = {(store, table, key) for (store, table), keys in (binding.roots if binding else {}).items() for key in keys}
    asked = {(store, table, tuple(key)) for (store, table), keys in subject.keys.items() for key in keys}
    for store, table, key in living | asked:
        place = f"{store}.{table}", key_text(key)
        found.add((STANDS, *place))
        if (store, table, key) not in living:
            found.add((GONE, *place))
    return frozenset(found)


def _identifiers(estate: Estate, subject: Subject, binding: Binding | None) -> Iterator[Name]:
    alone = _naming_one(estate)
    regions = {store.region or store.place for store in estate.stores.values()}
    for kind, form, value in subject.identifiers:
        for normal in {normalise(form, value, region) for region in sorted(regions)} - {None}:
            if (kind, form) in alone and normal not in alone[kind, form]:
                yield IDENTIFIER, kind, form, str(normal)
    for one in binding.identifiers if binding else ():
        if one.bearers <= 1 and (one.kind, one.form) in alone and one.normal not in alone[one.kind, one.form]:
            yield IDENTIFIER, one.kind, one.form, one.normal


def _naming_one(estate: Estate) -> dict[tuple[str, str], frozenset[str]]:
    """(kind, form) of identifiers that name one person wherever they stand → placeholders among them."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    several = set()
    for store in estate.stores.values():
        for table in store.tables.values():
            for one in table.identifies if table.root else ():
                place = (table.root or "", one.form)
                found[place] = found.get(place, frozenset()) | taboo_of(store, table.name, one.form)
                if one.names != "one":
                    several.add(place)
    return {place: taboo for place, taboo in found.items() if place not in several}


def held_of(connection: psycopg.Connection, master: MasterKey, asked: Mapping[str, frozenset[Name]]) -> dict[str, Held]:
    """What erasures left of each of `asked` (any word → names); no entry for whom nothing is kept.

    3 statements, and one for each ask that left something. Errors: X905 where our own records were altered.
    """
    hashes: dict[bytes, set[str]] = {}
    for key in hash_keys(connection, master, USE).values():
        for word, names in asked.items():
            for name in names:
                hashes.setdefault(keyed_hash(key, *name), set()).add(word)
    if not hashes:
        return {}
    people: dict[bytes, set[str]] = {}
    for hash, person in connection.execute(
        "SELECT hash, person FROM kept_name WHERE hash = ANY(%s)", [list(hashes)]
    ).fetchall():
        people.setdefault(person, set()).update(hashes[hash])
    cells = _cells(connection, master, people) if people else {}
    people = {
        person: words for person, words in people.items() if person in cells
    }  # a name may outlive its last row by a moment
    return {
        word: Held(
            frozenset(person for person, words in people.items() if word in words),
            _merged(cell for person, words in people.items() if word in words for cell in cells.get(person, ())),
        )
        for word in sorted({word for words in people.values() for word in words})
    }


def _cells(connection: psycopg.Connection, master: MasterKey, people: Iterable[bytes]) -> dict[bytes, list[HeldCells]]:
    rows = connection.execute(
        "SELECT person, ask, plan, store, chunk, serial, place, rule, keys, places FROM kept_share JOIN kept_row USING (plan, store, chunk, serial) "
        "JOIN plan ON plan.digest = plan WHERE person = ANY(%s) ORDER BY plan, store, chunk, serial",
        [list(people)],
    ).fetchall()
    opened = opened_keys(connection, master, {row[1] for row in rows})
    lists: dict[str, tuple[Key, ...]] = {}
    found: dict[bytes, list[HeldCells]] = {}
    for person, ask, plan, store, chunk, serial, table, said, sealed, places in rows:
        key, rule, about = opened[ask], from_json(said), about_of(plan, store, chunk, serial)
        if key is None or not isinstance(rule, KeepRule):
            continue
        if about not in lists:
            lists[about] = opened_rows(key, sealed, about)
        for position, roles in json.loads(unseal(key, places, about)):
            found.setdefault(person, []).append(HeldCells(store, table, lists[about][position], rule.columns, frozenset(roles)))
    return found


def _merged(cells: Iterable[HeldCells]) -> tuple[HeldCells, ...]:
    """Each row once, with every column that some rule keeps of it."""
    columns: dict[tuple[str, str, Key], set[str]] = {}
    roles: dict[tuple[str, str, Key], set[str]] = {}
    for one in cells:
        place = one.store, one.table, one.key
        columns.setdefault(place, set()).update(one.columns)
        roles.setdefault(place, set()).update(one.roles)
    return tuple(
        HeldCells(*place, tuple(sorted(columns[place])), frozenset(roles[place])) for place in sorted(columns, key=repr)
    )


# ---- its end ---------------------------------------------------------------------------------------------------------


def tidy(connection: psycopg.Connection, master: MasterKey, now: datetime) -> int:
    """After kept rows went: names, and keys that seal nothing any more, are gone too; how many names."""
    used = "SELECT 'kept:' || plan.ask FROM kept_row JOIN plan ON plan.digest = plan"
    connection.execute(f"DELETE FROM ask_key WHERE ask LIKE 'kept:%%' AND ask NOT IN ({used})", [])
    return forget_names(connection, master, now)


def forget_names(connection: psycopg.Connection, master: MasterKey, now: datetime) -> int:
    """Names that lead to nothing any more are gone, and keys of quarters that hold none; how many names. Called when kept rows went."""
    gone = connection.execute(
        "DELETE FROM kept_name AS n WHERE NOT EXISTS (SELECT FROM kept_share s WHERE s.person = n.person)"
    ).rowcount
    living = {row[0] for row in connection.execute("SELECT DISTINCT epoch FROM kept_name").fetchall()}
    for epoch in hash_keys(connection, master, USE):
        if epoch not in living and epoch != quarter(now.date()):
            destroy_hash_key(connection, USE, epoch)
    return gone
