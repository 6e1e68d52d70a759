"""Promises to the finite cases in which they can meet: every combination of the values that their tests tell apart.

A case gives each key one value (or one that no test names), each fact yes or no, each record cited or not, and an age.
A permit's own tests restrict the cases; a test is then simply true or false. Facts are taken as independent of each
other, so a case may not exist in life: what is found to pass nowhere surely passes nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product

from upheld.language.promises.model import Age, AllOf, AnyOf, Kind, Known, Name, Promise, Some, Test

MOST_CASES = 4096
ELSEWHERE = Name(Kind.VALUE, "elsewhere")
_ANYBODY = frozenset({"any", "anyone", "any-statistic"})
_NO_AGE = -1


@dataclass(frozen=True, slots=True)
class Case:
    """One combination."""

    keys: Mapping[str, Name]
    facts: Mapping[Name, bool]
    cited: frozenset[tuple[str, Name]]
    age: int


def is_universal(test: AnyOf) -> bool:
    """Whether everybody is on the list. `consideration: any` is a value like another: something of value is given."""
    return any(name.id in _ANYBODY and name.kind is not Kind.VALUE for name in test.names)


def holds(tests: Iterable[Test], case: Case) -> bool:
    """Whether all tests hold in the case."""
    return all(_holds(test, case) for test in tests)


def _holds(test: Test, case: Case) -> bool:
    match test:
        case AnyOf(key, names):
            return is_universal(test) or case.keys[key] in names
        case AllOf(key, names):
            return all((key, name) in case.cited for name in names)
        case Known(_, fact, wanted):
            return case.facts[fact] is wanted
        case Some(tests):
            return any(_holds(each, case) for each in tests)
        case Age(below, least):
            return (below is None or case.age < below) and (least is None or case.age >= least)


def stands(wall: Promise, case: Case) -> bool:
    """Whether the wall refuses in the case."""
    return holds(wall.scope, case) and (wall.door is None or not holds(wall.door, case))


def cases(permit: Promise, others: Iterable[Promise]) -> Iterator[Case]:
    """The cases of the permit that the others' tests tell apart; at most one more than MOST_CASES of them."""
    tests = [test for each in (permit, *others) for test in (*each.scope, *(each.door or ()))]
    keys = {key: _values(key, permit, tests) for key in sorted({test.key for test in tests if isinstance(test, AnyOf)})}
    facts = {fact: _truths(fact, permit) for fact in sorted({test.fact for test in _known(tests)})}
    records = sorted({(test.key, name) for test in tests if isinstance(test, AllOf) for name in test.names})
    demanded = {(test.key, name) for test in permit.scope if isinstance(test, AllOf) for name in test.names}
    cited = [(True,) if record in demanded else (True, False) for record in records]
    whole = product(product(*keys.values()), product(*facts.values()), product(*cited), _ages(tests))
    every = (
        Case(
            dict(zip(keys, values, strict=True)),
            dict(zip(facts, truths, strict=True)),
            frozenset(record for record, here in zip(records, there, strict=True) if here),
            age,
        )
        for values, truths, there, age in islice(whole, MOST_CASES + 1)
    )
    return (case for case in every if holds(permit.scope, case))


def is_bounded(permit: Promise, others: Iterable[Promise]) -> bool:
    """Whether `cases` gives all of them."""
    tests = [test for each in (permit, *others) for test in (*each.scope, *(each.door or ()))]
    size = len(_ages(tests)) * 2 ** len({test.fact for test in _known(tests)})
    size *= 2 ** len({(test.key, name) for test in tests if isinstance(test, AllOf) for name in test.names})
    for key in {test.key for test in tests if isinstance(test, AnyOf)}:
        size *= len(_values(key, permit, tests))
    return size <= MOST_CASES


def _values(key: str, permit: Promise, tests: list[Test]) -> list[Name]:
    own = [test.names for test in permit.scope if isinstance(test, AnyOf) and test.key == key and not is_universal(test)]
    if own:
        return sorted(frozenset.intersection(*own))
    named = [test for test in tests if isinstance(test, AnyOf) and test.key == key and not is_universal(test)]
    return [ELSEWHERE, *sorted(frozenset().union(*(test.names for test in named)))]


def _truths(fact: Name, permit: Promise) -> tuple[bool, ...]:
    wanted = {test.wanted for test in permit.scope if isinstance(test, Known) and test.fact == fact}
    return (wanted.pop(),) if len(wanted) == 1 else (False, True)


def _known(tests: Iterable[Test]) -> Iterator[Known]:
    for test in tests:
        if isinstance(test, Known):
            yield test
        elif isinstance(test, Some):
            yield from test.tests


def _ages(tests: Iterable[Test]) -> list[int]:
    """One age in each stretch that the tests tell apart."""
    bounds = {bound for test in tests if isinstance(test, Age) for bound in (test.below, test.least) if bound is not None}
    return [_NO_AGE, *sorted(bounds)]
