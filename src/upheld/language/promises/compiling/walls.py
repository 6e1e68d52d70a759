"""Walls against permissions and floors, over the finite names: what can never pass, and which doors lead nowhere.

A permission is dead if for each of its leaves, and in every case that its tests and the walls' tell apart, a wall that
it does not name refuses. A key that the permission leaves open may be stated by a flow, a fact may be either way: what
can be escaped is no contradiction. Not taken: trying flows one by one; the answer must not depend on luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.promises.compiling.moments import surely_later
from upheld.language.promises.compiling.worlds import MOST_CASES, cases, holds, is_bounded, is_universal, stands
from upheld.language.promises.model import AnyOf, At, Moment, Name, Program, Promise

ENDLESS = At("without end")
Resolved = frozenset[frozenset[str]]


def check_walls(program: Program) -> Iterable[Diagnostic]:
    """P401 and P402 for what no flow can use, P408 for doors that nothing passes."""
    resolved: Resolved = frozenset(frozenset(each.clauses) for each in program.resolutions if len(each.clauses) == 2)
    permits = [each for each in program.promises if each.modality != "never"]
    walls = [each for each in program.promises if each.modality == "never"]
    by_leaf: dict[tuple[str, Name], list[Promise]] = {}
    for wall in walls:
        for leaf in wall.object:
            by_leaf.setdefault((wall.verb, leaf), []).append(wall)
    for permit in permits:
        dead = _refusing(permit, by_leaf, resolved)
        if dead:
            yield _finding("P401" if permit.modality == "may" else "P402", permit, dead)
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


def _refusing(permit: Promise, by_leaf: Mapping[tuple[str, Name], list[Promise]], resolved: Resolved) -> list[Promise]:
    """The walls that together refuse every flow of the permit; empty if one flow may pass."""
    found: dict[str, Promise] = {}
    judged: dict[tuple[str, ...], bool] = {}
    counting: dict[str, bool] = {}
    for leaf in permit.object:
        here = by_leaf.get((permit.verb, leaf), ())
        for wall in here:
            if wall.id not in counting:
                counting[wall.id] = _counts(wall, permit, resolved)
        walls = [wall for wall in here if counting[wall.id]]
        ids = tuple(wall.id for wall in walls)
        if ids not in judged:
            judged[ids] = _refuse_all(walls, permit)
        if not judged[ids]:
            return []
        found.update({wall.id: wall for wall in walls})
    return [found[name] for name in sorted(found)]


def _counts(wall: Promise, permit: Promise, resolved: Resolved) -> bool:
    """Whether the wall is against the permit at all: not excepted, not resolved, and about so long a keeping."""
    if permit.excepts & set(wall.source.clauses):
        return False
    if any(frozenset((one, other)) in resolved for one in permit.source.clauses for other in wall.source.clauses):
        return False
    return wall.verb != "retain" or wall.end is None or beyond(permit.end, wall.end)


def beyond(end: Moment | None, limit: Moment) -> bool:
    """Whether something kept until `end` is surely kept longer than a wall `until: limit` allows."""
    if end is None:
        return False
    return end == ENDLESS if limit == ENDLESS else surely_later(end, limit)


def _refuse_all(walls: list[Promise], permit: Promise) -> bool:
    """Whether one of the walls refuses in each case. Too many cases: whether one wall does so alone."""
    if not walls:
        return False
    if not is_bounded(permit, walls):
        if any(not any(stands(wall, case) for wall in walls) for case in islice(cases(permit, walls), MOST_CASES)):
            return False
        return any(is_bounded(permit, [wall]) and _refuse_all([wall], permit) for wall in walls) if len(walls) > 1 else False
    some = False
    for case in cases(permit, walls):
        some = True
        if not any(stands(wall, case) for wall in walls):
            return False
    return some


def _leads_through(wall: Promise, permit: Promise) -> bool:
    """Whether some flow of the permit meets the wall where it stands and can open its door."""
    if permit.verb != wall.verb or not permit.object & wall.object:
        return False
    if not _keys_meet(permit, wall.scope) or not _keys_meet(permit, wall.door or ()):
        return False
    if not is_bounded(permit, [wall]):
        return True
    return any(holds(wall.scope, case) and holds(wall.door or (), case) for case in cases(permit, [wall]))


def may_meet(one: Promise, other: Promise) -> bool:
    """Whether some person, row or flow can fall under both scopes."""
    if not _keys_meet(one, other.scope):
        return False
    return not is_bounded(one, [other]) or any(holds(other.scope, case) for case in cases(one, [other]))


def _keys_meet(permit: Promise, tests: Iterable[object]) -> bool:
    """A first, cheap answer: no key of the permit lies wholly outside a test's list."""
    own = {test.key: test.names for test in permit.scope if isinstance(test, AnyOf) and not is_universal(test)}
    lists = [test for test in tests if isinstance(test, AnyOf) and test.key in own and not is_universal(test)]
    return all(own[test.key] & test.names for test in lists)
