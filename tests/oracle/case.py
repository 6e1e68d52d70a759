"""One case for engine and oracle alike: an estate, what the databases hold, what must be kept, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from tests.oracle.schema import View
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.plan.model import KeepRule

Row = dict[str, object]
Rows = dict[tuple[str, str], list[Row]]  # (store, table) → rows, all tables, mapped or not
Place = tuple[str, str, int]  # store, table, position in Rows


@dataclass(frozen=True)
class Subject:
    """Who asks: root keys by table, and verified identifiers as (kind, form, value as the person wrote it)."""

    ref: str
    keys: Mapping[tuple[str, str], tuple[tuple[object, ...], ...]] = field(default_factory=dict)
    identifiers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Case:
    estate: Estate
    catalogue: Catalogue
    rows: Rows
    subjects: tuple[Subject, ...]
    keeps: Mapping[tuple[str, str], tuple[KeepRule, ...]] = field(default_factory=dict)
    today: date = date(2026, 1, 15)
    views: Mapping[tuple[str, str], View] = field(default_factory=dict)

    def of(self, *subjects: Subject) -> Case:
        """The same world, asked by others."""
        return replace(self, subjects=subjects)

    def with_rows(self, rows: Rows) -> Case:
        """The same ask over other data."""
        return replace(self, rows=rows)

    def row(self, place: Place) -> Row:
        return self.rows[place[0], place[1]][place[2]]
