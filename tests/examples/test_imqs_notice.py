"""The municipal host: what an enquiry may never become, whose word counts over hosted data, and that nothing leaves the country."""

from __future__ import annotations

import pytest

from tests.examples.firms import NOW, TENANT, program_of
from upheld.language.promises import decide
from upheld.language.promises.model import Flow, Kind, Name, Record, Verb

VIEWING = {
    "for": "purpose:viewing",
    "to": "party:client-users",
    "as": "form:read-only",
    "ground": "ground:client-instruction",
    "under": "agreement:processing-agreement",
}
SIGNED = ("dataset-entry", "role-matrix", "instruction", "contract")


def named(text: str) -> Name:
    kind, word = text.split(":")
    return Name(Kind(kind), word)


def judged(verb: Verb, what: str, keys: dict[str, str], *filed: str, tenant: Name | None = TENANT, **known: bool):
    program = program_of("imqs")
    facts = {name: False for name in program.names if name.kind in (Kind.FACT, Kind.GROUP, Kind.CHOICE, Kind.PARTY)}
    facts |= {Name(Kind.FACT, word): False for word in ("restricted", "objected", "signed-in")}
    facts |= {name: yes for word, yes in known.items() for name in facts if name.id == word.replace("_", "-")}
    facts |= {Name(Kind.FACT, word.replace("_", "-")): yes for word, yes in known.items()}
    records = frozenset(Record(Name(Kind.RECORD, word), "s") for word in filed)
    said = {key: frozenset({named(value)}) for key, value in keys.items()}
    return decide(program, Flow(verb, frozenset({named(what)}), said, "s", NOW, records, tenant), facts)


@pytest.mark.parametrize(
    ("verb", "what", "keys", "wall"),
    [
        ("use", "data:enquirer-email", {"for": "purpose:marketing-own-products"}, "collect.1"),
        ("use", "data:enquirer-sector", {"for": "purpose:reply-to-enquiry"}, "collect.6"),
        (
            "collect",
            "data:enquirer-name",
            {"from": "source:import", "on": "surface:enquiry-form", "for": "purpose:reply-to-enquiry"},
            "collect.2",
        ),
        ("message", "message:own-promotion", {"to": "party:subject", "by": "channel:email"}, "collect.8"),
        ("disclose", "data:email-address", {"to": "party:consultants", "ground": "ground:client-instruction"}, "disclosure.1"),
        ("locate", "data:consumer-name", {"in": "place:IE", "act": "act:storage"}, "hosting.1b"),
        ("disclose", "data:consumer-name", {"to": "party:other-tenants", "ground": "ground:consent"}, "processor.1b"),
        (
            "collect",
            "data:meter-reading",
            {"from": "party:consultants", "on": "surface:dataset-loading", "for": "purpose:hosting-for-clients"},
            "processor.3",
        ),
        (
            "use",
            "data:meter-reading",
            {"for": "purpose:demand-analysis", "under": "agreement:processing-agreement"},
            "processor.4",
        ),
    ],
)
def test_each_wall_refuses_what_it_forbids(verb, what, keys, wall):
    decision = judged(verb, what, keys)
    assert not decision.allowed
    assert f"imqs.{wall}" in {each.rsplit("#", 1)[0] for each in decision.determining}


def test_marketing_needs_the_tick():
    mail = {"to": "party:subject", "by": "channel:email", "for": "purpose:marketing-own-products"}
    ticked = {**{key: value for key, value in mail.items()}}
    program = program_of("imqs")
    flow = Flow(
        "message",
        frozenset({named("message:own-promotion")}),
        {key: frozenset({named(value)}) for key, value in ticked.items()}
        | {"contents": frozenset({named("item:sender"), named("item:unsubscribe")})},
        "s",
        NOW,
    )
    choice = Name(Kind.CHOICE, "marketing-material")
    assert decide(program, flow, {choice: True}).allowed
    assert not decide(program, flow, {choice: False}).allowed
    assert not decide(program, flow, {}).allowed


def test_hosted_data_is_shown_with_every_paper_and_one_tenant():
    assert judged("use", "data:meter-reading", VIEWING, *SIGNED, signed_in=True).allowed


@pytest.mark.parametrize("missing", SIGNED[:3])
def test_hosted_data_stays_shut_without_its_entry_its_roles_or_its_instruction(missing):
    rest = [each for each in SIGNED if each != missing]
    assert not judged("use", "data:meter-reading", VIEWING, *rest, signed_in=True).allowed


def test_hosted_data_stays_shut_without_a_sign_in():
    assert not judged("use", "data:meter-reading", VIEWING, *SIGNED, signed_in=False).allowed


def test_a_flow_that_names_no_tenant_is_refused_for_data_that_one_owns():
    decision = judged("use", "data:meter-reading", VIEWING, *SIGNED, tenant=None, signed_in=True)
    assert [each.code for each in decision.reasons] == ["undecidable"]
