"""Deciding, read off the page of the language step by step: slow, obvious, and sharing no code with what it judges.

It knows one version, no supplement, no group with tests: the cases that the generator makes. Truth is True, False, None.
"""

from __future__ import annotations

from datetime import date

from upheld.language.promises.model import Age, AllOf, AnyOf, Flow, Kind, Name, Program, Promise, Some

MUST = {
    "collect": {"from", "on", "for"},
    "use": {"for"},
    "disclose": {"to", "ground"},
    "message": {"to", "by"},
    "publish": {"to", "standard"},
    "locate": {"in", "act"},
}
CAUSED = {"collect": "collected", "disclose": "disclosed", "locate": "transferred"}


def kleene_and(values):
    values = list(values)
    return False if False in values else None if None in values else True


def kleene_or(values):
    values = list(values)
    return True if True in values else None if None in values else False


def opposite(value):
    return None if value is None else not value


def truth(test, flow: Flow, facts, opens: bool):
    if isinstance(test, AnyOf):
        said = flow.keys.get(test.key)
        if not said:
            return None
        return all(name in test.names for name in said) if opens else any(name in test.names for name in said)
    if isinstance(test, AllOf) and test.key == "needs":
        return all(any(_serves(record, kind, flow) for record in flow.cited) for kind in test.names)
    if isinstance(test, AllOf):
        said = flow.keys.get(test.key)
        return None if not said else all(name in said for name in test.names)
    if isinstance(test, Some):
        return kleene_or(truth(each, flow, facts, opens) for each in test.tests)
    if isinstance(test, Age):
        years = _years(flow, facts)
        below = None if test.below is None else _below(years, facts, test.below)
        least = None if test.least is None else opposite(_below(years, facts, test.least))
        return kleene_and([*([below] if test.below is not None else []), *([least] if test.least is not None else [])])
    value = facts.get(test.fact)
    if test.fact.kind is Kind.CHOICE and isinstance(value, date):
        value = flow.at.date() < value
    return None if not isinstance(value, bool) else value == test.wanted


def _serves(record, kind, flow):
    alive = record.expires is None or record.expires > flow.at
    return record.kind == kind and record.subject == flow.subject and record.open and alive


def _years(flow, facts):
    born = facts.get(Name(Kind.FACT, "birth-date"))
    if born is None:
        return None
    day = flow.at.date()
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _below(years, facts, limit):
    if years is not None:
        return years < limit
    below, least = facts.get(Name(Kind.FACT, "age-below")), facts.get(Name(Kind.FACT, "age-least"))
    if below is not None and below <= limit:
        return True
    return False if least is not None and least >= limit else None


def holds(tests, flow, facts, opens):
    return kleene_and(truth(test, flow, facts, opens) for test in tests)


def walls_left(program: Program, flow: Flow, facts, leaf: Name) -> list[Promise]:
    left = []
    for wall in _of(program, flow, leaf):
        if wall.modality != "never" or holds(wall.scope, flow, facts, False) is False:
            continue
        if wall.door and holds(wall.door, flow, facts, True) is True:
            continue
        if not wall.law and any(_stands_above(permit, wall, program) for permit in permits(program, flow, facts, leaf)):
            continue
        left.append(wall)
    return left


def _stands_above(permit, wall, program):
    if set(wall.source.clauses) & permit.excepts and permit.source.notice == wall.source.notice:
        return True
    return any(
        each.prevails in permit.source.clauses
        and each.prevails not in wall.source.clauses
        and set(each.clauses) & set(wall.source.clauses)
        for each in program.resolutions
    )


def permits(program: Program, flow: Flow, facts, leaf: Name) -> list[Promise]:
    return [
        promise
        for promise in _of(program, flow, leaf)
        if promise.modality in ("may", "will") and holds(promise.scope, flow, facts, True) is True
    ]


def _of(program, flow, leaf):
    return [promise for promise in program.promises if promise.verb == flow.verb and leaf in promise.object]


def untold(program: Program, flow: Flow, facts) -> list[Promise]:
    event = Name(Kind.EVENT, CAUSED.get(flow.verb, "nothing"))
    found = []
    for promise in program.promises:
        if promise.verb != "tell" or promise.blocks is None:
            continue
        if promise.blocks != event and promise.blocks not in flow.keys.get("on", ()):
            continue
        told = all(facts.get(Name(Kind.FACT, f"told-{about.id}")) is True for about in promise.object)
        on = promise.terms.get("on")
        tests = [*promise.scope, *([AnyOf("on", frozenset(on))] if on else [])]
        if not told and holds(tests, flow, facts, False) is not False:
            found.append(promise)
    return found


def allowed(program: Program, flow: Flow, facts) -> tuple[bool, set[str]]:
    """Whether the flow passes, and the ids that determine it."""
    if any(not flow.keys.get(key) for key in MUST[flow.verb]):
        return False, set()
    walls = {wall.id for leaf in flow.data for wall in walls_left(program, flow, facts, leaf)}
    held = [permits(program, flow, facts, leaf) for leaf in flow.data]
    if walls or not all(held):
        return False, walls
    tells = {promise.id for promise in untold(program, flow, facts)}
    if tells:
        return False, tells
    return True, {promise.id for each in held for promise in each}
