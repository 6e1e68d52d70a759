"""Random programs and what an author could make of them: a second version that differs in one or two places."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tests.language.generated_programs import (
    CHOICES,
    FACTS,
    KEYS,
    REGIMES,
    Situation,
    filed_records,
    flows,
    known_facts,
    programs,
    values,
)
from tests.language.made_programs import KINDS, choice, needs, when
from upheld.language.promises.model import Age, AllOf, AnyOf, Kind, Known, Name, Program, Promise, Test

MORE: tuple[Test, ...] = (
    when(FACTS[0]),
    when(FACTS[1], False),
    choice(CHOICES[0]),
    needs("invoice"),
    Age(least=16),
    Age(below=16),
    Known("regime", Name(Kind.REGIME, REGIMES[0])),
)


@st.composite
def versions(draw, verb: str) -> tuple[Program, Program]:
    """A program and its next version; both digests differ, so that each has an index of its own."""
    old = draw(programs(verb))
    new = old
    for _ in range(draw(st.sampled_from((1, 1, 2)))):
        new = draw(_edited(new, verb))
    return replace(old, digest="older"), replace(new, digest="newer")


@st.composite
def _edited(draw, program: Program, verb: str) -> Program:
    at = draw(st.integers(0, len(program.promises) - 1))
    promise = program.promises[at]
    kind = draw(st.sampled_from(("drop", "copy", "object", "test", "test", "test", "door", "resolutions", "excepts", "other")))
    if kind == "drop" and len(program.promises) > 1:
        return _with(program, at, None)
    if kind == "copy":
        extra = replace(draw(_changed(promise, verb)), id=f"{promise.id}x")
        return replace(program, promises=(*program.promises, extra))
    if kind == "resolutions":
        return replace(program, resolutions=() if program.resolutions else draw(programs(verb)).resolutions)
    if kind == "excepts":
        walls = [one.source.clauses[0] for one in program.promises if one.modality == "never"]
        return _with(program, at, replace(promise, excepts=frozenset(walls[:1]) if not promise.excepts else frozenset()))
    if kind == "other":
        other = draw(programs(verb)).promises
        return replace(program, promises=tuple({one.id: one for one in (*program.promises, other[-1])}.values()))
    return _with(program, at, draw(_changed(promise, verb, kind)))


def _with(program: Program, at: int, promise: Promise | None) -> Program:
    kept = [*program.promises[:at], *([promise] if promise else []), *program.promises[at + 1 :]]
    return replace(program, promises=tuple(kept))


@st.composite
def _changed(draw, promise: Promise, verb: str, kind: str = "test") -> Promise:
    if kind == "object" and promise.verb == verb:
        names = sorted(promise.object)
        return replace(promise, object=frozenset(draw(st.sets(st.sampled_from(names), min_size=1))))
    if kind == "door" and promise.modality == "never":
        return replace(promise, door=draw(_tests(promise.door or (), verb)) or None)
    return replace(promise, scope=draw(_tests(promise.scope, verb)))


@st.composite
def _tests(draw, tests: tuple[Test, ...], verb: str) -> tuple[Test, ...]:
    """One test more, one less, or one that lists more or fewer names."""
    kind = draw(st.sampled_from(("more", "less", "names", "names")))
    lists = [at for at, test in enumerate(tests) if isinstance(test, AnyOf | AllOf) and test.key in KINDS]
    if kind == "less" and tests:
        at = draw(st.integers(0, len(tests) - 1))
        return (*tests[:at], *tests[at + 1 :])
    if kind == "names" and lists:
        at = draw(st.sampled_from(lists))
        test = tests[at]
        assert isinstance(test, AnyOf | AllOf)
        names = frozenset(Name(KINDS[test.key], each) for each in draw(st.sets(st.sampled_from(values(test.key)), min_size=1)))
        return (*tests[:at], replace(test, names=names), *tests[at + 1 :])
    return (*tests, draw(st.sampled_from(MORE)))


@st.composite
def two_versions(draw, flows_each: int = 6) -> tuple[Program, Program, tuple[Situation, ...]]:
    """Two versions, and flows of people who know about both of them."""
    verb = draw(st.sampled_from(sorted(KEYS)))
    old, new = draw(versions(verb))
    found = []
    for _ in range(flows_each):
        flow = draw(flows(verb))
        found.append(Situation(old, flow, ((draw(known_facts(flow.at)), draw(filed_records(flow.at))),)))
    return old, new, tuple(found)
