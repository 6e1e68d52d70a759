"""Which controls a promise calls for: by verb and by key, with nothing left out because it does not exist yet."""

from __future__ import annotations

from datetime import date

import pytest

from tests.board.larkspur import data, names
from tests.examples.firms import program_of
from upheld.faces.board.controls import needs_of, of_definition, of_promise
from upheld.language.promises.model import (
    After,
    Age,
    AllOf,
    AnyOf,
    At,
    Definition,
    Kind,
    Known,
    Name,
    Period,
    Promise,
    Some,
    Source,
)

WEEK = After(Period(7, "days"), Period(7, "days"), Name(Kind.EVENT, "received"))
SOURCE = Source("larkspur", date(2026, 9, 3), ("larkspur.x.1",), 1)


def called(modality, verb, obj, **keys) -> set[str]:  # type: ignore[no-untyped-def]
    return {control for control, _ in of_promise(Promise("larkspur.x.1#1", SOURCE, modality, verb, obj, **keys))}


def any_of(key: str, kind: Kind, *ids: str) -> AnyOf:
    return AnyOf(key, names(kind, *ids))


@pytest.mark.parametrize(
    ("verb", "gate"),
    [
        ("collect", "collection"),
        ("use", "purpose"),
        ("disclose", "disclosure"),
        ("message", "message"),
        ("publish", "release"),
        ("locate", "location"),
    ],
)
@pytest.mark.parametrize("modality", ["may", "never"])
def test_every_flow_calls_for_its_gate_and_the_witness_outside_it(modality: str, verb: str, gate: str) -> None:
    assert {f"gate:{gate}", f"witness:{gate}"} <= called(modality, verb, data("name"))


def test_a_wall_on_a_stored_form_calls_for_the_search_of_every_store() -> None:
    assert called("never", "retain", data("card-number")) == {"store:absent:card-number"}


def test_storage_without_end_is_the_calendar_s() -> None:
    assert called("never", "retain", data("name"), end=At("without end")) == {"calendar:retention", "calendar:canary"}


def test_a_period_calls_for_calendar_plan_and_clock() -> None:
    found = called("may", "retain", data("name"), end=WEEK, then="erase", due=WEEK, overwritten=Period(1, "months"))
    assert found == {"calendar:retention", "calendar:canary", "plan:erasure", "clock:disposal", "compact:overwritten"}


def test_an_ending_other_than_erasure_calls_for_its_converter() -> None:
    found = called("may", "retain", data("name"), end=WEEK, then="anonymise")
    assert "form:anonymise" in found and "plan:erasure" not in found


def test_a_held_state_a_floor_and_a_backup_call_for_theirs() -> None:
    assert "holds:kept" in called("may", "retain", data("invoice"), state="held", end=WEEK)
    assert "holds:kept" in called("will", "retain", data("invoice"), end=WEEK)
    assert "state:locked" in called("may", "retain", data("invoice"), state="locked", end=WEEK)
    found = called("may", "retain", data("name"), scope=(any_of("in", Kind.PLACE, "backups"),), then="erase")
    assert "backup:isolated" in found


def test_a_right_calls_for_plan_channels_clock_law_proof_contents_and_more() -> None:
    scope = (
        any_of("by", Kind.CHANNEL, "email", "letter"),
        any_of("as", Kind.FORM, "copy"),
        any_of("regime", Kind.REGIME, "eu-gdpr"),
        AllOf("proof", names(Kind.ITEM, "identity")),
        AllOf("contents", names(Kind.ITEM, "purposes")),
        any_of("without", Kind.DATA, "others-data"),
        Some((Known("unless", Name(Kind.GROUND, "harm-to-others"), False),)),
    )
    found = called("will", "grant", names(Kind.RIGHT, "access", "all-rights"), scope=scope, due=WEEK, state="suspended")
    assert found == {
        "plan:access", "channel:email", "channel:letter", "clock:respond", "law:clock", "proof:identity", "answer:purposes",
        "answer-form:copy", "shared:two-owners", "ground:harm-to-others", "state:suspended",
    }  # fmt: skip


