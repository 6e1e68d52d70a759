"""A date and a period become a date: days, calendar months and years.

A day that the month does not have becomes the month's last (docs/fates.md, section 2). The first day from which a row is still kept
is found by bisection, since calendar months cannot be taken back exactly.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

Unit = Literal["days", "months", "years"]


def later(day: date, amount: int, unit: Unit) -> date:
    """`day` plus the period, which may be negative; date.max or date.min where the calendar ends before."""
    try:
        if unit == "days":
            return day + timedelta(days=amount)
        months = day.year * 12 + day.month - 1 + amount * (12 if unit == "years" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return date.max if amount > 0 else date.min


@lru_cache(maxsize=256)
def first_alive(today: date, amount: int, unit: Unit) -> date:
    """The earliest day whose period ends after `today`. Later days end later, so all days from it on are alive."""
    return first_alive_after(today, ((amount, unit),))


@lru_cache(maxsize=256)
def first_alive_after(today: date, lengths: tuple[tuple[int, Unit], ...]) -> date:
    """The same for several periods, one after the other; date.max where no day is late enough."""
    low, high = 1, date.max.toordinal()
    while low < high:
        middle = (low + high) // 2
        day = date.fromordinal(middle)
        for amount, unit in lengths:
            day = later(day, amount, unit)
        if day > today:
            high = middle
        else:
            low = middle + 1
    return date.fromordinal(low)
