"""The example notice of the media firm: its walls, its additions per country, and what is its own."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.examples.firms import NOW, program_of
from upheld.language.promises import decide
from upheld.language.promises.model import Flow, Kind, Name, Program


@pytest.fixture(scope="module")
def program() -> Program:
    return program_of("ims")


TASK = {"ground": "ground:entrusted-task", "for": "purpose:order-handling"}


def named(text: str) -> Name:
    kind, _, word = text.partition(":")
    return Name(Kind(kind), word)


def test_the_notice_has_52_clauses_of_which_two_only_inform(program):
    bindings = Counter(clause.binding for clause in program.notices[0].clauses)
    assert bindings == {"bound": 50, "informs": 2}


def test_an_addition_adds_for_its_law_and_another_prevails_in_its_country(program):
    assert {(each.notice, each.prevails) for each in program.notices[1:]} == {("ims-eu", False), ("ims-fr", True)}


@pytest.mark.parametrize(
    ("verb", "data", "keys", "wall"),
    [
        ("collect", "email-address", {"on": "surface:web-pages", "from": "party:subject", "for": "purpose:news"}, "collect.1"),
        (
            "collect",
            "purchase",
            {"on": "surface:quiz", "from": "surface:checkout", "for": "purpose:order-handling"},
            "collect.16",
        ),
        (
            "collect",
            "product-opinion",
            {"on": "surface:profile-screen", "from": "party:subject", "for": "purpose:product-reviews"},
            "collect.15",
        ),
        ("use", "ip-address", {"for": "purpose:advertising", "with": "data:ip-address"}, "collect.20"),
        ("use", "ip-address", {"for": "purpose:statistics", "with": "data:email-address"}, "collect.20"),
        ("use", "survey-answer", {"for": "purpose:direct-offers", "as": "form:aggregate"}, "collect.19"),
        ("use", "interest", {"for": "purpose:order-handling"}, "use.5a"),
        ("message", "service", {"by": "channel:fax", "to": "party:subject"}, "use.4"),
        ("message", "own-promotion", {"by": "channel:email", "to": "party:subject"}, "use.5c"),
        ("disclose", "purchase", {"to": "party:prize-sponsors", "consideration": "value:any", **TASK}, "share.1"),
        ("disclose", "purchase", {"to": "party:prize-sponsors", "consideration": "value:none", **TASK}, "share.2"),
        ("disclose", "purchase", {"to": "party:parcel-firm", "consideration": "value:none", **TASK}, "share.5"),
        ("publish", "any-statistic", {"to": "party:researchers", "standard": "standard:our-anonymity"}, "share.4b"),
    ],
)
def test_each_wall_of_the_notice_refuses_what_it_forbids(program, verb, data, keys, wall):
    kind = {"message": Kind.MESSAGE, "publish": Kind.STATISTIC}.get(verb, Kind.DATA)
    said = {key: frozenset({named(value)}) for key, value in keys.items()}
    facts = {name: False for name in program.names if name.kind in (Kind.FACT, Kind.GROUP, Kind.CHOICE)}
    facts |= {Name(Kind.FACT, word): False for word in ("age-known", "restricted", "objected", "opted-out")}
    decision = decide(program, Flow(verb, frozenset({Name(kind, data)}), said, "s", NOW), facts)
    assert not decision.allowed
    assert f"ims.{wall}" in {each.rsplit("#", 1)[0] for each in decision.determining}
