"""What notices say often, as the reference writes it: said, decided, and refused where it contradicts itself."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.language.test_docs import EXAMPLES, HEAD, REFERENCE, ROSTER, blocks
from upheld.language.law import load_law
from upheld.language.promises import Compiled, compile_program, decide
from upheld.language.promises.model import After, Flow, Kind, Name, Program

OFTEN = blocks(REFERENCE.split("### Said often", 1)[1].split("## 6. The file", 1)[0])
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def compiled(block: str) -> Compiled:
    notice = HEAD % EXAMPLES[-1].rstrip("\n") + f"\nAn example. {{#ex.1}}\n\n```promise\n{block}```\n"
    return compile_program({"n.md": notice, "contacts.yaml": ROSTER}, "n.md", load_law())


def block_with(text: str) -> str:
    (found,) = (block for block in OFTEN if text in block)
    return found


def program_with(text: str) -> Program:
    found = compiled(block_with(text))
    assert found.program is not None, found.diagnostics
    return found.program


def codes(block: str) -> set[str]:
    return {each.code for each in compiled(block).diagnostics if each.severity == "error"}


def test_there_are_seven_and_none_has_an_error():
    assert len(OFTEN) == 7
    assert [codes(block) for block in OFTEN] == [set()] * 7


@pytest.mark.parametrize(
    ("block", "old", "new", "code"),
    [
        ("until: 1 year after hidden", "1 year after hidden", "2 years after hidden", "P405"),
        ("until: 6 years after invoiced", "6 years", "4 years", "P403"),
        ("quiet: 18 months", "quiet: 18 months", "quiet: a while", "P107"),
        ("as: hash", "as: hash", "as: hashish", "P201"),
        ("to: guardian", "to: guardian", "to: gardener", "P201"),
    ],
)
def test_what_contradicts_itself_or_cannot_be_read_is_refused(block, old, new, code):
    changed = block_with(block).replace(old, new)
    assert changed != block_with(block)
    assert code in codes(changed)


def test_each_group_has_its_own_clock():
    program = program_with("of: passers-by")
    ends = {
        next(test.fact.id for test in each.scope): each.end.high
        for each in program.promises
        if each.verb == "retain" and isinstance(each.end, After)
    }
    assert {group: (period.amount, period.unit) for group, period in ends.items()} == {
        "regulars": (2, "years"),
        "passers-by": (30, "days"),
    }


def test_a_looser_clock_for_some_must_name_what_it_excepts():
    block = block_with("of: passers-by").replace("of: passers-by\n", "")
    assert "P404" in codes(block)


@pytest.mark.parametrize(("agreed", "born", "allowed"), [(True, 2016, True), (False, 2016, False), (True, 1990, False)])
def test_nothing_is_taken_of_a_child_unless_the_guardian_agreed(agreed, born, allowed):
    program = program_with("to: guardian")
    keys = {
        "from": frozenset({Name(Kind.PARTY, "guardian")}),
        "on": frozenset({Name(Kind.SURFACE, "repair-form")}),
        "for": frozenset({Name(Kind.PURPOSE, "repair")}),
    }
    facts = {Name(Kind.FACT, "guardian-agreed"): agreed, Name(Kind.FACT, "birth-date"): date(born, 5, 1)}
    decided = decide(program, Flow("collect", frozenset({Name(Kind.DATA, "name")}), keys, "s", NOW), facts)
    assert decided.allowed is allowed
