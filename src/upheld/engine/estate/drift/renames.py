"""Two snapshots of one store become proposals: which table, and which column, probably bears another name now.

A proposal, never a fact: whoever edits the file decides. By it the older snapshot is told in the newer one's names, so that a rename is
one finding and not a dozen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TypeVar

from upheld.engine.estate.model import LiveColumn, LiveForeignKey, LiveIndex, LiveTable, StoreCatalogue

T = TypeVar("T", LiveTable, LiveColumn)
LIKE_TABLE = 0.6  # share of columns that two tables have in common
LIKE_NAME = 0.55
OF_PLACE = 0.6  # what the same position among the columns is worth


@dataclass(frozen=True, slots=True)
class Renames:
    """Old name → new name: tables, and columns by the table's new name."""

    tables: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]


def renames(old: StoreCatalogue, new: StoreCatalogue) -> Renames:
    """Each name that is gone with the one that is new and most like it; the best pairs first, each name once."""
    gone = [table for name, table in old.tables.items() if name not in new.tables]
    come = [table for name, table in new.tables.items() if name not in old.tables]
    tables = _paired(gone, come, _table_likeness, LIKE_TABLE)
    columns = {}
    for name, table in old.tables.items():
        now = new.tables.get(tables.get(name, name))
        if now is not None:
            pairs = _columns(table, now)
            if pairs:
                columns[now.name] = pairs
    return Renames(tables, columns)


def told_by(said: Renames, old: StoreCatalogue) -> StoreCatalogue:
    """The older snapshot in the newer one's names."""
    tables = [_table(said, table) for table in old.tables.values()]
    return replace(old, tables={table.name: table for table in tables})


def _paired(gone: Sequence[T], come: Sequence[T], like: Callable[[T, T], float], least: float) -> dict[str, str]:
    scores = sorted((-like(one, other), one.name, other.name) for one in gone for other in come)
    pairs: dict[str, str] = {}
    for score, one, other in scores:
        if -score >= least and one not in pairs and other not in pairs.values():
            pairs[one] = other
    return pairs


def _table_likeness(one: LiveTable, other: LiveTable) -> float:
    if one.kind != other.kind:
        return 0.0
    mine, theirs = ({(column.name, column.family) for column in table.columns} for table in (one, other))
    return len(mine & theirs) / max(len(mine | theirs), 1)


def _columns(old: LiveTable, new: LiveTable) -> dict[str, str]:
    before, after = {c.name for c in old.columns}, {c.name for c in new.columns}
    gone = [c for c in old.columns if c.name not in after]
    come = [c for c in new.columns if c.name not in before]
    return _paired(gone, come, _column_likeness, LIKE_NAME)


def _column_likeness(one: LiveColumn, other: LiveColumn) -> float:
    """Engines keep a renamed column's place; a dropped one with a new one at the end has another, and must be alike by name."""
    if one.family != other.family:
        return 0.0
    name = SequenceMatcher(None, one.name.lower(), other.name.lower()).ratio()
    place = OF_PLACE if one.position == other.position and one.type == other.type else 0.0
    return max(name, place)


def _table(said: Renames, table: LiveTable) -> LiveTable:
    name = said.tables.get(table.name, table.name)
    mine = said.columns.get(name, {})
    return replace(
        table,
        name=name,
        part_of=said.tables.get(table.part_of, table.part_of),
        columns=tuple(replace(c, name=mine.get(c.name, c.name)) for c in table.columns),
        primary_key=_names(table.primary_key, mine),
        partition_key=_names(table.partition_key, mine),
        foreign_keys=tuple(_key(said, key, mine) for key in table.foreign_keys),
        indexes=tuple(_index(index, mine) for index in table.indexes),
        checks=tuple((check, _text(text, mine)) for check, text in table.checks),
    )


def _names(names: tuple[str, ...], mine: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(mine.get(name, name) for name in names)


def _key(said: Renames, key: LiveForeignKey, mine: Mapping[str, str]) -> LiveForeignKey:
    target = said.tables.get(key.target, key.target)
    theirs = said.columns.get(target, {})
    return replace(
        key, columns=_names(key.columns, mine), target=target, target_columns=_names(key.target_columns, theirs)
    )  # fmt: skip


def _index(index: LiveIndex, mine: Mapping[str, str]) -> LiveIndex:
    return replace(index, columns=tuple(_text(text, mine) for text in index.columns))


def _text(text: str, mine: Mapping[str, str]) -> str:
    for old, new in mine.items():
        text = re.sub(rf"\b{re.escape(old)}\b", new, text)
    return text
