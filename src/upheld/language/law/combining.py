"""Several sources for one value become the value that counts: never looser than any of them, in no order, once or twice.

A source that says nothing is None and binds nothing; if none says anything the result is the safe one: no deadline is
None (the caller must refuse), no list permits nothing, no default is off. That a prohibition beats a permission is the
order in which `decide` looks. Not taken: a ranking of sources; law, notice and setting can each be the strictest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Ordered(Protocol):
    """What can be compared: days, moments, lengths in one unit."""

    def __lt__(self, other: Any, /) -> bool: ...


Ord = TypeVar("Ord", bound=Ordered)


def shortest(*values: Ord | None) -> Ord | None:
    """The earliest day, or the shortest length; None if nobody says one."""
    said = [value for value in values if value is not None]
    return min(said) if said else None


def highest_age(*ages: int | None) -> int | None:
    """The highest age that blocks; None if nobody says one."""
    return max((age for age in ages if age is not None), default=None)


def child_delete_age(block: int | None, delete: int | None) -> int | None:
    """The age below which a child's data are erased: never below the age that blocks."""
    return highest_age(block, delete)


def permitted(*lists: frozenset[T] | None) -> frozenset[T]:
    """What every source that has a list permits: fields, sources, purposes, grounds, countries, recipients."""
    said = [each for each in lists if each is not None]
    return said[0].intersection(*said[1:]) if said else frozenset()


def owed(*lists: Iterable[T] | None) -> frozenset[T]:
    """What any source gives: rights, channels, notices, contents, proofs to be shown."""
    return frozenset().union(*(each for each in lists if each is not None))


def starts_on(*starts: bool | None) -> bool:
    """The state of a choice before anybody acts: on only if somebody says so and nobody says otherwise."""
    said = {start for start in starts if start is not None}
    return said == {True}


def stands(ground: str, until: date | None, today: date) -> bool:
    """Whether a hold beats an erasure today, for the fields that it names: it has a ground and an end, and that day has not come."""
    return bool(ground) and until is not None and today < until
