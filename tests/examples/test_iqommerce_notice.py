"""The Canadian shop: consent that expires, reasons for fields, figures with a certificate, data that stays and data that travels."""

from __future__ import annotations

from datetime import date

import pytest

from tests.examples.firms import NOW, program_of
from upheld.language.promises import decide
from upheld.language.promises.facts import AGE_LEAST, told
from upheld.language.promises.model import Flow, Kind, Name, Record, Verb

MAIL = {
    "to": "party:customers",
    "by": "channel:email",
    "for": "purpose:promote",
    "about": "topic:own-products",
    "contents": "item:sender item:postal-address item:unsubscribe",
}


def named(text: str) -> frozenset[Name]:
    return frozenset(Name(Kind(kind), word) for kind, word in (each.split(":") for each in text.split()))


def judged(verb: Verb, what: str, keys: dict[str, str], *filed: str, **known: bool | date | int):
    program = program_of("iqommerce")
    facts: dict[Name, bool | date | int | None] = {
        name: False for name in program.names if name.kind in (Kind.FACT, Kind.GROUP, Kind.CHOICE)
    }
    facts |= {Name(Kind.FACT, word): False for word in ("restricted", "objected", "opted-out", "age-known")}
    facts |= {told(each): True for promise in program.promises if promise.blocks is not None for each in promise.object}
    words = {word.replace("_", "-"): value for word, value in known.items()}
    facts |= {name: words[name.id] for name in facts if name.id in words}
    if "age" in words:
        facts[AGE_LEAST] = words["age"]
    records = frozenset(Record(Name(Kind.RECORD, word), "s") for word in filed)
    flow = Flow(verb, named(what), {key: named(value) for key, value in keys.items()}, "s", NOW, records)
    return decide(program, flow, facts)


def clauses(decision) -> set[str]:
    return {each.rsplit("#", 1)[0] for each in decision.determining}


# ---- consent that expires --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "allowed"),
    [(date(2026, 11, 23), True), (date(2026, 11, 22), False), (date(2024, 11, 22), False)],
)
def test_a_consent_implied_by_a_purchase_opens_promotions_until_its_last_day(ends, allowed):
    said = MAIL | {"basis": "basis:implied-consent"}
    decision = judged("message", "message:own-promotion", said, "order", bought_lately=ends, promotions=True)
    assert decision.allowed is allowed


def test_the_lives_of_implied_consents_are_two_years_and_six_months():
    offers = {
        min(each.object).id: each.lasts for each in program_of("iqommerce").promises if each.verb == "offer" and each.lasts
    }
    assert {name: (each.amount, each.unit) for name, each in offers.items()} == {
        "bought-lately": (2, "years"),
        "asked-lately": (6, "months"),
    }


def test_an_implied_consent_opens_no_promotion_of_a_partner():
    said = MAIL | {"basis": "basis:implied-consent", "about": "topic:partner-products"}
    assert not judged("message", "message:partner-promotion", said, "order", bought_lately=True, promotions=True).allowed


def test_an_objection_closes_what_a_consent_opened():
    said = MAIL | {"basis": "basis:consent"}
    assert judged("message", "message:own-promotion", said, "register-entry", commercial_mail=True, promotions=True).allowed
    assert not judged(
        "message", "message:own-promotion", said, "register-entry", commercial_mail=True, promotions=False
    ).allowed


@pytest.mark.parametrize("contents", ["item:sender item:postal-address", "item:sender item:unsubscribe"])
def test_a_promotion_without_address_or_way_to_say_no_does_not_leave(contents):
    said = MAIL | {"basis": "basis:consent", "contents": contents}
    assert not judged("message", "message:own-promotion", said, "register-entry", commercial_mail=True, promotions=True).allowed


# ---- walls -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "what", "keys", "wall"),
    [
        (
            "collect",
            "data:job",
            {"from": "party:subject", "on": "surface:service-forms", "for": "purpose:requested-service"},
            "1.8",
        ),
        (
            "collect",
            "data:lead-name",
            {"from": "party:subject", "on": "surface:checkout", "for": "purpose:lead-handling"},
            "2.1",
        ),
        ("use", "data:message-text", {"for": "purpose:technical-functioning"}, "4.2b"),
        ("use", "data:feature-used", {"for": "purpose:usage-trends"}, "4.7"),
        ("use", "data:visitor-key", {"for": "purpose:site-metrics"}, "4.12d"),
        ("use", "data:sourced-email", {"for": "purpose:fault-finding"}, "6.14"),
        ("use", "data:payment-card-number", {"for": "purpose:take-payment", "to": "party:managers"}, "5.4c"),
        ("use", "data:lead-email", {"for": "purpose:promote", "from": "surface:lead-form"}, "9.3"),
        ("publish", "statistic:any-statistic", {"to": "party:anyone", "standard": "standard:industry-standard"}, "4.9"),
        ("disclose", "data:purchase", {"to": "party:anyone", "ground": "ground:figures-only"}, "6.9"),
        (
            "disclose",
            "data:name",
            {"to": "party:database-firm", "ground": "ground:assist-operations", "for": "purpose:promote"},
            "6.12",
        ),
        ("locate", "data:name", {"in": "place:US", "act": "act:storage"}, "7.1"),
        ("locate", "data:name", {"in": "place:US", "act": "act:disclosure"}, "7.4a"),
    ],
)
def test_each_wall_refuses_what_it_forbids(verb, what, keys, wall):
    decision = judged(verb, what, keys)
    assert not decision.allowed
    assert f"iqommerce.{wall}" in clauses(decision)


def test_an_account_is_opened_by_somebody_of_eighteen_and_by_nobody_of_seventeen():
    asked = {"from": "party:subject", "on": "surface:account-page", "for": "purpose:access-to-services"}
    filed = ("age-declared", "necessity-reason")
    assert judged("collect", "data:username", asked, *filed, age=18).allowed
    assert "iqommerce.3.2" in clauses(judged("collect", "data:username", asked, *filed, age=17))
    assert "iqommerce.3.2" in clauses(judged("collect", "data:username", asked, "necessity-reason", age=18))


def test_a_relation_that_is_over_leaves_three_uses_of_what_is_held():
    over = {"relation_ended": True}
    assert judged(
        "use", "data:invoice-detail", {"for": "purpose:comply-with-law", "basis": "basis:legal-obligation"}, "citation", **over
    ).allowed
    refused = judged(
        "use",
        "data:invoice-detail",
        {"for": "purpose:fault-finding", "to": "party:developers"},
        "fault-case",
        "end-date",
        **over,
    )
    assert "iqommerce.4.18" in clauses(refused)


def test_held_states_name_ground_fields_end_and_the_rule():
    held = [each for each in program_of("iqommerce").promises if each.state == "held"]
    assert {clause for each in held for clause in each.source.clauses} == {"iqommerce.4.18", "iqommerce.6.4"}
    assert all(each.end is not None and each.then == "erase" and each.source.cites for each in held)
