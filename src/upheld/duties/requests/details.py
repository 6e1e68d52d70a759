"""What a person said in a case, sealed under the case's own key; destroying the key is the purge of all of it, in every copy.

Kinds are words of ours (`name`, `email`, `words`, `answer` …). A value never leaves through an error, a log or the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

import psycopg

from upheld.records.keys import MasterKey, ask_key, destroy_ask_key, seal, unseal
from upheld.records.keys.asks import WRAPPED, find_ask_keys, unwrapped


def case_key(connection: psycopg.Connection, master: MasterKey, case: str, now: datetime) -> bytes:
    """The case's key (32 bytes), made at the first call. Letters, orders and proofs of the case are sealed under it, too."""
    return ask_key(connection, master, case, now)


def note_details(
    connection: psycopg.Connection, master: MasterKey, number: int, details: Mapping[str, str], now: datetime
) -> None:
    """What was said is on record; the same kind said again replaces what was said before. 2 statements."""
    if not details:
        return
    case = _id(number)
    key = case_key(connection, master, case, now)
    sealed = [seal(key, text.encode(), _about(case, kind)) for kind, text in details.items()]
    connection.execute(
        "INSERT INTO request_detail (request, kind, sealed, noted_at) "
        "SELECT %s, said.kind, said.sealed, %s FROM unnest(%s::text[], %s::bytea[]) AS said (kind, sealed) "
        "ON CONFLICT (request, kind) DO UPDATE SET sealed = excluded.sealed, noted_at = excluded.noted_at",
        [number, now, list(details), sealed],
    )


def details_of(
    connection: psycopg.Connection, master: MasterKey, number: int, kinds: Iterable[str] | None = None
) -> dict[str, str]:
    """What was said, by kind; empty once the key is destroyed. One statement."""
    case = _id(number)
    wanted = None if kinds is None else list(kinds)
    rows = connection.execute(
        f"SELECT {WRAPPED}, kind, sealed FROM request_detail WHERE request = %s AND (%s::text[] IS NULL OR kind = ANY(%s)) "
        "ORDER BY kind",
        [case, number, wanted, wanted],
    ).fetchall()
    if not rows or rows[0][0] is None:
        return {}
    key = unwrapped(master, case, rows[0][0])
    return {kind: unseal(key, sealed, _about(case, kind)).decode() for _, kind, sealed in rows}


def details_of_many(
    connection: psycopg.Connection, master: MasterKey, numbers: Iterable[int], kinds: Iterable[str]
) -> dict[int, dict[str, str]]:
    """These kinds of many cases, for a queue; cases without any, or without a key, are left out. 2 statements for any number."""
    wanted = list(numbers)
    rows = connection.execute(
        "SELECT request, kind, sealed FROM request_detail WHERE request = ANY(%s) AND kind = ANY(%s)", [wanted, list(kinds)]
    ).fetchall()
    keys = find_ask_keys(connection, master, sorted({_id(number) for number, _, _ in rows}))
    found: dict[int, dict[str, str]] = {}
    for number, kind, sealed in rows:
        if _id(number) in keys:
            text = unseal(keys[_id(number)], sealed, _about(_id(number), kind)).decode()
            found.setdefault(number, {})[kind] = text
    return found


def purge(connection: psycopg.Connection, number: int, now: datetime) -> bool:
    """Nothing that was sealed for the case opens any more, and its rows are gone. The register's line stays. False: done before."""
    connection.execute("DELETE FROM request_detail WHERE request = %s", [number])
    connection.execute("UPDATE request SET purged_at = coalesce(purged_at, %s) WHERE number = %s", [now, number])
    return destroy_ask_key(connection, _id(number))


def sealed_note(key: bytes, number: int, note: Mapping[str, str] | str) -> bytes:
    """A note of the timeline, sealed."""
    text = note if isinstance(note, str) else json.dumps(note, ensure_ascii=False, sort_keys=True)
    return seal(key, text.encode(), _about(_id(number), "note"))


def opened_note(key: bytes, number: int, sealed: bytes) -> str:
    """A note of the timeline, opened."""
    return unseal(key, sealed, _about(_id(number), "note")).decode()


def _id(number: int) -> str:
    return f"R-{number:04d}"


def _about(case: str, kind: str) -> str:
    return f"request:{case}:{kind}"
