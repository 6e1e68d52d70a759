"""Deciding, over random programs, flows and facts: against the written rules, against SQL, and against itself."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.language import deciding_oracle as written
from tests.language.fact_views import Connection, citing, passing
from tests.language.generated_programs import (
    BIRTHS,
    CHOICES,
    FACTS,
    GROUPS,
    LEAVES,
    REGIMES,
    TOPICS,
    Situation,
    situations,
    values,
)
from tests.language.made_programs import KINDS, program
from upheld.language.promises.deciding.as_sql import as_sql, fact_columns
from upheld.language.promises.deciding.decide import SAYS, decide, permitted
from upheld.language.promises.facts import AGE_BELOW, AGE_LEAST, BIRTH_DATE, told
from upheld.language.promises.model import Facts, Flow, Kind, Name, Program

CASES = int(os.environ.get("UPHELD_CASES", "150"))
random = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@random
@given(situations())
def test_a_decision_is_the_one_the_written_rules_give(situation: Situation) -> None:
    for facts, filed in situation.people:
        flow = citing(situation.flow, filed)
        decision = decide(situation.program, flow, facts)
        assert (decision.allowed, set(decision.determining)) == written.allowed(situation.program, flow, facts)


@random
@given(situations(people=5))
def test_the_predicate_in_sqlite_holds_for_exactly_the_people_whose_flow_passes(situation: Situation) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        _agree(connection, situation, "sqlite")


@pytest.fixture(scope="module")
def connection(pg) -> Iterator[psycopg.Connection]:
    pg.create_database("deciding")
    with psycopg.connect(pg.url("deciding", "upheld_firm"), autocommit=True) as connected:
        yield connected
    pg.drop_database("deciding")


@random
@given(situation=situations(people=5))
def test_the_predicate_in_postgresql_holds_for_exactly_the_people_whose_flow_passes(
    connection: psycopg.Connection, situation: Situation
) -> None:
    _agree(connection, situation, "postgresql")


def _agree(connection: Connection, situation: Situation, dialect: str) -> None:
    predicate = as_sql(situation.program, situation.flow, dialect)  # type: ignore[arg-type]
    found = passing(connection, predicate, fact_columns(situation.program), situation.people)
    one_by_one = {
        number
        for number, (facts, filed) in enumerate(situation.people)
        if decide(situation.program, citing(situation.flow, filed), facts).allowed
    }
    assert found == one_by_one, predicate


def _learnt(facts: Facts) -> Iterator[Facts]:
    """Everything that one more known fact could say, in either direction."""
    kinds = ((Kind.FACT, FACTS), (Kind.GROUP, GROUPS), (Kind.REGIME, REGIMES), (Kind.CHOICE, CHOICES))
    truths = [Name(kind, each) for kind, ids in kinds for each in ids] + [told(Name(Kind.TOPIC, each)) for each in TOPICS]
    for name in truths:
        if facts.get(name) is None:
            yield {**facts, name: True}
            yield {**facts, name: False}
    if facts.get(BIRTH_DATE) is None and facts.get(AGE_BELOW) is None and facts.get(AGE_LEAST) is None:
        yield from ({**facts, BIRTH_DATE: born} for born in BIRTHS)
        yield from ({**facts, band: years} for band in (AGE_BELOW, AGE_LEAST) for years in (13, 16, 18))


def _stated(flow: Flow) -> Iterator[Flow]:
    """The flow with one more key said."""
    for key, kind in KINDS.items():
        if not flow.keys.get(key):
            for said in (*((value,) for value in values(key)), values(key), ("none",)):
                named = frozenset(Name(Kind.VALUE if each == "none" else kind, each) for each in said)
                if key != "with" and said == ("none",):
                    continue
                yield replace(flow, keys={**flow.keys, key: named})


@random
@given(situations())
def test_a_pass_stays_a_pass_when_an_unknown_fact_or_key_becomes_known(situation: Situation) -> None:
    for facts, filed in situation.people:
        flow = citing(situation.flow, filed)
        assume(decide(situation.program, flow, facts).allowed)
        for more in _learnt(facts):
            assert decide(situation.program, flow, more).allowed, more
        for said in _stated(flow):
            assert decide(situation.program, said, facts).allowed, said.keys


@random
@given(situations())
def test_a_decision_names_promises_that_exist_and_a_refusal_by_a_wall_names_the_wall(situation: Situation) -> None:
    promises = {each.id: each for each in situation.program.promises}
    for facts, filed in situation.people:
        decision = decide(situation.program, citing(situation.flow, filed), facts)
        named = [
            promises[each]
            for each in (*decision.determining, *(reason.promise for reason in decision.reasons if reason.promise))
        ]
        assert decision.reasons
        if decision.allowed:
            assert decision.determining and all(each.modality in ("may", "will") for each in named)
        for reason in decision.reasons:
            if reason.code == "wall":
                assert promises[reason.promise].modality == "never" and reason.promise in decision.determining
                assert reason.data in promises[reason.promise].object & situation.flow.data
            elif reason.code == "untold":
                assert promises[reason.promise].verb == "tell"


@random
@given(situations())
def test_what_would_pass_alone_is_permitted_and_a_flow_passes_whole_or_not_at_all(situation: Situation) -> None:
    for facts, filed in situation.people:
        flow = citing(situation.flow, filed)
        alone = {leaf for leaf in flow.data if decide(situation.program, replace(flow, data=frozenset({leaf})), facts).allowed}
        assert permitted(situation.program, flow, facts) == alone
        assert decide(situation.program, flow, facts).allowed == (alone == flow.data)


def _without(made: Program, *ids: str) -> Program:
    return replace(made, promises=tuple(each for each in made.promises if each.id not in ids))


def _minimal(made: Program, flow: Flow, facts: Facts) -> Program:
    """The program with every promise gone that the pass does not need."""
    for each in made.promises:
        less = _without(made, each.id)
        if decide(less, flow, facts).allowed:
            return _minimal(less, flow, facts)
    return made


@random
@given(situations())
def test_no_determining_promise_can_be_taken_from_a_minimal_program_without_another_decision(situation: Situation) -> None:
    for facts, filed in situation.people:
        flow = citing(situation.flow, filed)
        made = situation.program
        decision = decide(made, flow, facts)
        if decision.allowed:
            made = _minimal(made, flow, facts)
            determining = decide(made, flow, facts).determining
            assert set(determining) == {each.id for each in made.promises} and determining
            for each in determining:
                assert not decide(_without(made, each), flow, facts).allowed
        else:
            walls = decision.determining
            assume(walls and decide(_without(made, *walls), flow, facts).allowed)
            for wall in walls:
                others = [each for each in walls if each != wall]
                assert decide(_without(made, *others), flow, facts).determining == (wall,)
                assert decide(_without(made, *others, wall), flow, facts).allowed


def test_the_generated_cases_are_of_every_kind() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(situations())
    def look(situation: Situation) -> None:
        for facts, filed in situation.people:
            decision = decide(situation.program, citing(situation.flow, filed), facts)
            seen["all"] += 1
            seen.update({_sort_of(reason.code, reason.says) for reason in decision.reasons})

    look()
    shares = {sort: seen[sort] / seen["all"] for sort in ("passes", "hits a wall", "lacks a permit", "hangs on an unknown")}
    assert all(share >= 0.15 for share in shares.values()), shares


def _sort_of(code: str, says: str) -> str:
    if says in (SAYS["wall-unknown"], SAYS["permit-unknown"]):
        return "hangs on an unknown"
    return {"permitted": "passes", "wall": "hits a wall", "nothing-permits": "lacks a permit"}.get(code, code)


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_deciding_is_total(data: st.DataObject) -> None:
    situation = data.draw(situations())
    odd = st.sampled_from([None, True, 3, -1, "yes", ""])
    facts = {name: data.draw(odd) for facts, _ in situation.people for name in (*facts, BIRTH_DATE, AGE_BELOW, AGE_LEAST)}
    decide(situation.program, situation.flow, facts)
    decide(program(), situation.flow, facts)
    bare = replace(situation.flow, data=frozenset(Name(Kind.DATA, each) for each in LEAVES), keys={})
    assert not decide(situation.program, bare, facts).allowed
