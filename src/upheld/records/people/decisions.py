"""A person decides what no program may guess: whose contested rows are, and that two root rows are one person. Dated, and a merge can be undone.

Rows are named as (place, key as JSON text), sealed at rest; a merge is found again by keyed hashes of its roots and of the identifiers that they share. Both go
with the person. The ledger's leaf counts; who decided what of whom stands in its detail. Not taken: likeness in percent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from upheld.records.keys import MasterKey, hash_key, keyed_hash, seal, unseal
from upheld.records.ledger import Detail, Leaf, append

Row = tuple[str, str]  # place (store.table), key as JSON text
Name = tuple[str, ...]
EVER = "1"  # the key lives as long as people are known
START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Merge:
    """Root rows that a person said are one person's. `parted_at`: since when they are two again."""

    id: str
    subject: str
    roots: tuple[Row, ...]
    merged_at: datetime
    parted_at: datetime | None


def record_decision(
    connection: psycopg.Connection, master: MasterKey, subject: str, rows: Sequence[Row], hers: bool, by: str, now: datetime
) -> str:
    """These rows are the person's, or are not. The leaf's id."""
    key = _key(connection, master)
    detail = Detail({"subject": subject, "by": by, "hers": "yes" if hers else "no", "rows": len(rows)}, subject)
    counts = {"rows": len(rows), "hers": len(rows) if hers else 0}
    leaf = append(connection, [Leaf("contested:decided", now, (), counts, detail=detail)])[0]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO row_decision (subject, place, key, hers, decided_at, decided_by, leaf) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(subject, place, seal(key, text.encode(), subject), hers, now, by, leaf) for place, text in rows],
        )
    return leaf


def decisions_of(
    connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str]
) -> Mapping[str, Mapping[Row, bool]]:
    """By person, what was decided of each row, the latest word. 2 statements for any number."""
    rows = connection.execute(
        "SELECT subject, place, key, hers FROM row_decision WHERE subject = ANY(%s) ORDER BY serial", [list(subjects)]
    ).fetchall()
    if not rows:
        return {}
    key = _key(connection, master)
    found: dict[str, dict[Row, bool]] = {}
    for subject, place, sealed, hers in rows:
        found.setdefault(subject, {})[place, unseal(key, sealed, subject).decode()] = hers
    return found


def record_merge(
    connection: psycopg.Connection, master: MasterKey, subject: str, roots: Sequence[Row], names: Sequence[Name], by: str, now: datetime,
    people: Sequence[str] = (),
) -> str:  # fmt: skip
    """These root rows are one person, from now on, until parted; its number (M-0001). `names`: by what the merge is found. `people`: the refs
    under which they were known apart."""
    row = connection.execute("SELECT nextval('merge_number')").fetchone()
    assert row is not None
    id = f"M-{row[0]:04d}"
    key = _key(connection, master)
    detail = Detail({"subject": subject, "by": by, "merge": id}, subject)
    leaf = append(connection, [Leaf("identity:merged", now, (), {"roots": len(roots)}, detail=detail)])[0]
    connection.execute(
        "INSERT INTO merge (id, subject, roots, merged_at, merged_by, leaf) VALUES (%s, %s, %s, %s, %s, %s)",
        [id, subject, seal(key, json.dumps(list(roots)).encode(), id), now, by, leaf],
    )
    connection.execute(
        "INSERT INTO merge_name (merge, hash) SELECT %s, unnest(%s::bytea[])",
        [id, sorted({keyed_hash(key, *name) for name in names})],
    )
    connection.execute(
        "INSERT INTO merge_person (merge, subject) SELECT %s, unnest(%s::text[])", [id, sorted({subject, *people})]
    )
    return id


