"""Combining sources: in any order, once or twice, and never looser than any of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.duties.requests.clock import clock_of
from upheld.duties.requests.offers import offers
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.plan.keeps import Hold, keeps_of
from upheld.language.law import law_terms, load_law
from upheld.language.law.clocks import answer_by
from upheld.language.law.combining import (
    child_delete_age,
    highest_age,
    owed,
    permitted,
    shortest,
    stands,
    starts_on,
)
from upheld.language.law.lookup import binding
from upheld.language.promises import compile_program, decide
from upheld.language.promises.model import Flow, Kind, Name, Program

FEW = settings(max_examples=60)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1)) | st.none()
ages = st.integers(0, 25) | st.none()
lists = st.frozensets(st.sampled_from("abcdef")) | st.none()
truths = st.booleans() | st.none()


@FEW
@given(days, days, days)
def test_the_shortest_deadline(one, two, three) -> None:
    assert shortest(one, one) == one and shortest(one, two) == shortest(two, one)
    assert shortest(shortest(one, two), three) == shortest(one, shortest(two, three)) == shortest(one, two, three)
    found = shortest(one, two, three)
    assert all(found is not None and found <= said for said in (one, two, three) if said is not None)
    assert (found is None) == (one is two is three is None)


@FEW
@given(ages, ages, ages)
def test_the_highest_age_that_blocks(one, two, three) -> None:
    assert highest_age(one, one) == one and highest_age(one, two) == highest_age(two, one)
    assert highest_age(highest_age(one, two), three) == highest_age(one, highest_age(two, three))
    found = highest_age(one, two, three)
    assert all(found is not None and found >= said for said in (one, two, three) if said is not None)
    assert child_delete_age(one, two) == highest_age(one, two)  # never below the age that blocks


@FEW
@given(lists, lists, lists)
def test_the_intersection_of_what_is_permitted(one, two, three) -> None:
    assert permitted(one, one) == (one or frozenset()) and permitted(one, two) == permitted(two, one)
    assert permitted(permitted(one, two) if one is not None or two is not None else None, three) == permitted(one, two, three)
    assert all(permitted(one, two, three) <= said for said in (one, two, three) if said is not None)
    assert permitted(None, None) == frozenset()


@FEW
@given(lists, lists, lists)
def test_the_union_of_what_is_owed(one, two, three) -> None:
    assert owed(one, one) == (one or frozenset()) and owed(one, two) == owed(two, one)
    assert owed(owed(one, two), three) == owed(one, owed(two, three)) == owed(one, two, three)
    assert all(said <= owed(one, two, three) for said in (one, two, three) if said is not None)


@FEW
@given(truths, truths, truths)
def test_a_choice_is_on_only_where_somebody_says_so_and_nobody_otherwise(one, two, three) -> None:
    assert starts_on(one, one) == (one is True) and starts_on(one, two) == starts_on(two, one)
    assert starts_on(one, two, three) == (False not in (one, two, three) and True in (one, two, three))
    assert not starts_on() and not starts_on(None)


# ---- what runs says the same ------------------------------------------------------------------------------------------

LAW = load_law()
PAIRS = [pair for pair in combinations(sorted(LAW.regimes), 2)]
NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


@cache
def bare() -> Program:
    """A notice that grants nothing of its own, under every regime."""
    text = "---\nnotice: harbour\nlanguage: en\nupdated: 2026-01-01\neffective: 2026-01-01\ncontroller: us\ncontacts: c.yaml\n"
    text += (
        f"officer: none\nofficer-reason: Small.\nregimes: [{', '.join(LAW.regimes)}]\n---\n\nWe are here. {{#who.1 .informs}}\n"
    )
    program = compile_program({"notice.md": text}, "notice.md").draft
    assert program is not None
    return program


def gives(regime: str, right: str) -> bool:
    known = LAW.regimes[regime]
    return known.parts.get(right, right) in {fact.value for fact in known.rights} or bool(law_terms(LAW, regime, right).clock)


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_who_falls_under_two_laws_has_the_rights_of_both_the_shorter_day_and_only_grounds_that_both_know(
    pair: tuple[str, str],
) -> None:
    program = bare()
    single = [{offer.right: offer for offer in offers(program, LAW, one)} for one in pair]
    both = {offer.right: offer for offer in offers(program, LAW, "+".join(pair))}
    assert set(both) >= owed(*single)
    for right, offer in both.items():
        alone = [each[right] for each in single if right in each]
        assert all(offer.contents >= one.contents for one in alone)
        giving = [law_terms(LAW, one, right) for one in pair if gives(one, right)]
        assert offer.contents == owed(*((fact.value for fact in terms.contents) for terms in giving))
        assert offer.exceptions() == permitted(*(frozenset(fact.value for fact in terms.unless) for terms in giving))
        days = [clock_of(LAW, one, (right,), NOW).answer_by for one in pair]
        assert clock_of(LAW, "+".join(pair), (right,), NOW).answer_by == shortest(*days)
        assert answer_by(LAW, "+".join(pair), right, NOW.date()) == shortest(
            *(answer_by(LAW, one, right, NOW.date()) for one in pair)
        )


def test_a_clock_that_runs_counts_though_the_other_law_s_stands_still() -> None:
    asked = [("identity-asked", NOW)]
    pair = "eu-gdpr+us-ca-ccpa"
    assert clock_of(LAW, "eu-gdpr", ("access",), NOW, asked).still
    other = clock_of(LAW, "us-ca-ccpa", ("access",), NOW, asked)
    assert not other.still and clock_of(LAW, pair, ("access",), NOW, asked).answer_by == other.answer_by


def test_who_lives_in_a_province_is_under_the_country_s_laws_too_and_nobody_under_a_neighbour_s() -> None:
    canada = ("ca-pipeda", "ca-casl", "ca-qc-law25")
    assert binding(LAW, canada, "ca-qc-law25") == "ca-qc-law25+ca-pipeda+ca-casl"
    assert binding(LAW, canada, "ca-casl") == "ca-casl+ca-pipeda" and binding(LAW, canada, "ca-pipeda") == "ca-pipeda+ca-casl"
    assert binding(LAW, ("eu-gdpr", "uk-gdpr-pecr"), "eu-gdpr") == "eu-gdpr"
    assert binding(LAW, canada, "") == "" and binding(LAW, canada, "of-nowhere") == "of-nowhere"
    assert binding(LAW, ("us-ca-ccpa", "eu-gdpr"), "eu-gdpr+us-ca-ccpa") == "eu-gdpr+us-ca-ccpa"


verdicts = st.lists(st.tuples(st.sampled_from(["may", "never"]), st.sampled_from(["eu-gdpr", "us-ca-ccpa", ""])), max_size=5)


@settings(max_examples=12)
@given(verdicts, st.frozensets(st.sampled_from(["eu-gdpr", "us-ca-ccpa"])))
def test_what_decide_lets_pass_some_sentence_permits_and_none_forbids(said, under) -> None:
    blocks = "".join(
        f"\nThis is so. {{#s.{n}}}\n\n```promise\n{verb} use: name\nfor: service\n{f'regime: {regime}' if regime else ''}\n```\n"
        for n, (verb, regime) in enumerate(said)
    )
    text = "---\nnotice: harbour\nlanguage: en\nupdated: 2026-01-01\neffective: 2026-01-01\ncontroller: us\ncontacts: c.yaml\n"
    text += f"officer: none\nofficer-reason: Small.\nregimes: [eu-gdpr, us-ca-ccpa]\n---\n{blocks}\n```promise\ndefine: service\nis: purpose\n```\n"
    program = compile_program({"notice.md": text}, "notice.md").draft
    assert program is not None
    flow = Flow("use", frozenset({Name(Kind.DATA, "name")}), {"for": frozenset({Name(Kind.PURPOSE, "service")})}, "ada", NOW)
    facts = {Name(Kind.REGIME, one): one in under for one in ("eu-gdpr", "us-ca-ccpa")}
    counts = [verb for verb, regime in said if not regime or regime in under]
    assert decide(program, flow, facts).allowed == ("may" in counts and "never" not in counts)


@FEW
@given(st.sampled_from(["", "claim"]), days, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_hold_stands_with_a_ground_until_its_day(ground, until, today) -> None:
    assert stands(ground, until, today) == (ground != "" and until is not None and today < until)


COLUMNS = {"name": "name", "email-address": "email", "telephone-number": "phone"}
SHOP, _ = read_estate(
    {
        "shop.yaml": "store: shop\nengine: sqlite\nurl: env:SHOP\ntables:\n  customers:\n    root: customer\n    key: [id]\n"
        "    columns: {id: key, name: name, email: email-address, phone: telephone-number}\n"
    }
)


@FEW
@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from(sorted(COLUMNS))), st.sampled_from(["", "claim"]), days.filter(bool)),
        max_size=3,
    ),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_a_plan_keeps_of_an_erasure_only_what_a_standing_hold_names(several, today) -> None:
    holds = tuple(Hold(f"H-{n}", ground, fields, until, frozenset({"p"})) for n, (fields, ground, until) in enumerate(several))
    found = keeps_of(bare(), SHOP, holds, today)
    kept = {column for rules in found.values() for rule in rules for column in rule.columns}
    assert kept == {
        COLUMNS[one] for one in owed(*(fields for fields, ground, until in several if stands(ground, until, today)))
    }
