"""What is known of a person, as names: the facts that decisions read, and the truth of a test over them.

Shared by `decide` (one person, Python) and `as_sql` (everybody, a view), so that both mean the same facts. Facts that
are absent, or of a shape that answers nothing, are unknown; nothing here raises. Not taken: facts as attributes of a
class; a program names its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import TypeGuard

from upheld.language.promises.model import Age, Definition, Facts, Kind, Known, Name, Some, Test, Truth

BIRTH_DATE = Name(Kind.FACT, "birth-date")
# A declared band, for people whose birth date is unknown: at least so many, or below so many completed years.
AGE_LEAST = Name(Kind.FACT, "age-least")
AGE_BELOW = Name(Kind.FACT, "age-below")
RESTRICTED = Name(Kind.FACT, "restricted")

PersonTest = Callable[[Facts, date], Truth]
_IDENTIFIER_BYTES = 63  # PostgreSQL, NAMEDATALEN - 1; longer identifiers are cut without an error


def told(about: Name) -> Name:
    """The fact that the person was told `about` (the event or topic of a `tell`)."""
    return Name(Kind.FACT, f"told-{about.id}")


def version_given(notice: str) -> Name:
    """The fact that holds the date of the version of `notice` that the person was given."""
    return Name(Kind.FACT, f"version-given-{notice}")


def column_of(fact: Name) -> str:
    """The column of the facts view that holds `fact`: kind and id with underscores, at most 63 bytes."""
    full = f"{fact.kind.value}_{fact.id}".replace("-", "_")
    if fact in (BIRTH_DATE, AGE_LEAST, AGE_BELOW):
        full = fact.id.replace("-", "_")
    if len(full.encode()) <= _IDENTIFIER_BYTES - len("_until"):
        return full
    return f"{full[:40]}_{sha256(full.encode()).hexdigest()[:12]}"


def until_column(choice: Name) -> str:
    """The column with the day on which a yes to `choice`, or a fact that runs out, ends: that day no longer counts; NULL does not end."""
    return f"{column_of(choice)}_until"


def birth_cutoff(years: int, today: date) -> date:
    """Who was born after this day is younger than `years` on `today`.

    Comparing (year, month, day) makes a birthday on 29 February come on 1 March where the year has none: the later,
    protective reading.
    """
    year = today.year - years
    if year < date.min.year:
        return date.min
    leap_day_lost = (today.month, today.day) == (2, 29) and not _is_leap(year)
    return date(year, 2, 28) if leap_day_lost else date(year, today.month, today.day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def runs_out(fact: Name, names: Mapping[Name, Definition]) -> bool:
    """Whether a day may say until when it stands: a choice, or a fact that ends once nothing has happened for a while (`quiet`)."""
    found = names.get(fact)
    return fact.kind is Kind.CHOICE or (fact.kind is Kind.FACT and found is not None and "quiet" in found.periods)


def member_tests(group: Name, names: Mapping[Name, Definition]) -> tuple[Test, ...]:
    """What makes somebody a member of a group that is defined by tests; empty where membership is told by facts."""
    found = names.get(group)
    return found.tests if found is not None and group.kind is Kind.GROUP else ()


def person_test(test: Test, names: Mapping[Name, Definition], inside: frozenset[Name] = frozenset()) -> PersonTest:
    """`test` as a function of the facts and the day. A test on the flow's keys has no meaning here."""
    if isinstance(test, Known):
        return _known(test, names, inside)
    if isinstance(test, Age):
        return _age(test)
    if isinstance(test, Some):
        return _some(tuple(person_test(each, names, inside) for each in test.tests))
    raise TypeError("a test on the flow's keys is not a test on a person")


def is_plain(test: Test, names: Mapping[Name, Definition]) -> TypeGuard[Known]:
    """Whether the test is what one fact says, yes or no: nothing else answers it, neither a day nor other facts."""
    return isinstance(test, Known) and not member_tests(test.fact, names) and not runs_out(test.fact, names)


def _known(test: Known, names: Mapping[Name, Definition], inside: frozenset[Name]) -> PersonTest:
    members = member_tests(test.fact, names)
    # A group inside its own definition is refused by the compiler (P203); here it is unknown, so that deciding ends.
    if members and test.fact not in inside:
        return _all(tuple(person_test(each, names, inside | {test.fact}) for each in members), test.wanted)
    fact, wanted = test.fact, test.wanted
    if runs_out(fact, names):
        return _choice(fact, wanted)

    def truth(facts: Facts, today: date) -> Truth:
        value = facts.get(fact)
        return value is wanted if value is True or value is False else None

    return truth


def _choice(choice: Name, wanted: bool) -> PersonTest:
    def truth(facts: Facts, today: date) -> Truth:
        value = facts.get(choice)
        if value is True or value is False:
            return value is wanted
        if isinstance(value, date):
            return (today < day_of(value)) is wanted
        return None

    return truth


def _all(tests: tuple[PersonTest, ...], wanted: bool) -> PersonTest:
    def truth(facts: Facts, today: date) -> Truth:
        values = [test(facts, today) for test in tests]
        if False in values:
            return not wanted
        return None if None in values else wanted

    return truth


def _some(tests: tuple[PersonTest, ...]) -> PersonTest:
    def truth(facts: Facts, today: date) -> Truth:
        values = [test(facts, today) for test in tests]
        if True in values:
            return True
        return None if None in values else False

    return truth


def _age(test: Age) -> PersonTest:
    below, least = test.below, test.least

    def truth(facts: Facts, today: date) -> Truth:
        younger = True if below is None else is_younger(facts, today, below)
        older = True if least is None else _negated(is_younger(facts, today, least))
        if younger is False or older is False:
            return False
        return None if younger is None or older is None else True

    return truth


def is_younger(facts: Facts, today: date, years: int) -> Truth:
    """Whether the person has not completed `years`: from the birth date, else from the declared band, else unknown."""
    born = facts.get(BIRTH_DATE)
    if isinstance(born, date):
        completed = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return completed < years
    below = facts.get(AGE_BELOW)
    if type(below) is int and below <= years:
        return True
    least = facts.get(AGE_LEAST)
    if type(least) is int and least >= years:
        return False
    return None


def day_of(value: date) -> date:
    """The day of a date or of a moment: a moment does not compare with a date."""
    return value.date() if isinstance(value, datetime) else value


def _negated(truth: Truth) -> Truth:
    return None if truth is None else not truth
