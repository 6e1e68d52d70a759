"""Groups flatten to leaves: against a naive reading of every group, circles included, and in time that grows with the text alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upheld.language.law import load_law
from upheld.language.promises import compile_program
from upheld.language.promises.compiling.names import NameTable
from upheld.language.promises.model import Kind, Name

WORDS = [Name(Kind.PARTY, word) for word in "abcdef"]
groups = st.dictionaries(st.sampled_from(WORDS), st.frozensets(st.sampled_from(WORDS), max_size=3), max_size=5)
HEAD = "---\nnotice: h\nlanguage: en\nupdated: 2026-01-01\neffective: 2026-01-01\ncontroller: b\nregimes: [eu-gdpr]\n---\n\nA. {#a.1}\n\n"


def below(name: Name, holds: dict, without: dict) -> set[Name]:
    """Every name that one comes to from `name`; itself only on a circle."""
    seen: set[Name] = set()
    waiting = [name]
    while waiting:
        for one in (here := waiting.pop(), *holds.get(here, ()), *without.get(here, ()))[1:]:
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return seen


def naive(name: Name, holds: dict, without: dict) -> frozenset[Name]:
    if name not in holds:
        return frozenset({name})
    taken = frozenset().union(*(naive(one, holds, without) for one in without.get(name, ())))
    return frozenset().union(*(naive(one, holds, without) for one in holds[name])) - taken


@given(groups, groups)
def test_circles_are_the_names_that_one_comes_back_to(holds: dict, without: dict) -> None:
    table = NameTable({}, holds, without)
    assert set(table.circles()) == {name for name in WORDS if name in below(name, holds, without)}


@given(groups, groups)
def test_a_group_stands_for_what_a_naive_reading_gives(holds: dict, without: dict) -> None:
    table = NameTable({}, holds, without)
    circles = set(table.circles())
    for name in WORDS:
        found = table.leaves(name)  # ends, whatever the groups
        if not ({name, *below(name, holds, without)} & circles):
            assert found == naive(name, holds, without)


def test_what_a_group_takes_out_stays_out_of_the_groups_that_hold_it() -> None:
    block = (
        "define: contact\nis: data\nholds: [name, email]\nwithout: [email]\n---\ndefine: known\nis: data\nholds: [contact, birth-date]\n---\n"
        "may use: known\nfor: marketing"
    )
    compiled = compile_program({"n.md": f"{HEAD}```promise\n{block}\n```\n"}, "n.md", load_law())
    assert compiled.draft is not None
    assert {one.id for one in compiled.draft.promises[0].object} == {"name", "birth-date"}


@pytest.mark.parametrize("count", [2_000])
def test_a_long_chain_of_groups_costs_no_more_than_its_length(count: int) -> None:
    chain = {Name(Kind.DATA, f"d{n}"): frozenset({Name(Kind.DATA, f"d{n + 1}")}) for n in range(count)}
    started = time.process_time()
    table = NameTable({}, chain)
    assert table.circles() == ()
    assert all(table.leaves(name) == {Name(Kind.DATA, f"d{count}")} for name in chain)
    assert time.process_time() - started < 1