def test_no_proof_asks_for_no_control_of_proofs() -> None:
    scope = (AllOf("proof", names(Kind.VALUE, "none")),)
    assert called("will", "grant", names(Kind.RIGHT, "access"), scope=scope) == {"plan:access", "clock:respond"}


def test_telling_on_the_notice_calls_for_the_page_and_what_waits() -> None:
    scope = (any_of("on", Kind.SURFACE, "notice"), AllOf("contents", names(Kind.ITEM, "rights")))
    found = called("will", "tell", names(Kind.TOPIC, "version-date"), scope=scope, blocks=Name(Kind.EVENT, "version-effective"))
    assert found == {"notice:version", "page:version-date", "page:rights", "waits:version-effective"}


def test_telling_recipients_calls_for_their_answers_and_a_clock() -> None:
    scope = (any_of("to", Kind.PARTY, "processors", "subject"), AllOf("needs", names(Kind.RECORD, "answer")))
    found = called("will", "tell", names(Kind.EVENT, "erased"), scope=scope, due=WEEK)
    assert found == {"fanout:processors", "clock:tell", "record:answer"}


def test_a_choice_calls_for_each_route_and_a_signal_is_no_channel() -> None:
    scope = (any_of("by", Kind.CHANNEL, "gpc", "banner"),)
    found = called("will", "offer", names(Kind.CHOICE, "tracking"), scope=scope, due=WEEK)
    assert found == {"choices:tracking", "signal:gpc", "channel:banner", "clock:choice"}


def test_a_measure_shown_by_attestation_calls_for_a_named_person() -> None:
    terms = {"proven": (Name(Kind.VALUE, "attestation"),), "handled-by": (Name(Kind.ROLE, "site-manager"),)}
    found = called("will", "protect", data("name"), scope=(any_of("by", Kind.MEASURE, "locked-room"),), terms=terms)
    assert found == {"measure:locked-room", "attestation:site-manager"}


def test_keys_call_for_their_controls_under_every_verb() -> None:
    scope = (
        AllOf("needs", names(Kind.RECORD, "order")),
        AllOf("under", names(Kind.AGREEMENT, "courier-contract")),
        Known("choice", Name(Kind.CHOICE, "news")),
        Known("when", Name(Kind.FACT, "age-known")),
        Age(below=16),
    )
    found = called("may", "use", data("name"), scope=scope)
    assert {"record:order", "agreement:courier-contract", "choices:news", "fact:age-known", "fact:age"} <= found


def test_a_strictly_necessary_thing_asks_for_no_choice() -> None:
    scope = (Known("choice", Name(Kind.VALUE, "strictly-necessary")),)
    assert not [c for c in called("may", "place", names(Kind.TRACKER, "basket"), scope=scope) if c.startswith("choices")]


def test_where_data_lies_is_the_stores_and_where_it_is_seen_is_not() -> None:
    stored = (any_of("act", Kind.ACT, "storage"), any_of("in", Kind.PLACE, "IE"))
    seen = (any_of("act", Kind.ACT, "disclosure"), any_of("in", Kind.PLACE, "IE"))
    assert "location:declared" in called("may", "locate", data("name"), scope=stored)
    assert "location:declared" not in called("may", "locate", data("name"), scope=seen)


@pytest.mark.parametrize("kind", [k for k in Kind if k not in (Kind.VALUE,)])
def test_every_kind_that_can_be_defined_calls_for_something(kind: Kind) -> None:
    name = Name(kind, "anything")
    assert list(of_definition(Definition(name, frozenset({name}))))


def test_a_promise_of_all_rights_calls_for_those_that_some_law_of_the_notice_gives() -> None:
    program = program_of("qualer")
    clause = next(one for one in program.notices[0].clauses if one.id == "qualer.howto.1")
    plans = {need.id for need in needs_of(program, clause) if need.id.startswith("plan:")}
    assert {"plan:access", "plan:erasure", "plan:portability", "plan:complaint"} <= plans
    assert plans.isdisjoint({"plan:leave", "plan:deindex", "plan:third-party-list"}), "no law of this notice knows them"
