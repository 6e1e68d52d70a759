"""Clocks worked by hand, with the reason of each, become cases that the law's data and the arithmetic are tried on.

Package data, so that a board can try the clocks where it stands. Not taken: cases in the tests alone; a regime's file is
corrected in the field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from upheld.language.law.due import Happened, due_dates
from upheld.language.law.model import Law
from upheld.language.law.places import in_place

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Case:
    """A clock that began at `start`, what happened after, and the day (or moment) on which it ends."""

    regime: str
    clock: str
    start: datetime
    expect: str
    why: str
    place: str = ""
    extended: bool = False
    events: tuple[Happened, ...] = ()
    holidays: frozenset[date] = frozenset()

    def ends(self, law: Law) -> date | datetime | None:
        """The end by the law's data and our arithmetic."""
        regime = law.regimes[self.regime]
        regime = in_place(regime, self.place) if self.place else regime
        found = {each.step: each.day for each in due_dates(regime, self.clock, self.start, self.events, self.holidays)}
        return found["extended" if self.extended else "first"]

    def holds(self, law: Law) -> bool:
        """Whether it ends on the day worked by hand."""
        end = self.ends(law)
        return end is not None and end.isoformat() == self.expect


@cache
def load_cases() -> tuple[Case, ...]:
    """Every case of the package, in the order of the file."""
    text = files("upheld.language.law").joinpath("cases.yaml").read_text("utf-8")
    return tuple(map(_case, yaml.load(text, Loader=_Loader)))


def _case(node: dict[str, Any]) -> Case:
    happened = (each.partition(":") for each in node.get("events", ()))
    return Case(
        regime=node["regime"],
        clock=node["clock"],
        start=datetime.fromisoformat(node["start"]),
        expect=node["expect"],
        why=node["why"],
        place=node.get("place", ""),
        extended=node.get("extended", False),
        events=tuple(Happened(kind, date.fromisoformat(day)) for day, _, kind in happened),
        holidays=frozenset(map(date.fromisoformat, node.get("holidays", ()))),
    )
