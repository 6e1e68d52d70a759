"""Rows that an erasure leaves stand in our own database by table, rule and end; their keys sealed, for nothing in them need name anybody.

The key that seals them outlives the ask's own (`kept:A-0001`): when the ground ends, the rows are found again. Must never write a row's key in plain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from upheld.engine.execution.asks import plain, typed
from upheld.engine.execution.journal import ChunkRecord, Kept, Owners
from upheld.engine.plan.digest import from_json, to_json
from upheld.engine.plan.keeps import case_of
from upheld.engine.plan.model import KeepRule
from upheld.records.keys import MasterKey, ask_key, find_ask_key, seal, unseal

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows of one table that stand under one rule until a day (None: until its end is known). `whole`: an erasure left them, and ended all else in them."""

    store: str
    table: str
    rule: KeepRule
    until: date | None
    keys: tuple[Key, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry of kept rows as it was just written: its number, and whose each of its keys is."""

    serial: int
    owners: tuple[Owners, ...]


def kept_name(ask: str) -> str:
    """The name of the key that seals kept rows: it outlives the ask's own, until the last of them ends."""
    return f"kept:{ask}"


def keep(
    connection: psycopg.Connection, master: MasterKey, plan: str, ask: str, record: ChunkRecord, now: datetime
) -> list[Stored]:
    """Kept keys, sealed. An attempt that runs again adds its own: what the first one kept may have been committed. 3 statements."""
    if not any(all(kept.keys) for kept in record.kept):
        return []  # of a record read back the keys are stored already
    key = ask_key(connection, master, kept_name(ask), now)
    row = connection.execute(
        "SELECT coalesce(max(serial) + 1, 0) FROM kept_row WHERE plan = %s AND store = %s AND chunk = %s",
        [plan, record.store, record.chunk],
    ).fetchone()
    serial = row[0] if row else 0
    stored: list[Stored] = []
    rows = []
    for kept in record.kept:
        for until, numbers in by_end(kept).items():
            keys = [[plain(part) for part in kept.keys[n]] for n in numbers]
            if not all(keys):
                continue  # a record read back: its keys are stored already
            about = about_of(plan, record.store, record.chunk, serial)
            sealed = seal(key, json.dumps(keys).encode(), about)
            rule = json.dumps(to_json(bare(kept.rule)))
            place = (plan, record.store, record.chunk, serial, kept.table)
            rows.append((*place, rule, until, len(keys), sealed, case_of(kept.rule)))
            stored.append(Stored(serial, tuple(kept.owners[n] for n in numbers) if kept.owners else ()))
            serial += 1
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO kept_row (plan, store, chunk, serial, place, rule, until, rows, keys, hold) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                rows,
            )
    return stored


def about_of(plan: str, store: str, chunk: int, serial: int) -> str:
    """What the seal of one entry's keys is bound to."""
    return f"{plan}/{store}/{chunk}/{serial}"


def kept_keys(
    connection: psycopg.Connection, master: MasterKey, ask: str, now: datetime
) -> list[tuple[str, str, date | None, Any]]:
    """(store, table, until, row keys) of every row that this ask left standing; empty where the key is gone."""
    found = _kept(connection, master, "ask.id = %s", [ask])
    return [(one.store, one.table, one.until, [list(key) for key in one.keys]) for one in found]


def kept_in(connection: psycopg.Connection, master: MasterKey, store: str, table: str) -> list[KeptRows]:
    """The rows of one table that any ask left standing. One statement, and one for each ask that left some."""
    return _kept(connection, master, "store = %s AND place = %s", [store, table])


def kept_of(connection: psycopg.Connection, master: MasterKey, plan: str, store: str) -> list[KeptRows]:
    """The rows of one store that this plan left standing. 2 statements."""
    return _kept(connection, master, "plan.digest = %s AND store = %s", [plan, store])


def all_kept(connection: psycopg.Connection, master: MasterKey) -> list[KeptRows]:
    """Every row that any ask left standing. One statement, and one for each ask that left some."""
    return _kept(connection, master, "true", [])


def _kept(connection: psycopg.Connection, master: MasterKey, where: LiteralString, given: list[str]) -> list[KeptRows]:
    rows = connection.execute(
        "SELECT ask.id, plan, store, chunk, serial, place, rule, until, keys, ask.kind FROM kept_row JOIN plan ON plan.digest = plan "
        f"JOIN ask ON ask.id = plan.ask WHERE {where} ORDER BY ask.id, store, place, chunk, serial",
        given,
    ).fetchall()
    opened = opened_keys(connection, master, {row[0] for row in rows})
    found = []
    for ask, plan, store, chunk, serial, table, said, until, sealed, kind in rows:
        key, rule = opened[ask], from_json(said)
        if key is not None and isinstance(rule, KeepRule):
            keys = opened_rows(key, sealed, about_of(plan, store, chunk, serial))
            found.append(KeptRows(store, table, rule, until, keys, kind != "retention"))
    return found


def opened_keys(connection: psycopg.Connection, master: MasterKey, asks: set[str]) -> Mapping[str, bytes | None]:
    """The key of each ask's kept rows; None once it is destroyed. One statement an ask."""
    return {ask: find_ask_key(connection, master, kept_name(ask)) for ask in asks}


def opened_rows(key: bytes, sealed: bytes, about: str) -> tuple[Key, ...]:
    """The row keys of one entry."""
    return tuple(tuple(typed(part) for part in one) for one in json.loads(unseal(key, sealed, about)))


def by_end(kept: Kept) -> dict[date | None, list[int]]:
    """Positions of the keys by the day on which each one's rule ends."""
    found: dict[date | None, list[int]] = {}
    for number, until in enumerate(kept.until):
        found.setdefault(until, []).append(number)
    return found


def bare(rule: KeepRule) -> KeepRule:
    """The rule without the references of its subjects."""
    return KeepRule(rule.ground, rule.columns, rule.ends, rule.why)


def let_go(connection: psycopg.Connection, stores: Sequence[str], day: date) -> int:
    """Entries whose day has come, and whose rows are ended by now, are known no more; how many. 1 statement."""
    return connection.execute("DELETE FROM kept_row WHERE until <= %s AND store = ANY(%s)", [day, list(stores)]).rowcount
