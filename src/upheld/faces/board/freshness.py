"""How long evidence stays fresh, by the family of its control; a promise's own `every` wins where it is shorter.

Data. The periods are the product's, not a law's: gates a day, retention two days, rights and plans a week, restore ninety
days. Not taken: one period for all; a restore is not tried each day, and a gate must be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from upheld.language.promises.model import Period, Promise

FRESH_FOR: dict[str, timedelta] = {
    "gate": timedelta(hours=24),
    "witness": timedelta(hours=24),
    "store": timedelta(days=2),
    "calendar": timedelta(days=2),
    "holds": timedelta(days=2),
    "estate": timedelta(days=2),
    "location": timedelta(days=2),
    "page": timedelta(days=2),
    "notice": timedelta(days=2),
    "ledger": timedelta(days=2),
    "plan": timedelta(days=7),
    "shared": timedelta(days=7),
    "law": timedelta(days=7),
    "backup": timedelta(days=90),
    "restore": timedelta(days=90),
}
OTHERWISE = timedelta(days=7)

_UNIT = {
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "working days": timedelta(days=1),  # the shorter reading: a working day is never less than a day away
    "weeks": timedelta(days=7),
    "months": timedelta(days=28),
    "years": timedelta(days=365),
}


def fresh_for(control: str, promises: Iterable[Promise] = ()) -> timedelta:
    """How long evidence of `control` counts for these promises. Months and years are read at their shortest."""
    family = control.partition(":")[0]
    own = [_length(p.every) for p in promises if p.every is not None]
    return min([FRESH_FOR.get(family, OTHERWISE), *own])


def fresh_until(control: str, at: datetime, promises: Iterable[Promise] = ()) -> datetime:
    """The moment from which evidence found `at` is stale."""
    return at + fresh_for(control, promises)


def _length(period: Period) -> timedelta:
    return _UNIT[period.unit] * period.amount
