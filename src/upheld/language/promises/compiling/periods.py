"""Keeping against keeping: floors above ceilings, looser rules that name nothing, stages that exceed their total.

Compares only what is provable on every calendar; two moments with unlike starts say nothing about each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.promises.compiling.moments import sum_surely_longer, surely_later, surely_longer
from upheld.language.promises.compiling.walls import clause_of, may_meet
from upheld.language.promises.model import After, AnyOf, Kind, Moment, Name, Period, Program, Promise

# What a stage's `then` makes of the row is the event that the next stage counts from.
AFTER_STAGE = {"hide": Name(Kind.EVENT, "hidden"), "hand-over": Name(Kind.EVENT, "transferred")}


def check_periods(program: Program) -> Iterable[Diagnostic]:
    """P403, P404 and P405."""
    kept = [each for each in program.promises if each.verb == "retain"]
    ceilings = [each for each in kept if each.modality == "may"]
    resolved = frozenset(frozenset(each.clauses) for each in program.resolutions if len(each.clauses) == 2)
    for floor in kept:
        if floor.modality == "will":
            yield from _floor(floor, ceilings, resolved)
    for narrow in ceilings:
        yield from _looser(narrow, ceilings, resolved)
        yield from _overwritten(narrow)
        yield from _stages(narrow, ceilings, [each for each in kept if each.modality == "never" and each.end is not None])


def _named(one: Promise, other: Promise, resolved: frozenset[frozenset[str]]) -> bool:
    pairs = (frozenset((a, b)) for a in one.source.clauses for b in other.source.clauses)
    return bool(one.excepts & set(other.source.clauses)) or any(pair in resolved for pair in pairs)


def _floor(floor: Promise, ceilings: list[Promise], resolved: frozenset[frozenset[str]]) -> Iterable[Diagnostic]:
    meeting = [each for each in ceilings if each.object & floor.object and may_meet(floor, each)]
    for leaf in sorted(floor.object):
        over = [each for each in meeting if leaf in each.object]
        if over and floor.end and all(_ends_before(each, floor.end) and not _named(floor, each, resolved) for each in over):
            why = f"`{leaf.id}` is kept at most as {clause_of(over[0])} (line {over[0].source.line}) says, which ends before this floor."
            yield finding("P403", floor.source.file, floor.source.line, why, clause=clause_of(floor))
            return


def _ends_before(ceiling: Promise, floor_end: Moment) -> bool:
    return ceiling.end is not None and not ceiling.lasting and surely_later(floor_end, ceiling.end)


def _looser(narrow: Promise, ceilings: list[Promise], resolved: frozenset[frozenset[str]]) -> Iterable[Diagnostic]:
    if narrow.end is None or is_held(narrow):
        return
    for wide in ceilings:
        if wide is narrow or is_held(wide) or not _is_narrower(narrow, wide) or _named(narrow, wide, resolved):
            continue
        if _ends_before(wide, narrow.end):
            why = f"It keeps longer than {clause_of(wide)} (line {wide.source.line}), which covers the same data."
            yield finding("P404", narrow.source.file, narrow.source.line, why, clause=clause_of(narrow))
            return


def is_held(promise: Promise) -> bool:
    """Whether it is a held state: a keeping on a ground, which begins where the ordinary period ends."""
    return any(isinstance(test, AnyOf) and test.key == "ground" for test in promise.scope)


def _is_narrower(narrow: Promise, wide: Promise) -> bool:
    inside = narrow.object <= wide.object and set(wide.scope) <= set(narrow.scope)
    return inside and (narrow.object < wide.object or set(wide.scope) < set(narrow.scope))


def _overwritten(promise: Promise) -> Iterable[Diagnostic]:
    if promise.overwritten and isinstance(promise.due, After) and surely_longer(promise.due.low, promise.overwritten):
        why = "`within:` is longer than `overwritten-within:`, which counts until no copy is left anywhere."
        yield finding("P405", promise.source.file, promise.source.line, why, clause=clause_of(promise))


def _stages(first: Promise, ceilings: list[Promise], limits: list[Promise]) -> Iterable[Diagnostic]:
    """Stage one ends in a state; stage two counts from it; a third promise, or a wall, states the whole."""
    event = AFTER_STAGE.get(first.then or "")
    if not isinstance(first.end, After):
        return
    if event is None:
        yield from _tail(first, limits)
        return
    for second in ceilings:
        if not (isinstance(second.end, After) and second.end.of == event and second.object & first.object):
            continue
        for total in (*ceilings, *limits):
            if total in (first, second) or not isinstance(total.end, After) or total.end.of != first.end.of:
                continue
            if (
                total.object & first.object & second.object
                and may_meet(total, first)
                and any(_exceed(first.end, second.end, tail, total.end.high) for tail in ((), *_tails(second, total)))
            ):
                why = f"This stage and that of line {second.source.line} are longer than {clause_of(total)} (line {total.source.line}) allows."
                yield finding("P405", first.source.file, first.source.line, why, clause=clause_of(first))
                return


def _exceed(first: After, second: After, tail: tuple[Period, ...], total: Period) -> bool:
    return sum_surely_longer((first.low, second.low, *tail), total)


def _tail(promise: Promise, limits: list[Promise]) -> Iterable[Diagnostic]:
    """What is still there after its end, in rows until `within` and in copies until `overwritten-within`, counts into the whole."""
    assert isinstance(promise.end, After)
    for total in limits:
        if not isinstance(total.end, After) or total.end.of != promise.end.of or not total.object & promise.object:
            continue
        long = any(sum_surely_longer((promise.end.low, *tail), total.end.high) for tail in _tails(promise, total))
        if long and may_meet(total, promise):
            why = f"Its end, and the time until nothing is left, are longer than {clause_of(total)} (line {total.source.line}) allows."
            yield finding("P405", promise.source.file, promise.source.line, why, clause=clause_of(promise))
            return


def _tails(promise: Promise, total: Promise) -> Iterable[tuple[Period, ...]]:
    """What follows the end; copies count where the total speaks of every place."""
    if isinstance(promise.due, After) and promise.due.of == promise.end:
        yield (promise.due.low,)
    if promise.overwritten and not any(isinstance(test, AnyOf) and test.key == "in" for test in total.scope):
        yield (promise.overwritten,)