# From each ref to every ref that merges in force join with it, over however many of them: `one (asked, subject)`. Takes the refs, or an ask's number.
EACH_NAME = """
WITH RECURSIVE one (asked, subject) AS (
    SELECT s, s FROM unnest(%s::text[]) AS s
    UNION
    SELECT asked, other.subject FROM one JOIN merge_person mine ON mine.subject = one.subject
    JOIN merge ON merge.id = mine.merge AND parted_at IS NULL JOIN merge_person other ON other.merge = mine.merge
)
"""
EACH_NAME_OF_ASK = EACH_NAME.replace("%s::text[]", "ARRAY(SELECT ask_subject.subject FROM ask_subject WHERE ask = %s)")
ONE = f"{EACH_NAME} SELECT asked, array_agg(subject ORDER BY subject) FROM one GROUP BY asked"


def one_person(connection: psycopg.Connection, subjects: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Under which refs each of these people is known: their own, and those that merges in force join with it. One statement."""
    rows = connection.execute(ONE, [list(subjects)]).fetchall()
    return {asked: tuple(refs) for asked, refs in rows}


def part(connection: psycopg.Connection, id: str, by: str, now: datetime) -> bool:
    """They are two people again; True if they were one."""
    row = connection.execute(
        "UPDATE merge SET parted_at = %s, parted_by = %s WHERE id = %s AND parted_at IS NULL RETURNING subject", [now, by, id]
    ).fetchone()
    if row is not None:
        detail = Detail({"subject": row[0], "by": by, "merge": id}, row[0])
        append(connection, [Leaf("identity:parted", now, (), {}, detail=detail)])
    return row is not None


def merges_by(connection: psycopg.Connection, master: MasterKey, names: Sequence[Name]) -> Mapping[Name, tuple[Merge, ...]]:
    """The merges in force that each name leads to. 2 statements for any number."""
    key = _key(connection, master)
    by_hash = {keyed_hash(key, *name): name for name in names}
    rows = connection.execute(
        "SELECT hash, id, subject, roots, merged_at, parted_at FROM merge_name JOIN merge ON merge.id = merge "
        "WHERE hash = ANY(%s) AND parted_at IS NULL ORDER BY id",
        [list(by_hash)],
    ).fetchall()
    found: dict[Name, tuple[Merge, ...]] = {}
    for hash, *said in rows:
        found[by_hash[hash]] = (*found.get(by_hash[hash], ()), _merge(key, *said))
    return found


def all_merges(connection: psycopg.Connection, master: MasterKey) -> tuple[Merge, ...]:
    """Every merge, the oldest first, parted ones too. 2 statements."""
    key = _key(connection, master)
    rows = connection.execute("SELECT id, subject, roots, merged_at, parted_at FROM merge ORDER BY id").fetchall()
    return tuple(_merge(key, *row) for row in rows)


def opened_decisions(connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str]) -> list[tuple[object, ...]]:
    """(ref, place, key, whether hers, when) of each row decided for these people, for their own eyes."""
    rows = connection.execute(
        "SELECT subject, place, key, hers, decided_at FROM row_decision WHERE subject = ANY(%s) ORDER BY serial",
        [list(subjects)],
    ).fetchall()
    key = _key(connection, master) if rows else b""
    return [(ref, place, unseal(key, sealed, ref).decode(), hers, at) for ref, place, sealed, hers, at in rows]


def opened_merges(connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str]) -> list[tuple[object, ...]]:
    """(ref, number, root rows as text, since when, until when) of these people's merges, for their own eyes."""
    rows = connection.execute(
        "SELECT subject, id, roots, merged_at, parted_at FROM merge WHERE subject = ANY(%s) ORDER BY id", [list(subjects)]
    ).fetchall()
    key = _key(connection, master) if rows else b""
    told = [(ref, _merge(key, id, ref, roots, since, until)) for ref, id, roots, since, until in rows]
    return [
        (ref, one.id, "; ".join(f"{place} {text}" for place, text in one.roots), one.merged_at, one.parted_at)
        for ref, one in told
    ]


def _merge(key: bytes, id: str, subject: str, sealed: bytes, merged_at: datetime, parted_at: datetime | None) -> Merge:
    roots = tuple((place, text) for place, text in json.loads(unseal(key, sealed, id)))
    return Merge(id, subject, roots, merged_at, parted_at)


def _key(connection: psycopg.Connection, master: MasterKey) -> bytes:
    return hash_key(connection, master, "decision", EVER, START)
