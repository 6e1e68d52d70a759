"""The example statement of the manufacturing ERP's website: its walls, and what is its own."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.examples.firms import NOW, program_of
from upheld.language.promises import decide
from upheld.language.promises.model import After, Flow, Kind, Name, Pick, Program


@pytest.fixture(scope="module")
def program() -> Program:
    return program_of("iqms")


def named(text: str) -> Name:
    kind, _, word = text.partition(":")
    return Name(Kind(kind), word)


def test_the_statement_has_95_clauses_of_which_five_only_inform(program):
    bindings = Counter(clause.binding for clause in program.notices[0].clauses)
    assert bindings == {"bound": 90, "informs": 5}


def test_the_clock_of_tracking_data_starts_again_with_each_sign_of_interest(program):
    (tracked,) = (each for each in program.promises if "iqms.3.d.3" in each.source.clauses and each.verb == "retain")
    assert isinstance(tracked.end, After) and isinstance(tracked.end.of, Pick) and tracked.end.of.latest
    assert {each.id for each in tracked.end.of.of if isinstance(each, Name)} == {"visited", "last-interest"}


def test_a_mark_against_writing_again_is_a_floor_that_lasts_as_long_as_the_opting_out(program):
    floors = [each for each in program.promises if each.modality == "will" and each.verb == "retain"]
    assert [(sorted(name.id for name in each.object), [fact.id for fact in each.lasting]) for each in floors] == [
        (["suppression-mark"], ["opted-out"])
    ]


CASE = {"ground": "ground:liability", "for": "purpose:defence", "consideration": "value:none"}


@pytest.mark.parametrize(
    ("verb", "data", "keys", "wall"),
    [
        ("collect", "name", {"on": "surface:web-pages", "from": "party:merchants", "for": "purpose:registration"}, "3.1"),
        ("collect", "bank-account", {"on": "surface:other-forms", "from": "party:subject", "for": "purpose:billing"}, "3.c.3"),
        (
            "collect",
            "ip-address",
            {"on": "surface:web-pages", "from": "source:beacons", "for": "purpose:usage-analysis"},
            "4.6",
        ),
        ("use", "ip-address", {"for": "purpose:marketing"}, "3.a.1"),
        ("use", "bank-account", {"for": "purpose:account-care"}, "3.c.4"),
        ("use", "case-text", {"for": "purpose:usage-analysis"}, "3.c.7"),
        ("use", "name", {"for": "purpose:two-brand-services"}, "3.h.1"),
        ("use", "name", {"for": "purpose:deciding-by-machine"}, "3.e.11"),
        ("disclose", "name", {"to": "party:partner-firms", **CASE}, "3.c.9"),
        ("publish", "site-statistics", {"to": "party:partner-firms", "standard": "standard:our-anonymity"}, "3.b.8a"),
        ("message", "newsletter", {"by": "channel:email", "to": "party:subject", "contents": "item:sender"}, "3.e.20"),
        ("locate", "name", {"in": "place:SG", "act": "act:storage"}, "3.g.2"),
    ],
)
def test_each_wall_of_the_statement_refuses_what_it_forbids(program, verb, data, keys, wall):
    kind = {"message": Kind.MESSAGE, "publish": Kind.STATISTIC}.get(verb, Kind.DATA)
    said = {key: frozenset({named(value)}) for key, value in keys.items()}
    facts = {name: False for name in program.names if name.kind in (Kind.FACT, Kind.GROUP, Kind.CHOICE)}
    facts |= {Name(Kind.FACT, word): False for word in ("age-known", "restricted", "objected", "opted-out")}
    decision = decide(program, Flow(verb, frozenset({Name(kind, data)}), said, "s", NOW), facts)
    assert not decision.allowed
    assert f"iqms.{wall}" in {each.rsplit("#", 1)[0] for each in decision.determining}
