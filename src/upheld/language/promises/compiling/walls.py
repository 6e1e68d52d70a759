"""Walls against permissions and floors, over the finite names: what can never pass, and which doors lead nowhere.

A permission is dead if, for every combination of its own keys and each of its leaves, some wall surely stands and no
test of the door can hold. A key that the permission leaves open may be stated by a flow, a fact may be either way: what
can be escaped is no contradiction. Not taken: trying flows one by one; the answer must not depend on luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.promises.compiling.moments import surely_later
from upheld.language.promises.model import Age, AllOf, AnyOf, At, Kind, Known, Moment, Name, Program, Promise, Some, Test

MOST_COMBINATIONS = 4096
_ANYBODY = frozenset({"any", "anyone", "any-statistic"})
ENDLESS = At("without end")


@dataclass(frozen=True, slots=True)
class _Permit:
    """A may or will: what it narrows by key, and its tests on the person."""

    promise: Promise
    keys: Mapping[str, frozenset[Name]]
    knows: frozenset[Known]
    some: tuple[frozenset[Known], ...]
    age: Age | None
    all_of: Mapping[str, frozenset[Name]]


def check_walls(program: Program) -> Iterable[Diagnostic]:
    """P401 and P402 for what no flow can use, P408 for doors that nothing passes."""
    resolved = frozenset(frozenset(each.clauses) for each in program.resolutions)
    permits = [_permit(each) for each in program.promises if each.modality != "never"]
    walls = [each for each in program.promises if each.modality == "never"]
    by_leaf: dict[tuple[str, Name], list[Promise]] = {}
    for wall in walls:
        for leaf in wall.object:
            by_leaf.setdefault((wall.verb, leaf), []).append(wall)
    for permit in permits:
        dead = _refusing(permit, by_leaf, resolved)
        if dead:
            yield _finding("P401" if permit.promise.modality == "may" else "P402", permit.promise, dead)
    for wall in walls:
        if wall.door is not None and not any(_leads_through(wall, permit) for permit in permits):
            clause = clause_of(wall)
            why = f"No `may {wall.verb}` of what it covers meets the door's tests."
            yield finding("P408", wall.source.file, wall.source.line, why, clause=clause)


def clause_of(promise: Promise) -> str:
    """The first clause of a promise, or nothing."""
    return promise.source.clauses[0] if promise.source.clauses else ""


def _finding(code: str, promise: Promise, walls: list[Promise]) -> Diagnostic:
    named = list(dict.fromkeys(f"{clause_of(wall) or wall.source.file} (line {wall.source.line})" for wall in walls))[:4]
    what = "It is" if code == "P401" else "The floor is"
    why = f"{what} refused by {', '.join(named)}."
    return finding(code, promise.source.file, promise.source.line, why, clause=clause_of(promise))


def _permit(promise: Promise) -> _Permit:
    keys = {test.key: test.names for test in promise.scope if isinstance(test, AnyOf)}
    keys = {key: names for key, names in keys.items() if not _everybody(names)}
    return _Permit(
        promise,
        keys,
        frozenset(test for test in promise.scope if isinstance(test, Known)),
        tuple(frozenset(test.tests) for test in promise.scope if isinstance(test, Some)),
        next((test for test in promise.scope if isinstance(test, Age)), None),
        {test.key: test.names for test in promise.scope if isinstance(test, AllOf)},
    )


def _refusing(
    permit: _Permit, by_leaf: Mapping[tuple[str, Name], list[Promise]], resolved: frozenset[frozenset[str]]
) -> list[Promise]:
    """The walls that together refuse every flow of the permit; empty if one flow may pass."""
    found: dict[str, Promise] = {}
    judged: dict[tuple[str, ...], bool] = {}
    standing: dict[str, bool] = {}
    if not permit.promise.object:
        return []
    for leaf in permit.promise.object:
        walls = []
        for wall in by_leaf.get((permit.promise.verb, leaf), ()):
            if wall.id not in standing:
                standing[wall.id] = not _stated(permit.promise, wall, resolved) and _stands(wall, permit)
            if standing[wall.id]:
                walls.append(wall)
        ids = tuple(wall.id for wall in walls)
        if ids not in judged:
            judged[ids] = _cover(walls, permit)
        if not judged[ids]:
            return []
        found.update({wall.id: wall for wall in walls})
    return [found[name] for name in sorted(found)]


def _stated(promise: Promise, wall: Promise, resolved: frozenset[frozenset[str]]) -> bool:
    """Whether the notice itself says which of the two counts."""
    if promise.excepts & set(wall.source.clauses):
        return True
    return any(frozenset((one, other)) in resolved for one in promise.source.clauses for other in wall.source.clauses)


def _stands(wall: Promise, permit: _Permit) -> bool:
    """Whether the wall's tests on anything but the permit's own keys surely hold."""
    if wall.verb == "retain" and wall.end is not None and not beyond(permit.promise.end, wall.end):
        return False
    return all(_surely(test, permit) for test in wall.scope)


def beyond(end: Moment | None, limit: Moment) -> bool:
    """Whether something kept until `end` is surely kept longer than a wall `until: limit` allows."""
    if end is None:
        return False
    return end == ENDLESS if limit == ENDLESS else surely_later(end, limit)


def _surely(test: Test, permit: _Permit) -> bool:
    match test:
        case AnyOf(key, names):
            return key in permit.keys or _everybody(names)
        case AllOf(key, names):
            return names <= permit.all_of.get(key, frozenset())
        case Known():
            return test in permit.knows
        case Some(tests):
            return bool(permit.knows & set(tests)) or any(each <= set(tests) for each in permit.some)
        case Age():
            return permit.age is not None and _within(permit.age, test)


def _within(inner: Age, outer: Age) -> bool:
    low = outer.least is None or (inner.least is not None and inner.least >= outer.least)
    high = outer.below is None or (inner.below is not None and inner.below <= outer.below)
    return low and high


def _cover(walls: list[Promise], permit: _Permit) -> bool:
    """Whether the walls, all standing, refuse each combination of the permit's own values."""
    if not walls:
        return False
    keys = sorted(
        {test.key for wall in walls for test in (*wall.scope, *(wall.door or ())) if isinstance(test, AnyOf)} & set(permit.keys)
    )
    size = 1
    for key in keys:
        size *= len(permit.keys[key])
    if size > MOST_COMBINATIONS:
        return any(all(_refuses(wall, {key: permit.keys[key]}, permit) for key in keys) for wall in walls if wall.door is None)
    return all(
        any(_refuses(wall, dict(zip(keys, ({value} for value in values), strict=True)), permit) for wall in walls)
        for values in product(*(sorted(permit.keys[key]) for key in keys))
    )


