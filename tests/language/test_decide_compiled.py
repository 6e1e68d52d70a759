"""Deciding over compiled notices: the example and the good ones, with flows and people drawn from their own words."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.language.fact_views import Connection, Person, citing, passing
from tests.notices import pages
from upheld.language.law import load_law
from upheld.language.promises import as_sql, compile_program, decide, fact_columns
from upheld.language.promises.deciding.index import MUST_STATE
from upheld.language.promises.model import FLOW_VERBS, AllOf, AnyOf, Facts, Flow, Kind, Name, Program, Promise, Record

CASES = int(os.environ.get("UPHELD_CASES", "150"))
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "qualer"
DAY = date(2026, 6, 15)
AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
drawn = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))


def _example() -> Program:
    files = {path.name: path.read_text("utf-8") for path in EXAMPLE.iterdir() if path.suffix in (".md", ".yaml")}
    return _program(compile_program(files, "notice.md", load_law(), ("deployment.yaml", files["deployment.yaml"])).draft)


def _program(found: Program | None) -> Program:
    assert found is not None
    return found


def _with_flows(found: Program) -> bool:
    return any(each.verb in FLOW_VERBS and each.modality != "never" for each in found.promises)


GOOD = {path.stem: _program(pages.read(path).compiled().draft) for path in pages.pages("good")}
PROGRAMS = {"the example": _example(), **{name: each for name, each in GOOD.items() if _with_flows(each)}}


def _flow(made: Program, dice: random.Random) -> Flow:
    """A flow near one promise; now and then with a key of another, or with one left out."""
    promises = [each for each in made.promises if each.verb in FLOW_VERBS]
    one = dice.choice([each for each in promises if each.modality != "never"] if dice.random() < 0.8 else promises)
    verb = one.verb
    peers = [each for each in promises if each.verb == verb]
    keys = {}
    for key in sorted(
        {
            *MUST_STATE[verb],
            *(test.key for test in one.scope if isinstance(test, AnyOf | AllOf) and test.key != "needs"),
        }
    ):
        said = _said(one if dice.random() < 0.9 else dice.choice(peers), key) or [
            name for each in peers for name in _said(each, key)
        ]
        if said and dice.random() < 0.97:
            everything = any(isinstance(test, AllOf) and test.key == key for test in one.scope)
            keys[key] = frozenset(said if everything else dice.sample(said, min(len(said), dice.choice((1, 1, 1, 2)))))
    leaves = dice.sample(sorted(one.object), min(len(one.object), dice.choice((1, 1, 2))))
    return Flow(verb, frozenset(leaves), keys, "ada", AT)


def _said(one: Promise, key: str) -> list[Name]:
    tests = (*one.scope, *(one.door or ()))
    return sorted({name for test in tests if isinstance(test, AnyOf | AllOf) and test.key == key for name in test.names})


def _person(made: Program, dice: random.Random) -> Person:
    facts: dict[Name, object] = {}
    for column in fact_columns(made):
        if column.type == "boolean" and dice.random() < 0.85:
            friendly = dice.random() < (0.8 if column.fact.kind is not Kind.FACT or "told" in column.fact.id else 0.4)
            facts[column.fact] = friendly
            if column.fact.kind is Kind.CHOICE and friendly and dice.random() < 0.3:
                facts[column.fact] = DAY + timedelta(days=dice.choice((-1, 0, 1)))
        elif column.type == "date" and column.fact.kind is Kind.FACT and dice.random() < 0.8:
            facts[column.fact] = date(dice.choice((1970, 1990, 2012, 2013, 2015)), 6, dice.choice((14, 15, 16)))
    kinds = {
        name
        for each in made.promises
        for test in (*each.scope, *(each.door or ()))
        if isinstance(test, AllOf) and test.key == "needs"
        for name in test.names
    }
    leaves = sorted({leaf for kind in kinds for leaf in (made.names[kind].leaves if kind in made.names else {kind})})
    filed = frozenset(Record(kind, "ada", dice.random() < 0.9) for kind in leaves if dice.random() < 0.85)
    return facts, filed  # type: ignore[return-value]


def _agree(connection: Connection, dialect: str, dice: random.Random) -> None:
    made = PROGRAMS["the example"] if dice.random() < 0.6 else dice.choice(list(PROGRAMS.values()))
    flow = _flow(made, dice)
    people = [_person(made, dice) for _ in range(4)]
    found = passing(connection, as_sql(made, flow, dialect), fact_columns(made), people)  # type: ignore[arg-type]
    assert found == {number for number, (facts, filed) in enumerate(people) if decide(made, citing(flow, filed), facts).allowed}


@drawn
@given(st.randoms(use_true_random=False))
def test_the_predicate_of_a_compiled_notice_agrees_with_deciding_in_sqlite(dice: random.Random) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        _agree(connection, "sqlite", dice)


@pytest.fixture(scope="module")
def connection(pg) -> Iterator[psycopg.Connection]:
    pg.create_database("compiled")
    with psycopg.connect(pg.url("compiled", "upheld_firm"), autocommit=True) as connected:
        yield connected
    pg.drop_database("compiled")


@settings(parent=drawn, max_examples=max(20, CASES // 4))
@given(dice=st.randoms(use_true_random=False))
def test_the_predicate_of_a_compiled_notice_agrees_with_deciding_in_postgresql(
    connection: psycopg.Connection, dice: random.Random
) -> None:
    _agree(connection, "postgresql", dice)


@drawn
@given(st.randoms(use_true_random=False))
def test_a_pass_of_a_compiled_notice_stays_a_pass_when_more_is_known(dice: random.Random) -> None:
    made = PROGRAMS["the example"] if dice.random() < 0.6 else dice.choice(list(PROGRAMS.values()))
    flow = _flow(made, dice)
    facts, filed = _person(made, dice)
    flow = citing(flow, filed)
    if decide(made, flow, facts).allowed:
        for column in fact_columns(made):
            if column.type == "boolean" and facts.get(column.fact) is None:
                for truth in (True, False):
                    learnt: Facts = {**facts, column.fact: truth}
                    assert decide(made, flow, learnt).allowed, column.fact


def test_the_example_decides_every_way() -> None:
    made, dice = PROGRAMS["the example"], random.Random(3)
    codes: dict[str, int] = {}
    for _ in range(1500):
        facts, filed = _person(made, dice)
        for reason in decide(made, citing(_flow(made, dice), filed), facts).reasons:
            codes[reason.code] = codes.get(reason.code, 0) + 1
    assert {"permitted", "wall", "nothing-permits", "untold"} <= codes.keys(), codes


def test_every_permission_of_the_example_can_be_used() -> None:
    """Nothing is promised in vain: for each permission there is a flow and a person for whom it passes."""
    made = PROGRAMS["the example"]
    told = {column.fact: True for column in fact_columns(made) if "told-" in column.fact.id}
    unused = []
    for each in made.promises:
        if each.verb in FLOW_VERBS and each.modality == "may" and not _usable(made, each, told):
            unused.append(each.id)
    assert not unused


def _usable(made: Program, permit: Promise, told: Facts) -> bool:
    dice = random.Random(permit.id)
    kinds = {name for each in made.names.values() for name in each.leaves if name.kind is Kind.RECORD}
    everything = frozenset(Record(kind, "ada") for kind in kinds)
    for _ in range(4000):
        keys = {}
        for key in sorted(
            {
                *MUST_STATE[permit.verb],
                *(test.key for test in permit.scope if isinstance(test, AnyOf | AllOf) and test.key != "needs"),
            }
        ):
            said = _said(permit, key)
            whole = any(isinstance(test, AllOf) and test.key == key for test in permit.scope)
            if said:
                keys[key] = frozenset(said) if whole else frozenset({dice.choice(said)})
        facts, _ = _person(made, dice)
        flow = Flow(
            permit.verb,
            frozenset({dice.choice(sorted(permit.object))}),
            _with_others(made, permit, keys, dice),
            "ada",
            AT,
            everything,
        )
        if permit.id in decide(made, flow, {**facts, **told}).determining and decide(made, flow, {**facts, **told}).allowed:
            return True
    return False


def _with_others(made: Program, permit: Promise, keys: dict, dice: random.Random) -> dict:
    """Further keys that walls on this verb read, so that a flow can say enough to pass their doors."""
    more = dict(keys)
    for each in made.promises:
        if each.verb == permit.verb and each.modality == "never":
            for test in (*each.scope, *(each.door or ())):
                if isinstance(test, AnyOf | AllOf) and test.key not in more and test.key != "needs":
                    names = sorted(test.names)
                    more[test.key] = (
                        frozenset(names)
                        if isinstance(test, AllOf)
                        else dice.choice((frozenset({dice.choice(names)}), frozenset({Name(Kind.VALUE, "none")})))
                    )
    return more


def test_a_citation_of_another_persons_record_serves_nobody() -> None:
    made, dice = PROGRAMS["the example"], random.Random(5)
    for _ in range(200):
        facts, filed = _person(made, dice)
        flow = _flow(made, dice)
        others = frozenset(replace(each, subject="bob") for each in filed)
        if decide(made, citing(flow, others), facts).allowed:
            assert decide(made, flow, facts).allowed
