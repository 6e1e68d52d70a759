"""Held cells become part of an access: rows of an earlier erasure, read by key, with the cells that stay and nothing else of them.

Assumes the sets of the chunk's people have been read as far as the access needs them. A row that links still lead to is answered
whole with the others and not a second time. Other people's columns of a shared row stay left out, by the roles in which she owned it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from upheld.engine.estate.model import StoreMap, Table
from upheld.engine.execution.chunks.sets import KeySet, Row
from upheld.engine.execution.journal import Owners
from upheld.engine.plan.model import Binding, HeldCells, Why
from upheld.engine.plan.passes.of_access import read_step
from upheld.engine.plan.steps import ByKey, ReadRows, Rows
from upheld.engine.stores.sql.reading import SUBJECT

WHY = Why((), (), "stays from an erasure before")
Reached = Mapping[str, Mapping[Row, Owners]]


@dataclass(frozen=True, slots=True)
class HeldRead:
    """One step to read held rows of one table with the same kept columns, and the rows with their subjects' numbers."""

    step: ReadRows
    part: str
    rows: tuple[Row, ...]


def tables_held(bindings: Sequence[Binding], store: StoreMap) -> frozenset[str]:
    """The tables of this store in which an earlier erasure left something of these people."""
    return frozenset(h.table for b in bindings for h in b.held if h.store == store.store and h.table in store.tables)


def held_reads(bindings: Sequence[Binding], store: StoreMap, reached: Reached) -> tuple[list[HeldRead], dict[str, KeySet]]:
    """The steps, and the sets that they read; `reached`: whose rows are still found by links, which the access shows by itself."""
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Row]] = {}
    for ordinal, binding in enumerate(bindings):
        for held in binding.held:
            if held.store != store.store or held.table not in store.tables:
                continue
            table = store.tables[held.table]
            owners = dict(reached.get(held.table, {}).get(held.key, ()))
            shown = _shown(table, held)
            if shown is None or len(held.key) != len(table.key):
                continue
            mine, others = shown
            if binding.ref in owners and mine <= _seen(table, owners[binding.ref]):
                continue
            group = held.table, tuple(sorted(mine)), tuple(sorted(others))
            groups.setdefault(group, []).append((*held.key, ordinal))
    sets: dict[str, KeySet] = {}
    reads = []
    for number, ((name, columns, left_out), rows) in enumerate(sorted(groups.items())):
        table, part = store.tables[name], f"held{number}"
        found = sets.setdefault(name, KeySet((*table.key, SUBJECT), [], len(table.key)))
        found.parts[part] = list(range(len(found.rows), len(found.rows) + len(rows)))
        found.rows += rows
        step = read_step(table, Rows(name, table.key, (ByKey(part),)), WHY, frozenset(columns))
        hidden = tuple((column, "others", "it is another person's") for column in left_out)
        reads.append(HeldRead(replace(step, roles=(), withheld=(*step.withheld, *hidden)), part, tuple(rows)))
    return reads, sets


def _shown(table: Table, held: HeldCells) -> tuple[frozenset[str], frozenset[str]] | None:
    """The kept columns that she may see and those that are another's; None: of her role nothing is shown."""
    columns = frozenset(held.columns) & {column.name for column in table.columns}
    if not table.shared:
        return columns, frozenset()
    left_out = _left_out(table, held.roles)
    return None if left_out is None else (columns - left_out, columns & left_out)


def _left_out(table: Table, roles: frozenset[str]) -> frozenset[str] | None:
    seeing = [table.shared[role] for role in roles if role in table.shared and table.shared[role].access == "full"]
    return frozenset.intersection(*(frozenset(rule.without) for rule in seeing)) if seeing else None


def _seen(table: Table, roles: frozenset[str]) -> frozenset[str]:
    """What the access shows by itself of a row that it reaches in these roles."""
    every = frozenset(column.name for column in table.columns)
    if not table.shared:
        return every
    left_out = _left_out(table, roles)
    return frozenset() if left_out is None else every - left_out
