"""Two moments become "surely no later", where that can be told without a calendar.

Calendar units have no fixed length, so a period is at most and at least so many days; two moments compare where they hang on the same event.
"""

from __future__ import annotations

from datetime import date

from upheld.language.promises.model import After, Ahead, At, Birthday, Moment, Name, Period, Pick

# The fewest and the most days that one unit can last. A working day may wait for a long run of holidays; nothing is shown of it.
_DAYS = {"hours": (1 / 24, 1 / 24), "days": (1, 1), "weeks": (7, 7), "months": (28, 31), "years": (365, 366)}


def no_longer(new: Period, old: Period) -> bool:
    """Whether `new` surely lasts no longer than `old`."""
    if new.unit == old.unit:
        return new.amount <= old.amount
    if new.amount == 0 or (new.unit, old.unit) in (("months", "years"), ("years", "months")):
        return _months(new) <= _months(old)
    if new.unit not in _DAYS or old.unit not in _DAYS:
        return False
    return new.amount * _DAYS[new.unit][1] <= old.amount * _DAYS[old.unit][0]


def _months(period: Period) -> int:
    return period.amount * (12 if period.unit == "years" else 1)


def no_later(new: Moment | None, old: Moment | None) -> bool:
    """Whether `new` surely comes no later than `old`. None never comes."""
    if old is None or new == old or old == At("without end"):
        return True
    if new is None or new == At("without end"):
        return False
    if new == At("at once"):
        return True
    if isinstance(new, Pick):
        parts = [no_later(each, old) for each in new.of]
        return all(parts) if new.latest else any(parts)
    if isinstance(old, Pick):
        parts = [no_later(new, each) for each in old.of]
        return any(parts) if old.latest else all(parts)
    return _plain_no_later(new, old)


def _plain_no_later(new: Moment, old: Moment) -> bool:
    if isinstance(new, After) and isinstance(old, After):
        known = new.named == old.named or (new.named is None and old.named is None)
        return known and new.of == old.of and no_longer(new.high, old.high) and no_longer(new.low, old.low)
    if isinstance(new, Name) and isinstance(old, After):
        return new == old.of
    if isinstance(new, Ahead):
        return new.of == old or (isinstance(old, Ahead) and new.of == old.of and no_longer(old.period, new.period))
    if isinstance(new, At) and isinstance(old, At):
        if isinstance(new.what, Birthday) and isinstance(old.what, Birthday):
            return new.what.years <= old.what.years
        return isinstance(new.what, date) and isinstance(old.what, date) and new.what <= old.what
    return False
