"""Who and what the calendar must know by key: people of cases and of earlier asks, who are spared for now, and rows that only a ground has kept.

Read from our own records and handed on as lists of keys, in memory alone; a plan names the lists and holds none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import AGREED, APPROVAL, typed
from upheld.engine.execution.calendar.lists import lists_of_kept, over_in
from upheld.engine.execution.kept.rows import all_kept
from upheld.engine.plan.calendar import Spared
from upheld.engine.plan.matrix import WAITS
from upheld.engine.plan.model import Binding
from upheld.language.promises.model import Citation
from upheld.records.keys import MasterKey
from upheld.records.people.decisions import one_person
from upheld.records.people.holds import Hold
from upheld.records.people.identities import identities_of

Key = tuple[object, ...]
Places = dict[tuple[str, str], tuple[Key, ...]]


@dataclass(frozen=True, slots=True)
class Lists:
    """`bindings` carry the lists by name; `kept`: places of rows whose ground has ended; `holds`: ids that the plan then knows."""

    bindings: tuple[Binding, ...]
    spared: tuple[Spared, ...]
    kept: frozenset[tuple[str, str]]
    holds: tuple[str, ...]
    restrictions: int = 0  # the number of the latest restriction that these lists know


def lists_of(connection: Any, master: MasterKey, now: datetime, day: date) -> Lists:
    """As of now, in the caller's transaction. A statement a kept ask, a hold and an open ask, and a few more."""
    bindings, spared, holds = list(lists_of_kept(all_kept(connection, master), day)), [], []
    for hold in _holds(connection, now.date()):
        name = f"hold {hold.id}"
        bindings.append(Binding(name, _roots(connection, master, hold.subjects)))
        spared.append(Spared(name, frozenset(hold.leaves)))
        holds.append(hold.id)
    for ask in _open_asks(connection, now):
        found = asks.find_ask(connection, master, ask)
        if found is not None and found.bindings:
            bindings.append(Binding(f"ask {ask}", _joined(b.roots for b in found.bindings)))
            spared.append(Spared(f"ask {ask}", None))
    for name, leaves, refs in _restricted(connection):
        names = {one for names in one_person(connection, refs).values() for one in names}
        bindings.append(Binding(name, _roots(connection, master, names)))
        spared.append(Spared(name, leaves))
    return Lists(tuple(bindings), tuple(spared), over_in(bindings), tuple(holds), _latest_restriction(connection))


def _holds(connection: Any, today: date) -> list[Hold]:
    rows = connection.execute(
        "SELECT id, ground, clause, source, at, leaves, until, array_agg(subject) FROM hold JOIN hold_subject ON hold = id "
        "WHERE ended_at IS NULL AND until > %s GROUP BY id ORDER BY id",
        [today],
    ).fetchall()
    return [Hold(r[0], r[1], r[2], Citation(r[3], r[4]), tuple(r[5]), r[6], frozenset(r[7])) for r in rows]


def _restricted(connection: Any) -> list[tuple[str, frozenset[str] | None, list[str]]]:
    """(name of the list, what is restricted of them, who): data that the person wants only stored is not ended, either (GDPR Art. 18(1)(b) and (c)).

    A restriction of purposes alone is one of all data here: ending them is none of the purposes, and cannot be undone.
    """
    rows = connection.execute(
        "SELECT data, array_agg(DISTINCT subject) FROM person_restriction WHERE lifted_at IS NULL GROUP BY data ORDER BY data NULLS FIRST"
    ).fetchall()
    return [
        ("restricted" if data is None else f"restricted {', '.join(data)}", None if data is None else frozenset(data), refs)
        for data, refs in rows
    ]


def _latest_restriction(connection: Any) -> int:
    return int(connection.execute("SELECT coalesce(max(serial), 0) FROM person_restriction").fetchone()[0])


def _roots(connection: Any, master: MasterKey, refs: Iterable[str]) -> Places:
    """The root rows by which we know these people."""
    found: dict[tuple[str, str], dict[Key, None]] = {}
    for names in identities_of(connection, master, sorted(refs)).values():
        for form, value in names:
            if form.startswith("key:"):
                store, _, table = form.removeprefix("key:").partition(".")
                found.setdefault((store, table), {})[tuple(typed(part) for part in json.loads(value))] = None
    return {place: tuple(keys) for place, keys in found.items()}


def _open_asks(connection: Any, now: datetime) -> list[str]:
    """Asks that must be answered before anything of their people ends."""
    kinds = sorted({earlier for kind, earlier in WAITS if kind == "retention"})
    rows = connection.execute(
        f"SELECT id FROM ask AS other WHERE kind = ANY(%s) AND state <> 'done' AND (state <> 'planned' OR {AGREED} > %s) ORDER BY id",
        [kinds, now - APPROVAL],
    ).fetchall()
    return [row[0] for row in rows]


def _joined(roots: Iterable[Any]) -> Places:
    found: dict[tuple[str, str], dict[Key, None]] = {}
    for places in roots:
        for place, keys in places.items():
            found.setdefault(place, {}).update(dict.fromkeys(keys))
    return {place: tuple(keys) for place, keys in found.items()}
