"""The example notice of the calibration platform: what is its own, besides what every example must be."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from tests.examples.firms import NOW, compiled_of, estate_of, folder_of, program_of, sources
from upheld.engine.estate.model import Estate
from upheld.engine.plan.keeps import keeps_of
from upheld.engine.plan.model import DueAfter
from upheld.language.law import load_law
from upheld.language.promises import compile_program, decide
from upheld.language.promises.model import Flow, Kind, Name, Program

FIRM = folder_of("qualer")
ENDED_BY_A_CHOICE_OF_ENDING = {"28": "retention.4"}


@pytest.fixture(scope="module")
def program() -> Program:
    return program_of("qualer")


@pytest.fixture(scope="module")
def estate() -> Estate:
    found = estate_of("qualer")
    assert found is not None
    return found


def test_the_notice_compiles_without_a_warning():
    assert compiled_of("qualer").diagnostics == ()


def test_the_notice_has_126_clauses_of_which_five_only_inform(program):
    bindings = Counter(clause.binding for clause in program.notices[0].clauses)
    assert bindings == {"bound": 121, "informs": 5}


def test_where_the_text_says_may_delete_or_anonymise_the_promise_does_one_of_the_two(program):
    for clause in ENDED_BY_A_CHOICE_OF_ENDING.values():
        ends = {each.then for each in program.promises if f"qualer.{clause}" in each.source.clauses}
        assert ends == {"erase", "anonymise"}


def test_the_lists_have_the_length_that_the_notice_tells(program):
    purposes = (
        (FIRM / "notice.md").read_text(encoding="utf-8").split("define: our-purposes")[1].split("holds: [")[1].split("]")[0]
    )
    cases = (FIRM / "notice.md").read_text(encoding="utf-8").split("define: listed-cases")[1].split("holds: [")[1].split("]")[0]
    assert (len(purposes.split(",")), len(cases.split(","))) == (15, 11)
    assert Name(Kind.PURPOSE, "customer-support") in program.names[Name(Kind.PURPOSE, "our-purposes")].leaves


def test_held_states_name_ground_fields_end_and_the_rule(program):
    held = [each for each in program.promises if each.state == "held"]
    assert {clause for each in held for clause in each.source.clauses} == {
        "qualer.retention.3",
        "qualer.ccpa.6a",
        "qualer.ccpa.6b",
        "qualer.ccpa.6c",
        "qualer.ccpa.6d",
    }
    for each in held:
        assert each.end is not None and each.then == "erase" and each.source.cites, each.id
        ground = each.terms.get("ground") or next(test.names for test in each.scope if getattr(test, "key", "") == "ground")
        for name in ground:
            assert program.names[name].keys["keeps-only"], name


@pytest.mark.parametrize(
    ("verb", "data", "keys", "wall"),
    [
        ("use", "fraud-signal", {"for": "purpose:further-offers"}, "use.13"),
        ("use", "tax-number", {"for": "purpose:contract-obligations"}, "basis.2"),
        ("use", "email-address", {"for": "purpose:storage"}, "use.1"),
        ("use", "email-address", {"for": "purpose:later-purpose"}, "use.18"),
        (
            "disclose",
            "email-address",
            {"to": "party:business-partners", "ground": "ground:partner-work", "consideration": "value:any"},
            "share.1",
        ),
        (
            "disclose",
            "email-address",
            {"to": "party:regulators", "ground": "ground:tax-law", "consideration": "value:none"},
            "share.1",
        ),
        ("disclose", "service-record", {"to": "party:clients", "ground": "ground:compatible-use"}, "ccpa.6d"),
        ("locate", "name", {"in": "place:MX", "act": "act:storage"}, "transfer.2"),
        (
            "collect",
            "name",
            {"on": "surface:partner-collections", "from": "party:subject", "for": "purpose:event-hosting"},
            "partners.1",
        ),
        ("message", None, {"to": "party:subject", "by": "channel:email", "contents": "item:sender"}, "rights.3a"),
    ],
)
def test_each_wall_of_the_notice_refuses_what_it_forbids(program, verb, data, keys, wall):
    said = {key: frozenset({Name(Kind(value.split(":")[0]), value.split(":")[1])}) for key, value in keys.items()}
    what = Name(Kind.DATA, data) if data else Name(Kind.MESSAGE, "own-promotion")
    facts = {name: False for name in program.names if name.kind in (Kind.FACT, Kind.GROUP, Kind.CHOICE)}
    facts |= {Name(Kind.FACT, word): False for word in ("age-known", "restricted", "objected")}
    facts[Name(Kind.FACT, "law-requires-consent")] = True
    decision = decide(program, Flow(verb, frozenset({what}), said, "s", NOW), facts)
    assert not decision.allowed
    assert f"qualer.{wall}" in {each.rsplit("#", 1)[0] for each in decision.determining}


def test_an_erasure_keeps_invoices_and_payments_seven_years_and_names_the_rule(program, estate):
    keeps = keeps_of(program, estate, (), date(2026, 11, 22))
    assert set(keeps) == {("platform", "invoices"), ("platform", "payments")}
    (invoice,) = keeps["platform", "invoices"]
    assert (invoice.ground, invoice.ends) == ("tax-law", DueAfter("invoiced_at", 7, "years"))
    assert invoice.columns == ("number", "billed_name", "billed_address", "billed_email", "amount_cents", "invoiced_at")
    assert [str(each.at) for each in invoice.why.cites] == ["17(3)(b)", "1798.105(d)(8)"]


def test_californian_grounds_keep_nothing_of_people_of_another_law(program, estate):
    california = keeps_of(program, estate, (), date(2026, 11, 22), "us-ca-ccpa")
    assert {("platform", "orders"), ("platform", "sign_ins")} <= set(california)
    for regime in ("eu-gdpr", None):
        assert {("platform", "orders"), ("platform", "sign_ins")}.isdisjoint(
            keeps_of(program, estate, (), date(2026, 11, 22), regime)
        )


def test_a_changed_word_that_means_nothing_is_found():
    changed = sources("qualer")
    changed["notice.md"] = changed["notice.md"].replace("for: product-information", "for: product-informatoin")
    found = compile_program(changed, "notice.md", load_law())
    assert found.program is None and "P201" in {each.code for each in found.diagnostics}
