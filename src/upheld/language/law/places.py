"""A regime as a part of its territory says it: a state's own lengths and rights in the place of the regime's.

Only what the place's row says otherwise is replaced, under the citation of that row; what it says alike keeps the
regime's own, better, citation. Not taken: a regime a state; twenty states differ in four numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from upheld.language.law.model import Clock, Fact, Regime, Span

# Column of the row → clocks that it gives the length of; days, as the rows count.
LENGTHS = {"respond-days": ("respond", "refuse"), "appeal-response-days": ("appeal-response",)}
# Column of the row → right that is there only where it says so.
RIGHTS = {
    "right-to-correct": "rectification",
    "profiling-opt-out": "opt-out-profiling",
    "appeal": "appeal",
    "list-of-specific-third-parties": "third-party-list",
}


def in_place(regime: Regime, place: str) -> Regime:
    """The regime under the law of `place` (`IA`). KeyError for a place that the regime's file does not know."""
    row = regime.places[place]
    clocks = {id: clock for id, clock in regime.clocks.items()}
    for column, ids in LENGTHS.items():
        for id in ids:
            clocks[id] = _sized(clocks[id], row, column)
    clocks = {id: _extended(clock, row) for id, clock in clocks.items()}
    absent = {right for column, right in RIGHTS.items() if not row.value[column]}
    rights = tuple(each for each in regime.rights if each.value not in absent)
    kept = {id: clock for id, clock in clocks.items() if not absent or set(clock.rights) - absent}
    return replace(regime, rights=rights, clocks=MappingProxyType(kept))


def _sized(clock: Clock, row: Fact[Mapping[str, Any]], column: str) -> Clock:
    days = row.value[column]
    if days is None or clock.length.value == Span(days, "days"):
        return clock
    return replace(clock, length=_of_row(row, Span(days, "days")))


def _extended(clock: Clock, row: Fact[Mapping[str, Any]]) -> Clock:
    longer, days = clock.extension, row.value["extension-days"]
    if longer is None or longer.by.value == Span(days, "days"):
        return clock
    return replace(clock, extension=replace(longer, by=_of_row(row, Span(days, "days"))))


def _of_row(row: Fact[Mapping[str, Any]], span: Span) -> Fact[Any]:
    cite = f"{row.value['law']} ({row.value['name']}); {row.cite}"
    return Fact(span, cite, row.confidence, row.source)
