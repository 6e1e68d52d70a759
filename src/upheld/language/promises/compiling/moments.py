"""The text of a period or moment to its typed value; and which of two is surely the shorter.

`1 month after received`, `latest of created, disclosed`, `at once`, `on 2027-01-01`. A start is always written. Periods
of unlike units are compared by their bounds: a month is 28 to 31 days, five working days at least five and at most 30.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from upheld.language.notice.findings import nearest, shown
from upheld.language.notice.front import read_day
from upheld.language.promises.compiling.names import NameTable, is_name
from upheld.language.promises.model import After, Ahead, At, Birthday, Moment, Name, Period, Pick

LONGEST_CHARS = 300
DEEPEST = 6
BY_ESTATE = "estate"
_UNITS = {
    "hour": "hours",
    "day": "days",
    "working day": "working days",
    "week": "weeks",
    "month": "months",
    "year": "years",
}
_PERIOD = re.compile(r"(\d{1,6})(?: to (\d{1,6}))? (hour|day|working day|week|month|year)s?\Z")
_BIRTHDAY = re.compile(r"(\d{1,3})(?:st|nd|rd|th) birthday\Z")
_FIXED = ("at once", "end of session", "end of request", "without end")


class Unreadable(Exception):
    """A text that is no period or moment: the code to report, why, and a nearer name."""

    def __init__(self, code: str, why: str, suggestion: str | None = None) -> None:
        self.code, self.why, self.suggestion = code, why, suggestion
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Span:
    """A period as read: a range has low < high; `named` is the setting it came from."""

    low: Period
    high: Period
    named: str | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """What a moment may name: the events of `table`, and settings (name → text; `estate` for a column's period)."""

    table: NameTable
    settings: Mapping[str, str]

    def span(self, text: str) -> Span:
        """A plain period, a range or a setting's name. Unreadable: P107, P301."""
        found = _plain(text)
        if found is not None:
            return found
        if not is_name(text):
            raise Unreadable("P107", f"{shown(text)} is no period.")
        value = self.settings.get(text)
        if value is None:
            raise Unreadable("P301", f"{shown(text)} has no value.", nearest(text, self.settings))
        if value == BY_ESTATE:
            zero = Period(0, "days")
            return Span(zero, zero, text)
        found = _plain(value)
        if found is None:
            raise Unreadable("P107", f"The setting {shown(text)} is {shown(value)}, which is no period.")
        return Span(found.low, found.high, text)

    def moment(self, text: str) -> Moment:
        """A moment. Unreadable: P107, P108 (a period alone), P201, P202, P301."""
        if len(text) > LONGEST_CHARS:
            raise Unreadable("P107", "The moment is too long.")
        return self._moment(text.strip(), DEEPEST)

    def _moment(self, text: str, depth: int) -> Moment:
        if not depth:
            raise Unreadable("P107", "The moment is nested too deeply.")
        fixed = _fixed(text)
        if fixed is not None:
            return fixed
        for word, latest in (("latest of ", True), ("earliest of ", False)):
            if text.startswith(word):
                parts = tuple(self._moment(part.strip(), depth - 1) for part in text.removeprefix(word).split(","))
                return Pick(latest, parts)
        for word in (" after ", " ahead of "):
            period, found, rest = text.partition(word)
            if found:
                return self._counted(period.strip(), word.strip(), self._moment(rest.strip(), depth - 1))
        if _plain(text) is not None or (text in self.settings and self.table.find(("event",), text) is None):
            raise Unreadable("P108", f"{shown(text)} does not say what it is counted from.")
        return self._event(text)

    def _counted(self, text: str, word: str, of: Moment) -> Moment:
        span = Span(Period(0, "hours"), Period(0, "hours")) if text == "at once" else self.span(text)
        if word == "after":
            return After(span.low, span.high, of, span.named)
        return Ahead(span.low, of)

    def _event(self, text: str) -> Name:
        name = self.table.find(("event",), text)
        if name is not None:
            return name
        if not is_name(text):
            raise Unreadable("P107", f"{shown(text)} is no moment.")
        others = self.table.kinds_of(text)
        if others:
            raise Unreadable("P202", f"{shown(text)} is a {others[0]}; a moment is named by an event.")
        suggestion = nearest(text, self.table.known(("event",)))
        raise Unreadable("P201", f"No event is called {shown(text)}.", suggestion)


def _plain(text: str) -> Span | None:
    found = _PERIOD.match(text)
    if found is None:
        return None
    unit = _UNITS[found[3]]
    low = Period(int(found[1]), unit)  # type: ignore[arg-type]
    high = Period(int(found[2]), unit) if found[2] else low  # type: ignore[arg-type]
    if low.amount > high.amount:
        raise Unreadable("P107", f"{shown(text)} ends before it begins.")
    return Span(low, high)


def _fixed(text: str) -> At | None:
    if text in _FIXED:
        return At(text)  # type: ignore[arg-type]
    if text.startswith("on "):
        try:
            return At(read_day(text[3:].strip()))
        except ValueError as why:
            raise Unreadable("P107", f"{shown(text)}: `on` {why}.") from None
    birthday = _BIRTHDAY.match(text)
    return At(Birthday(int(birthday[1]))) if birthday else None


# ---- comparing ------------------------------------------------------------------------------------------------------

_DAYS = {
    "hours": (1 / 24, 1 / 24),
    "days": (1.0, 1.0),
    "working days": (1.0, 3.0),
    "weeks": (7.0, 7.0),
    "months": (28.0, 31.0),
    "years": (365.0, 366.0),
}


def _bounds(period: Period) -> tuple[float, float]:
    least, most = _DAYS[period.unit]
    roll = 15 if period.unit == "working days" and period.amount else 0
    return period.amount * least, period.amount * most + roll


def surely_longer(one: Period, other: Period) -> bool:
    """True if `one` is longer than `other` on every calendar."""
    months = _months(one), _months(other)
    if one.unit == other.unit:
        return one.amount > other.amount
    if months[0] is not None and months[1] is not None:
        return months[0] > months[1]
    return _bounds(one)[0] > _bounds(other)[1]


def sum_surely_longer(parts: tuple[Period, ...], total: Period) -> bool:
    """True if the parts, one after the other, are longer than `total` on every calendar."""
    months = [_months(part) for part in parts]
    whole = _months(total)
    if whole is not None and None not in months:
        return sum(each or 0 for each in months) > whole
    if all(part.unit == total.unit for part in parts):
        return sum(part.amount for part in parts) > total.amount
    return sum(_bounds(part)[0] for part in parts) > _bounds(total)[1]


def _months(period: Period) -> int | None:
    return {"months": period.amount, "years": 12 * period.amount}.get(period.unit)


def surely_not_longer(one: Period, other: Period) -> bool:
    """True if `one` is at most as long as `other` on every calendar."""
    months = _months(one), _months(other)
    if one.unit == other.unit:
        return one.amount <= other.amount
    if months[0] is not None and months[1] is not None:
        return months[0] <= months[1]
    return _bounds(one)[1] <= _bounds(other)[0]


def surely_later(one: Moment, other: Moment) -> bool:
    """True if `one` is provably later than `other`: same start and longer, or without end against anything that ends."""
    endless = At("without end")
    if one == endless:
        return other != endless
    if isinstance(one, After) and isinstance(other, After) and one.of == other.of:
        return surely_longer(one.low, other.high)
    if isinstance(one, After) and one.of == other:
        return one.low.amount > 0
    if isinstance(one, At) and isinstance(other, At):
        return _fixed_later(one, other)
    return False


def _fixed_later(one: At, other: At) -> bool:
    if isinstance(one.what, Birthday) and isinstance(other.what, Birthday):
        return one.what.years > other.what.years
    if (
        isinstance(one.what, str)
        or isinstance(other.what, str)
        or isinstance(one.what, Birthday)
        or isinstance(other.what, Birthday)
    ):
        return False
    return one.what > other.what


def events_of(moment: Moment | None) -> frozenset[Name]:
    """Every event that the moment is counted from."""
    match moment:
        case None | At():
            return frozenset()
        case Name():
            return frozenset({moment})
        case Pick(of=parts):
            return frozenset().union(*map(events_of, parts))
        case _:
            return events_of(moment.of)


def periods_of(moment: Moment | None) -> frozenset[str]:
    """Every named period (setting or estate column) in the moment."""
    match moment:
        case None | At() | Name():
            return frozenset()
        case Pick(of=parts):
            return frozenset().union(*map(periods_of, parts))
        case After(named=named, of=of):
            return periods_of(of) | ({named} if named else set())
        case _:
            return periods_of(moment.of)
