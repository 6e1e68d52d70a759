"""A new hold on somebody erased before takes over what is still held: the same rows, by key, under the hold's rule and until its day.

Only cells that another ground keeps are there to be held; the hold adds a rule to them, so that they outlast the first ground's end.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import psycopg

from upheld.engine.estate.model import Estate
from upheld.engine.execution.asks import plain
from upheld.engine.execution.kept.rows import Key, about_of, opened_keys, opened_rows
from upheld.engine.plan.digest import from_json, to_json
from upheld.engine.plan.keeps import case_of, columns_of
from upheld.engine.plan.model import KeepRule, Until
from upheld.records.keys import MasterKey, seal, unseal

Place = tuple[str, str, str, int, str]  # ask, plan, store, chunk, table
Owned = dict[Key, dict[bytes, list[str]]]  # row → person → roles


def extend(
    connection: psycopg.Connection, master: MasterKey, estate: Estate, rule: KeepRule, leaves: frozenset[str], people: Collection[str], now: datetime
) -> int:  # fmt: skip
    """How many rows of these people (numbers, hex) the rule now keeps too. A reference that is no such number has none."""
    numbers = [bytes.fromhex(one) for one in people if len(one) == 64]
    entries = _entries(connection, master, estate, leaves, numbers) if numbers else {}
    keys = opened_keys(connection, master, {ask for ask, *_ in entries})
    rows = set()
    for (ask, plan, store, chunk, table), by_columns in entries.items():
        key = keys[ask]
        assert key is not None  # the entries were opened with it
        for columns, owned in by_columns.items():
            serial = _serial(connection, plan, store, chunk)
            about, listed = about_of(plan, store, chunk, serial), list(owned)
            sealed = seal(key, json.dumps([[plain(part) for part in one] for one in listed]).encode(), about)
            said = json.dumps(to_json(replace(rule, columns=columns)))
            until = rule.ends.day if isinstance(rule.ends, Until) else None
            connection.execute(
                "INSERT INTO kept_row (plan, store, chunk, serial, place, rule, until, rows, keys, hold) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [plan, store, chunk, serial, table, said, until, len(listed), sealed, case_of(rule)],
            )
            for person in {one for each in owned.values() for one in each}:
                places = [[n, owned[row][person]] for n, row in enumerate(listed) if person in owned[row]]
                connection.execute(
                    "INSERT INTO kept_share (person, plan, store, chunk, serial, places) VALUES (%s, %s, %s, %s, %s, %s)",
                    [person, plan, store, chunk, serial, seal(key, json.dumps(places).encode(), about)],
                )
            rows |= {(store, table, row) for row in listed}
    return len(rows)


def _entries(connection: psycopg.Connection, master: MasterKey, estate: Estate, leaves: frozenset[str], people: list[bytes],
             ) -> dict[Place, dict[tuple[str, ...], Owned]]:  # fmt: skip
    """What is held of these people and of these leaves, by where it is on record and by columns."""
    rows = connection.execute(
        "SELECT person, ask, plan, store, chunk, serial, place, rule, keys, places FROM kept_share JOIN kept_row USING (plan, store, chunk, serial) "
        "JOIN plan ON plan.digest = plan WHERE person = ANY(%s) ORDER BY plan, store, chunk, serial",
        [people],
    ).fetchall()
    opened = opened_keys(connection, master, {row[1] for row in rows})
    found: dict[Place, dict[tuple[str, ...], Owned]] = {}
    for person, ask, plan, store, chunk, serial, table, said, sealed, places in rows:
        key, kept = opened[ask], from_json(said)
        if key is None or not isinstance(kept, KeepRule) or table not in getattr(estate.stores.get(store), "tables", {}):
            continue
        columns = tuple(c for c in columns_of(estate.table(store, table), leaves) if c in kept.columns)
        if not columns:
            continue
        about = about_of(plan, store, chunk, serial)
        keys = opened_rows(key, sealed, about)
        owned = found.setdefault((ask, plan, store, chunk, table), {}).setdefault(columns, {})
        for position, roles in json.loads(unseal(key, places, about)):
            owned.setdefault(keys[position], {})[person] = roles
    return found


def _serial(connection: psycopg.Connection, plan: str, store: str, chunk: int) -> int:
    row = connection.execute(
        "SELECT coalesce(max(serial) + 1, 0) FROM kept_row WHERE plan = %s AND store = %s AND chunk = %s", [plan, store, chunk]
    ).fetchone()
    return row[0] if row else 0
