"""Every example notice: the clauses of the mission in our own words, each bound or said to inform, compiled clean and usable."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from tests.examples.firms import (
    EXAMPLES,
    OUR_OWN_LEAVES,
    SHARED,
    compiled_of,
    conflicts,
    estate_of,
    flows_of,
    mission,
    program_of,
    seed,
    sources,
)
from upheld.engine.estate.supplied import supply
from upheld.faces.app import Unusable
from upheld.faces.cli.demonstration import example_folder
from upheld.language.promises import check_against_estate, decide
from upheld.language.promises.model import FLOW_VERBS

needs_mission = pytest.mark.skipif(SHARED is None, reason="the mission's clauses (../shared/mission) are not here")
every = pytest.mark.parametrize("example", EXAMPLES)
WORDS_IN_A_RUN = 8

# (example, code, clause) → why the warning stays.
EXPLAINED: dict[tuple[str, str, str], str] = {}


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[at : at + WORDS_IN_A_RUN]) for at in range(len(words) - WORDS_IN_A_RUN + 1)}


def test_there_are_examples():
    assert "qualer" in EXAMPLES


def test_an_example_that_is_not_there_is_refused_with_the_names_of_those_that_are():
    assert example_folder("ims").name == "ims"
    with pytest.raises(Unusable) as refused:
        example_folder("nosuch")
    assert refused.value.code == "X140" and "nosuch" in refused.value.reason
    assert all(example in refused.value.help for example in EXAMPLES)


@every
def test_the_notice_compiles_without_an_error_and_with_explained_warnings_only(example):
    found = compiled_of(example).diagnostics
    print(*(f"{d.code} {d.file}:{d.line} {d.clause} {d.detail}" for d in found), sep="\n")
    assert [d.code for d in found if d.severity == "error"] == []
    warned = Counter((example, d.code, d.clause.removeprefix(f"{example}.")) for d in found)
    assert set(warned) == {key for key in EXPLAINED if key[0] == example}


@every
@needs_mission
def test_the_ids_are_those_of_the_mission_in_its_order(example):
    program = program_of(example)
    assert [clause.id for clause in program.notices[0].clauses] == [f"{example}.{clause['id']}" for clause in mission(example)]


@every
@needs_mission
def test_every_clause_that_software_can_keep_is_bound_by_a_promise_and_no_clause_is_left_open(example):
    program = program_of(example)
    ours = {clause.id: clause for clause in program.notices[0].clauses}
    for clause in mission(example):
        said = ours[f"{example}.{clause['id']}"]
        if clause["executable"] in ("yes", "partly"):
            assert said.binding == "bound", said.id
            assert said.promises, f"{said.id} defines words but promises nothing"
        else:
            assert said.binding in ("bound", "informs", "outside"), said.id


@every
@needs_mission
def test_no_run_of_eight_words_is_shared_with_the_text_it_speaks_after(example):
    theirs = runs(seed(example))
    for name, text in sources(example).items():
        assert not theirs & runs(text), name


@every
@needs_mission
def test_every_contradiction_of_the_mission_is_resolved(example):
    """Each sentence of a row stands in a resolution with one from the other side; one alone is settled alone."""
    declared = {frozenset(one.removeprefix(f"{example}.") for one in each.clauses) for each in program_of(example).resolutions}
    rows = conflicts(example)
    assert rows
    for row in rows:
        if not row.other:
            assert any(clauses & row.one for clauses in declared), row
        for each in row.one if row.other else ():
            assert any(frozenset({each, against}) in declared for against in row.other), (row.number, each)
        for each in row.other:
            assert any(frozenset({each, against}) in declared for against in row.one), (row.number, each)


@every
def test_each_resolution_names_who_decided_when_and_why(example):
    for each in program_of(example).resolutions:
        assert each.prevails in (*each.clauses, "stricter")
        assert len(each.because) > 40 and each.by and each.dated is not None


@every
def test_every_permission_can_be_used_by_some_flow(example):
    program = program_of(example)
    permits = [each for each in program.promises if each.modality == "may" and each.verb in FLOW_VERBS]
    assert len(permits) > 10
    refused = {
        (permit.id, min(flow.data).id): [reason.promise or reason.says for reason in decision.reasons]
        for permit in permits
        for flow, facts in flows_of(program, permit)
        if not (decision := decide(program, flow, facts)).allowed
    }
    assert refused == {}


@every
def test_the_stores_supply_every_leaf_fact_and_event_but_what_lies_in_our_own_tables(example):
    estate = estate_of(example)
    if estate is None:
        pytest.skip("this firm's estate is not mapped yet")
    own = replace(supply(estate), leaves=supply(estate).leaves | OUR_OWN_LEAVES)
    found = check_against_estate(program_of(example), own)
    assert [f"{each.code} {each.line} {each.detail}" for each in found] == []
