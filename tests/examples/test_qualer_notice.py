"""The example notice: every clause of the mission is there in our own words, bound, and the whole compiles clean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.supplied import supply
from upheld.engine.plan.keeps import keeps_of
from upheld.engine.plan.model import DueAfter
from upheld.language.law import load_law
from upheld.language.promises import Compiled, check_against_estate, compile_program, decide
from upheld.language.promises.model import FLOW_VERBS, AllOf, AnyOf, Flow, Kind, Known, Name, Program, Promise, Record

ROOT = Path(__file__).parents[2]
FIRM = ROOT / "examples" / "qualer"
SHARED = next((up / "shared" for up in ROOT.parents if (up / "shared" / "mission").is_dir()), None)
needs_mission = pytest.mark.skipif(SHARED is None, reason="the mission's clauses (../shared/mission) are not here")
WORDS_IN_A_RUN = 8

# Contradictions of CONFLICTS.md by number: pairs of clauses of which one prevails; or a clause and what its promise must then say.
RESOLVED: dict[str, set[frozenset[str]]] = {
    "24": {frozenset({"share.1", "share.6"}), frozenset({"share.1", "share.14"})},
    "25": {frozenset({"transfer.2", "transfer.3a"})},
    "26": {frozenset({"dnt.1", "dnt.2"})},
    "27": {frozenset({"retention.1", "retention.2"})},
    "29": {frozenset({"ccpa.5a", "ccpa.6d"})},
    "30": {frozenset({"basis.1", "intro.9"}), frozenset({"basis.1", "use.18"})},
    "31": {frozenset({"partners.1", "intro.4"})},
    "32": {frozenset({"cookies.4", "rights.4"})},
}
ENDED_BY_A_CHOICE_OF_ENDING = {"28": "retention.4"}


def sources() -> dict[str, str]:
    return {name: (FIRM / name).read_text(encoding="utf-8") for name in ("notice.md", "words.md", "contacts.yaml")}


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    deployment = ("deployment.yaml", (FIRM / "deployment.yaml").read_text(encoding="utf-8"))
    return compile_program(sources(), "notice.md", load_law(), deployment)


@pytest.fixture(scope="module")
def program(compiled) -> Program:
    assert compiled.program is not None, [f"{each.code} {each.line} {each.detail}" for each in compiled.diagnostics]
    return compiled.program


def mission() -> list[dict]:
    clauses = yaml.safe_load((SHARED / "mission" / "qualer.yaml").read_text(encoding="utf-8"))
    return [clause for clause in clauses if clause["kind"] != "noise"]


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[at : at + WORDS_IN_A_RUN]) for at in range(len(words) - WORDS_IN_A_RUN + 1)}


def test_the_notice_compiles_without_an_error_or_a_warning(compiled):
    found = Counter((each.code, each.severity) for each in compiled.diagnostics)
    print(*(f"{d.code} {d.file}:{d.line} {d.clause} {d.detail}" for d in compiled.diagnostics), sep="\n")
    assert found == Counter()


def test_the_notice_has_126_clauses_of_which_five_only_inform(program):
    bindings = Counter(clause.binding for clause in program.notices[0].clauses)
    assert bindings == {"bound": 121, "informs": 5}


@needs_mission
def test_the_ids_are_those_of_the_mission_in_its_order(program):
    assert [clause.id for clause in program.notices[0].clauses] == [clause["id"] for clause in mission()]


@needs_mission
def test_every_clause_that_software_can_keep_is_bound_by_a_promise(program):
    ours = {clause.id: clause for clause in program.notices[0].clauses}
    for clause in mission():
        if clause["executable"] in ("yes", "partly"):
            assert ours[clause["id"]].binding == "bound", clause["id"]
            assert ours[clause["id"]].promises, f"{clause['id']} defines words but promises nothing"
        else:
            assert ours[clause["id"]].binding in ("informs", "outside"), clause["id"]


@needs_mission
def test_no_run_of_eight_words_is_shared_with_the_text_it_speaks_after():
    seed = next((SHARED / "seeds").glob("003_*")).read_text(encoding="utf-8")
    for name, text in sources().items():
        assert not runs(seed) & runs(text), name


@needs_mission
def test_every_contradiction_of_the_mission_is_resolved_and_says_why(program):
    rows = (SHARED / "mission" / "CONFLICTS.md").read_text(encoding="utf-8")
    ours = set(re.findall(r"(?m)^\| (\d+) \| qualer \|", rows))
    assert ours == set(RESOLVED) | set(ENDED_BY_A_CHOICE_OF_ENDING)


def test_each_resolution_names_who_decided_when_and_why(program):
    declared = {frozenset(one.removeprefix("qualer.") for one in each.clauses): each for each in program.resolutions}
    assert set(declared) == set().union(*RESOLVED.values())
    for each in declared.values():
        assert each.prevails in (*each.clauses, "stricter")
        assert len(each.because) > 40 and each.by == "privacy-lead" and each.dated is not None


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


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ONE_OF = ("for", "to", "from", "on", "in", "act", "by")


def flows_of(program: Program, permit: Promise) -> Iterator[tuple[Flow, dict[Name, bool]]]:
    """A flow for each leaf that `permit` allows, with everything said and filed, and the facts of a person it is meant for."""
    facts = dict.fromkeys((name for name in program.names if name.kind in (Kind.FACT, Kind.CHOICE, Kind.GROUP)), False)
    facts |= {
        Name(Kind.FACT, word): False for word in ("age-known", "restricted", "objected", "opted-out", "law-requires-consent")
    }
    keys: dict[str, frozenset[Name]] = (
        {"consideration": frozenset({Name(Kind.VALUE, "none")})} if permit.verb == "disclose" else {}
    )
    for test in permit.scope:
        if isinstance(test, Known):
            facts |= dict.fromkeys((test.fact, *program.names[test.fact].keys.get("when", ())), test.wanted)
        elif isinstance(test, AnyOf):
            keys[test.key] = frozenset({min(test.names)}) if test.key in ONE_OF else test.names
        elif isinstance(test, AllOf) and test.key != "needs":
            keys[test.key] = test.names
    filed = frozenset(
        Record(name, "s") for name, each in program.names.items() if name.kind is Kind.RECORD and each.leaves == {name}
    )
    for leaf in permit.object:
        yield Flow(permit.verb, frozenset({leaf}), keys, "s", NOW, filed), facts


def test_every_permission_can_be_used_by_some_flow(program):
    permits = [each for each in program.promises if each.modality == "may" and each.verb in FLOW_VERBS]
    assert len(permits) > 60
    refused = {
        (permit.id, min(flow.data).id): [reason.promise or reason.says for reason in decision.reasons]
        for permit in permits
        for flow, facts in flows_of(program, permit)
        if not (decision := decide(program, flow, facts)).allowed
    }
    assert refused == {}


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


OUR_OWN_LEAVES = {"request-identity", "erasure-mark", "suppression-mark", "evidence-reference", "staff-identity"}


@pytest.fixture(scope="module")
def estate():
    found, faults = read_estate(
        {file.name: file.read_text(encoding="utf-8") for file in sorted((FIRM / "estate").glob("*.yaml"))}
    )
    assert faults == ()
    return found


def test_the_two_stores_supply_every_leaf_fact_and_event_but_what_lies_in_our_own_tables(program, estate):
    own = supply(estate).leaves | OUR_OWN_LEAVES
    found = check_against_estate(program, replace(supply(estate), leaves=own))
    assert [f"{each.code} {each.line} {each.detail}" for each in found] == []


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
    changed = sources()
    changed["notice.md"] = changed["notice.md"].replace("for: product-information", "for: product-informatoin")
    found = compile_program(changed, "notice.md", load_law())
    assert found.program is None and "P201" in {each.code for each in found.diagnostics}
