"""A request and what happened to it become the dates that the law sets, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from upheld.faces.app.errors import Unusable
from upheld.faces.app.regimes.facts import cited, regime_of, standing, unknown
from upheld.language.law import Regime
from upheld.language.law.due import Due, Happened, UnknownLaw, due_dates
from upheld.language.notice.findings import shown

KINDS = {
    "floor": "at least until",
    "wait": "not before",
    "expiry": "no longer than",
    "lookback": "back to",
    "theirs": "their time ends",
}


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of one request; `holidays` is how many days of the establishment's calendar were heeded."""

    regime: Regime
    asked: str
    received: date | datetime
    place: str
    events: tuple[Happened, ...]
    holidays: int
    dates: tuple[Due, ...]

    def rows(self) -> list[list[str]]:
        """Date, clock, what it means, where it stands."""
        return [[_day(each), each.clock, _step(each), each.fact.cite] for each in self.dates]

    def notes(self) -> Iterable[str]:
        """What belongs to the dates: sources, contents, lateness, and the holidays that were not heeded."""
        for each in self.dates:
            yield f"{each.clock}, {each.step}: {standing(each.fact)}"
            if each.must_state:
                yield f"  must state: {'; '.join(each.must_state)}"
            if each.misses and each.step == "first":
                yield f"  if missed: {each.misses}"
            yield from (f"  {note}" for note in each.notes)
        if not self.holidays:
            yield "No public holidays were heeded: name the calendar of your establishment with --holidays."

    def as_json(self) -> dict[str, Any]:
        """The contract of `upheld law clock --json`."""
        return {
            "regime": self.regime.id, "place": self.place or None, "asked": self.asked, "received": self.received.isoformat(),
            "events": [{"kind": each.kind, "on": each.on.isoformat()} for each in self.events], "holidays": self.holidays,
            "dates": [_as_json(each) for each in self.dates],
        }  # fmt: skip


def dates_of(
    regime: str, asked: str, received: str, events: Sequence[str], place: str = "", holidays: Path | None = None
) -> Dates:
    """The dates of a request under a regime. `events` are `DATE:KIND`. Unusable, with the remedy, for what cannot be read."""
    found = regime_of(regime, place)
    happened = tuple(map(_event, events))
    free = _holidays(holidays) if holidays else frozenset()
    begun = _moment(received)
    try:
        dates = due_dates(found, asked, begun, happened, free)
    except UnknownLaw as error:
        raise unknown(error, regime) from None
    except ValueError as error:
        said = str(error)
        raise Unusable(
            "X285", f"{said[:1].upper()}{said[1:]}.", "Correct the moment or the events, and run it again."
        ) from None
    except OverflowError:
        raise Unusable("X285", "The date lies beyond the calendar.", "Give a year of four digits.") from None
    return Dates(found, asked, begun, place, happened, len(free), dates)


def _day(due: Due) -> str:
    if due.day is None:
        return due.word if due.state == "no number" and due.word else due.state
    return due.day.isoformat(timespec="minutes") if isinstance(due.day, datetime) else due.day.isoformat()


def _step(due: Due) -> str:
    if due.step != "first":
        return due.step if due.stands or due.step == "tell extension" else "extended, if told in time"
    return KINDS.get(due.kind, "at the latest")


def _as_json(due: Due) -> dict[str, Any]:
    return {
        "clock": due.clock, "step": due.step, "state": due.state, "day": due.day.isoformat() if due.day else None,
        "kind": due.kind, "stands": due.stands, "word": due.word or None, "if_missed": due.misses or None,
        "must_state": list(due.must_state), "notes": list(due.notes), **cited(due.fact),
    }  # fmt: skip


def _event(text: str) -> Happened:
    day, sign, kind = text.rpartition(":")
    if not sign:
        raise Unusable("X285", f"{shown(text)} is no event.", "Write DAY:KIND, such as 2026-06-05:identity-asked.")
    return Happened(kind.strip(), _moment(day))


def _moment(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if len(text) <= len("2026-06-05") else datetime.fromisoformat(text)
    except ValueError:
        help = "Write a day such as 2026-06-05, or a moment such as 2026-06-05T18:00."
        raise Unusable("X285", f"{shown(text)} is no day.", help) from None


def _holidays(path: Path) -> frozenset[date]:
    try:
        lines = path.read_text("utf-8").splitlines()
        days = (line.partition("#")[0].strip() for line in lines)
        return frozenset(date.fromisoformat(day) for day in days if day)
    except (OSError, ValueError):
        help = "A calendar of holidays holds one day a line, such as 2026-12-25; what follows `#` is not read."
        raise Unusable("X285", "The calendar of holidays cannot be read.", help, str(path)) from None
