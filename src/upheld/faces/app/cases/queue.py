"""What waits for a person: contested rows of open asks, to be decided; and merges, recorded by somebody and never guessed.

An item has a number that means nothing, its table and a count; the keys of its rows are shown to whoever asks for this one item. A decision goes into our
records and, without anybody's data, into the ledger; after it the ask is planned again and honours it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import StoredAsk, key_json
from upheld.engine.plan.model import Binding
from upheld.faces.app.asks.firm import opened_firm
from upheld.faces.app.asks.meaning import each_bound, each_once
from upheld.faces.app.asks.meeting.decided import decided
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.people import find_subjects
from upheld.records.people.decisions import Merge, all_merges, part, record_decision, record_merge
from upheld.records.people.holds import hold_together

DIGITS = 8


@dataclass(frozen=True, slots=True)
class Item:
    """Rows of one table that only a shared identifier leads to, in one person's open ask."""

    id: str
    ask: str
    kind: str
    ref: str
    store: str
    table: str
    keys: tuple[tuple[object, ...], ...]

    @property
    def place(self) -> str:
        return f"{self.store}.{self.table}"


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits, the oldest ask first; and the merges on record. `shown`: the item whose row keys are shown."""

    items: tuple[Item, ...]
    merges: tuple[Merge, ...]
    shown: str = ""

    def rows(self) -> list[list[str]]:
        """Mark, number, ask, table, rows, what is asked."""
        waiting = [
            ["waiting", one.id, f"{one.ask}, {one.kind}", one.place, f"{len(one.keys):,}", "whose are they?"]
            for one in self.items
        ]
        return waiting + [
            ["kept", one.id, "merge", ", ".join(sorted({place for place, _ in one.roots})) or "rows that lead to one another", f"{len(one.roots):,}" if one.roots else "",
             f"parted {one.parted_at:%Y-%m-%d}" if one.parted_at else f"one person since {one.merged_at:%Y-%m-%d}"]
            for one in self.merges
        ]  # fmt: skip

    def foot(self) -> list[str]:
        """The keys of the item that was asked for, and how to decide."""
        if not self.items:
            return ["Nothing waits for a person."]
        keys = [f"{one.place}: {key_json(key)}" for one in self.items if one.id == self.shown for key in one.keys]
        return [
            *keys,
            *([""] if keys else []),
            "Look at an item: --item Q-…  Decide it: --item Q-… --decide hers|not-hers --by NAME",
        ]

    def as_json(self) -> dict[str, Any]:
        """The same for machines; keys of the shown item alone."""
        return {
            "items": [
                {"item": one.id, "ask": one.ask, "kind": one.kind, "store": one.store, "table": one.table, "rows": len(one.keys),
                 "keys": [key_json(key) for key in one.keys] if one.id == self.shown else None}
                for one in self.items
            ],
            "merges": [
                {"merge": one.id, "tables": sorted({place for place, _ in one.roots}), "merged_at": one.merged_at.isoformat(timespec="seconds"),
                 "parted_at": one.parted_at.isoformat(timespec="seconds") if one.parted_at else None}
                for one in self.merges
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided, in a line, and the ask that is to be planned again."""

    what: str
    number: str
    ask: str = ""

    def says(self) -> list[str]:
        """What stands now, and what comes next."""
        again = [f"Now plan it again: upheld plan … --again {self.ask}"] if self.ask else []
        return [f"{self.number}: {self.what}", *again]

    def as_json(self) -> dict[str, str | None]:
        """The same for machines."""
        return {"number": self.number, "decided": self.what, "plan_again": self.ask or None}


def look(app: Installation, item: str) -> Queue:
    """What waits for a person; the keys of `item`, if named. Unusable (X255) if nothing of that number waits."""
    with app.own.connection() as connection:
        items, merges = _items(app, connection), all_merges(connection, app.master)
    if item and item not in {one.id for one in items}:
        raise _unknown(item)
    return Queue(items, merges, item)