def _refuses(wall: Promise, flow: Mapping[str, Iterable[Name]], permit: _Permit) -> bool:
    for test in wall.scope:
        if isinstance(test, AnyOf) and test.key in flow and not _universal(test) and not set(flow[test.key]) <= test.names:
            return False
    return wall.door is None or not all(_can(test, flow, permit) for test in wall.door)


def _universal(test: AnyOf) -> bool:
    return _everybody(test.names)


def _everybody(names: Iterable[Name]) -> bool:
    # `consideration: any` is a value like another: something of value is given.
    return any(name.id in _ANYBODY and name.kind is not Kind.VALUE for name in names)


def _can(test: Test, flow: Mapping[str, Iterable[Name]], permit: _Permit) -> bool:
    """Whether a flow with these values can meet the test."""
    match test:
        case AnyOf(key, names):
            return key not in flow or _universal(test) or bool(set(flow[key]) & names)
        case AllOf():
            return True
        case Known(key, fact, wanted):
            return Known(key, fact, not wanted) not in permit.knows
        case Some(tests):
            return any(Known(each.key, each.fact, not each.wanted) not in permit.knows for each in tests)
        case Age():
            return permit.age is None or _meet(permit.age, test)


def _meet(one: Age, other: Age) -> bool:
    least = max(one.least or 0, other.least or 0)
    ends = [age.below for age in (one, other) if age.below is not None]
    return not ends or least < min(ends)


def _leads_through(wall: Promise, permit: _Permit) -> bool:
    """Whether some flow of the permit meets the wall where it stands and can open its door."""
    if permit.promise.verb != wall.verb or not permit.promise.object & wall.object:
        return False
    by_key: dict[str, set[Name]] = {key: set(names) for key, names in permit.keys.items()}
    for test in (*wall.scope, *(wall.door or ())):
        if isinstance(test, AnyOf):
            if test.key in by_key and not _universal(test):
                by_key[test.key] &= test.names
                if not by_key[test.key]:
                    return False
        elif not _can(test, {}, permit):
            return False
    return True


def may_meet(one: Promise, other: Promise) -> bool:
    """Whether some person, row or flow can fall under both scopes."""
    keys = {test.key: test.names for test in one.scope if isinstance(test, AnyOf)}
    permit = _permit(one)
    for test in other.scope:
        if isinstance(test, AnyOf):
            if test.key in keys and not test.names & keys[test.key]:
                return False
        elif not _can(test, {}, permit):
            return False
    return True
