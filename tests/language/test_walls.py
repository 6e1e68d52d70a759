"""What the checks say of walls is what deciding does: P401 exactly where no flow whatever passes."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.language.promises import compile_program, decide
from upheld.language.promises.model import Flow, Kind, Name, Record

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
CASES = settings(max_examples=1_000 if LONG else 80, deadline=None)
HEAD = """---
notice: harbour
language: en
updated: 2026-03-01
effective: 2026-03-15
controller: harbour-bikes
regimes: [eu-gdpr]
---

A wall, or a way through. {#a.1}

```promise
%s
```
"""
VALUES = {
    "for": ("marketing", "advertising", "verification"),
    "to": ("staff", "customers"),
    "on": ("banner", "notice"),
}
KINDS = {"for": Kind.PURPOSE, "to": Kind.PARTY, "on": Kind.SURFACE}
# A value that no wall here names: what a flow may state to escape them all.
ELSEWHERE = {"for": (), "to": ("courts",), "on": ("sign-in",)}
DATA = ("name", "age")
FACTS = ("customer", "restricted")
AGES = (None, 12, 17, 40)


def listed(words: frozenset[str]) -> str:
    return f"[{', '.join(sorted(words))}]"


@st.composite
def lines(draw: st.DrawFn, prefix: str = "", needs_one: bool = False) -> list[str]:
    """Keys with values, each preceded by `prefix`."""
    keys = draw(st.sets(st.sampled_from([*VALUES, "when", "age"]), min_size=1 if needs_one else 0, max_size=3))
    found = []
    for key in sorted(keys):
        if key == "when":
            value = listed(frozenset({draw(st.sampled_from(FACTS))}))
        elif key == "age":
            value = draw(st.sampled_from(["under 16", "18 or over"]))
        else:
            value = listed(draw(st.frozensets(st.sampled_from(VALUES[key]), min_size=1)))
        found.append(f"{prefix}{key}: {value}")
    return found


@st.composite
def walls(draw: st.DrawFn) -> str:
    body = [f"never use: {listed(draw(st.frozensets(st.sampled_from(DATA), min_size=1)))}", *draw(lines())]
    if draw(st.booleans()):
        door = draw(lines(needs_one=True))
        body += [f"{'unless' if not number else 'and'} {line}" for number, line in enumerate(door)]
    return "\n".join(body)


@st.composite
def permissions(draw: st.DrawFn) -> str:
    body = [f"may use: {listed(draw(st.frozensets(st.sampled_from(DATA), min_size=1)))}"]
    body += [line for line in draw(lines()) if not line.startswith("for:")]
    return "\n".join([*body, f"for: {listed(draw(st.frozensets(st.sampled_from(VALUES['for']), min_size=1)))}"])


def flows() -> list[Flow]:
    """Every flow of one leaf that states one value, or nothing, for each key."""
    found = []
    for leaf, *values in product(DATA, *([None, *words, *ELSEWHERE[key]] for key, words in VALUES.items())):
        keys = {key: frozenset({Name(KINDS[key], value)}) for key, value in zip(VALUES, values, strict=True) if value}
        cited = frozenset({Record(Name(Kind.RECORD, "order"), "ada")})
        found.append(
            Flow("use", frozenset({Name(Kind.DATA, leaf)}), keys, "ada", datetime(2026, 5, 1, 12, 0, tzinfo=UTC), cited)
        )
    return found


FLOWS = flows()


def people() -> list[dict[Name, object]]:
    found = []
    for *truths, age in product(*([True, False] for _ in FACTS), AGES):
        facts: dict[Name, object] = {Name(Kind.FACT, word): truth for word, truth in zip(FACTS, truths, strict=True)}
        if age is not None:
            facts[Name(Kind.FACT, "birth-date")] = date(2026 - age, 1, 1)
        found.append(facts)
    return found


PEOPLE = people()


@CASES
@given(st.lists(walls(), min_size=1, max_size=3), permissions())
def test_a_permission_is_reported_dead_exactly_when_no_flow_of_anybody_passes(stones, permission):
    compiled = compile_program({"n.md": HEAD % "\n---\n".join([*stones, permission])}, "n.md")
    codes = {one.code for one in compiled.diagnostics if one.severity == "error"}
    assert codes <= {"P401"}, compiled.diagnostics
    assert compiled.draft is not None
    passes = any(decide(compiled.draft, flow, facts).allowed for flow in FLOWS for facts in PEOPLE)
    assert passes != ("P401" in codes)


CASES_BY_HAND = {
    "a fact that the wall needs and the permission does not": (
        "never use: name\nwhen: [restricted]",
        "may use: name\nfor: marketing",
        False,
    ),
    "the same fact on both": ("never use: name\nwhen: [restricted]", "may use: name\nfor: marketing\nwhen: [restricted]", True),
    "a wall for children, a permission for grown-ups": (
        "never use: name\nage: under 16",
        "may use: name\nfor: marketing\nage: 18 or over",
        False,
    ),
    "a wall for all below sixteen": ("never use: name\nage: under 16", "may use: name\nfor: marketing\nage: under 13", True),
    "a door with a record": ("never use: name\nunless needs: [order]", "may use: name\nfor: marketing", False),
    "a leaf that no wall covers": ("never use: name", "may use: [name, email]\nfor: marketing", False),
    "any recipient": ("never use: name\nto: anyone", "may use: name\nfor: marketing\nto: staff", True),
    "a group of data": ("never use: personal-data", "may use: name\nfor: marketing", True),
}


@pytest.mark.parametrize("name", sorted(CASES_BY_HAND))
def test_a_wall_counts_only_where_it_surely_stands(name):
    wall, permission, dead = CASES_BY_HAND[name]
    compiled = compile_program({"n.md": HEAD % f"{wall}\n---\n{permission}"}, "n.md")
    assert ("P401" in {one.code for one in compiled.diagnostics}) is dead


PERIODS = {
    "a shorter floor": (
        "may retain: name\nuntil: 2 years after received\nthen: erase",
        "will retain: name\nuntil: 1 year after received",
        set(),
    ),
    "another start": (
        "may retain: name\nuntil: 1 year after created\nthen: erase",
        "will retain: name\nuntil: 2 years after received",
        set(),
    ),
    "one of two ceilings is long enough": (
        "may retain: name\nuntil: 1 year after received\nthen: erase\n---\nmay retain: name\nground: legal-obligation\nuntil: 9 years after received\nthen: erase",
        "will retain: name\nuntil: 2 years after received",
        set(),
    ),
    "twelve months are a year": (
        "may retain: name\nuntil: 12 months after received\nthen: erase",
        "will retain: name\nuntil: 1 year after received",
        set(),
    ),
    "thirty-two days are more than a month": (
        "may retain: name\nuntil: 1 month after received\nthen: erase",
        "will retain: name\nuntil: 32 days after received",
        {"P403"},
    ),
    "thirty days may be a month": (
        "may retain: name\nuntil: 1 month after received\nthen: erase",
        "will retain: name\nuntil: 30 days after received",
        set(),
    ),
    "a narrower rule that is stricter": (
        "may retain: [name, email]\nuntil: 2 years after received\nthen: erase",
        "may retain: name\nuntil: 1 year after received\nthen: erase",
        set(),
    ),
    "another form": (
        "may retain: name\nas: masked\nuntil: 1 year after received\nthen: erase",
        "will retain: name\nas: hash\nuntil: without end",
        set(),
    ),
    "a wall against endless keeping": (
        "never retain: name\nuntil: without end",
        "may retain: name\nuntil: without end\nthen: erase",
        {"P401"},
    ),
    "an end before the wall's": (
        "never retain: name\nuntil: 2 years after received",
        "may retain: name\nuntil: 1 year after received\nthen: erase",
        set(),
    ),
    "an end after the wall's": (
        "never retain: name\nuntil: 2 years after received",
        "may retain: name\nuntil: 3 years after received\nthen: erase",
        {"P401"},
    ),
}


@pytest.mark.parametrize("name", sorted(PERIODS))
def test_periods_are_compared_only_where_every_calendar_agrees(name):
    first, second, codes = PERIODS[name]
    compiled = compile_program({"n.md": HEAD % f"{first}\n---\n{second}"}, "n.md")
    assert {one.code for one in compiled.diagnostics if one.severity == "error"} == codes