def decide_rows(app: Installation, folder: Path, item: str, hers: bool, by: str) -> Decided:
    """The rows of this item are the person's, or are not; on record. Unusable (X255, X256)."""
    _named(by)
    with opened_firm(app, folder) as firm, app.own.transaction() as connection:
        now = app.settings.now()
        found = next((one for one in _items(app, connection) if one.id == item), None)
        if found is None:
            raise _unknown(item)
        if hers and firm.estate.table(found.store, found.table).shared:
            reason = f"{found.place} is shared by several, and a key does not say as what the row would be hers."
            raise NotNow("X256", reason, "Say that they are not hers, or record a merge: --merge FILE.")
        rows = [(found.place, key_json(key)) for key in found.keys]
        record_decision(connection, app.master, found.ref, rows, hers, by, now)
        stored = asks.find_ask(connection, app.master, found.ask)
        assert stored is not None  # the item was read from it
        said = dict.fromkeys(rows, hers)
        bindings = [decided(one, said) if one.ref == found.ref else one for one in stored.bindings]
        asks.store_bindings(connection, app.master, stored.ask, bindings, now)
        asks.run_again(connection, found.ask, found.store, found.ref, len(rows))
    app.seal()
    what = f"{counted(len(rows), 'row')} of {found.place} {'are hers' if hers else 'are not hers'}."
    return Decided(what, item, found.ask)


def merge_people(app: Installation, folder: Path, lines: Sequence[str], by: str) -> Decided:
    """Two root rows are one person's, from now on, until parted. Unusable (X257) unless two lines name two people."""
    _named(by)
    with opened_firm(app, folder) as firm:
        subjects = read_subjects(lines, firm.estate)
        bound = each_bound(app, firm, subjects) if len(subjects) == 2 else ()
        if len(bound) != 2 or len(each_once(bound)) != 2:
            raise Unusable("X257", "A merge takes two lines that name two people.", "Name each by key, one line each.")
        one, other = bound
        names = _common(one, other)
        roots = [(f"{s}.{t}", key_json(key)) for each in bound for (s, t), keys in sorted(each.roots.items()) for key in keys]
        with app.own.transaction() as connection:
            # Each under a reference of their own, so that they can be two people again.
            known, _ = asks.known_people(connection, app.master, [one, other], app.settings.now())
            found = [*names, *(("root", place, text) for place, text in roots)]
            apart = find_subjects(connection, app.master, [(f"key:{place}", text) for place, text in roots])
            refs = sorted({ref for refs in apart.values() for ref in refs})
            number = record_merge(connection, app.master, known.ref, roots, found, by, app.settings.now(), refs)
            hold_together(connection, [known.ref], app.settings.today)
    app.seal()
    return Decided(f"{counted(len(roots), 'root row', 'is', 'are')} one person's. Part them again: --part {number}", number)


def _common(one: Binding, other: Binding) -> list[tuple[str, ...]]:
    """Identifiers that both bear and nobody else: asked for by one of these, both are meant."""
    theirs = {(i.kind, i.form, i.normal) for i in other.identifiers}
    return [
        ("identifier", i.kind, i.form, i.normal)
        for i in one.identifiers
        if (i.kind, i.form, i.normal) in theirs and i.bearers <= 2
    ]


def part_people(app: Installation, number: str, by: str) -> Decided:
    """They are two people again; what was done meanwhile stays done. Unusable (X257) if no such merge is in force."""
    _named(by)
    with app.own.transaction() as connection:
        if not part(connection, number, by, app.settings.now()):
            raise Unusable("X257", f"There is no merge `{number[:12]}` in force.", "Look at them: upheld queue FOLDER")
    app.seal()
    return Decided("they are two people again.", number)


def _items(app: Installation, connection: Any) -> tuple[Item, ...]:
    rows = connection.execute("SELECT id FROM ask WHERE state <> 'done' ORDER BY asked_at, id").fetchall()
    found: list[Item] = []
    for (ask,) in rows:
        stored = asks.find_ask(connection, app.master, ask)
        found += _of(stored) if stored else []
    return tuple(found)


def _of(stored: StoredAsk) -> list[Item]:
    return [
        Item(_number(stored.ask.id, binding.ref, *place), stored.ask.id, stored.ask.kind, binding.ref, *place, keys)
        for binding in stored.bindings
        for place, keys in sorted(binding.contested.items())
    ]


def _number(*parts: str) -> str:
    """Stable while the item waits; made of references alone."""
    return "Q-" + hashlib.sha256("/".join(parts).encode()).hexdigest()[:DIGITS]


def _unknown(item: str) -> Unusable:
    return Unusable("X255", f"Nothing of the number `{item[:12]}` waits.", "Look at what does: upheld queue FOLDER")


def _named(by: str) -> None:
    if not by.strip():
        raise Unusable("X259", "A decision is taken by somebody.", "Write --by NAME.")
