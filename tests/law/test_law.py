"""Law as data: worked deadlines, citations on every fact, what `law` means for a right."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import pytest

from upheld.language.law import (
    Fact,
    Span,
    add_span,
    last_day,
    last_moment,
    law_terms,
    load_law,
    respond_by,
)
from upheld.language.law.cases import Case, load_cases
from upheld.language.law.clocks import answer_by
from upheld.language.law.due import Happened, UnknownLaw, due_dates
from upheld.language.law.lookup import breach_duties, consent_age
from upheld.language.law.places import in_place


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: f"{case.regime} {case.clock}: {case.why}")
def test_a_clock_ends_on_the_day_worked_by_hand(case: Case) -> None:
    end = case.ends(load_law())
    assert end is not None and end.isoformat() == case.expect
    if not case.events and not case.place:
        regime = load_law().regimes[case.regime]
        assert last_moment(regime, case.clock, case.start, case.extended, case.holidays) == end


def test_every_regime_with_a_number_has_a_case_worked_by_hand() -> None:
    numbered = {id for id, regime in load_law().regimes.items() if any(c.length.value for c in regime.clocks.values())}
    assert {case.regime for case in load_cases()} == numbered


def test_a_right_is_answered_by_its_own_clock_and_by_none_where_the_law_gives_no_number() -> None:
    received = date(2026, 3, 2)
    days = {
        id: answer_by(load_law(), id, "erasure", received) for id in ("eu-gdpr", "za-popia", "br-lgpd", "ca-casl", "us-coppa")
    }
    assert days == {
        "eu-gdpr": date(2026, 4, 2),
        "za-popia": date(2026, 4, 1),
        "br-lgpd": None,
        "ca-casl": None,
        "us-coppa": None,
    }
    assert answer_by(load_law(), "xx-none", "erasure", received) is None


def test_a_request_is_answered_by_the_regimes_own_clock() -> None:
    assert respond_by(load_law(), "eu-gdpr", date(2026, 3, 10)) == date(2026, 4, 10)
    assert respond_by(load_law(), "us-ca-ccpa", date(2026, 3, 2), extended=True) == date(2026, 5, 31)


def test_a_clock_without_a_number_or_an_extension_unknown_to_the_law_is_an_error_not_a_guess() -> None:
    gdpr = load_law().regimes["eu-gdpr"]
    with pytest.raises(ValueError, match="no number"):
        last_day(gdpr, "acknowledge", date(2026, 3, 10))
    with pytest.raises(ValueError, match="no extension"):
        last_day(gdpr, "refuse", date(2026, 3, 10), extended=True)
    with pytest.raises(ValueError, match="moment"):
        last_day(gdpr, "breach-regulator", date(2026, 3, 10))


def test_spans_of_every_unit_add_to_a_day() -> None:
    assert add_span(date(2024, 2, 29), Span(1, "years")) == date(2025, 2, 28)
    assert add_span(date(2026, 3, 10), Span(2, "weeks")) == date(2026, 3, 24)
    assert add_span(date(2025, 12, 31), Span(2, "months")) == date(2026, 2, 28)


def _facts(value: Any) -> list[Fact[Any]]:
    if isinstance(value, Fact):
        return [value]
    if isinstance(value, tuple):
        return [fact for each in value for fact in _facts(each)]
    if hasattr(value, "values"):
        return [fact for each in value.values() for fact in _facts(each)]
    if is_dataclass(value):
        return [fact for field in fields(value) for fact in _facts(getattr(value, field.name))]
    return []


def test_every_fact_bears_a_citation_a_confidence_and_a_source() -> None:
    facts = _facts(load_law())
    assert len(facts) > 100
    for fact in facts:
        assert fact.cite and fact.source and fact.confidence in {"high", "medium", "low"}


def test_a_fact_from_memory_decides_and_is_unconfirmed_whatever_its_confidence() -> None:
    gdpr = load_law().regimes["eu-gdpr"]
    assert gdpr.clocks["respond"].length.confirmed
    assert gdpr.clocks["refuse"].length.confidence == "high"
    assert not gdpr.clocks["refuse"].length.confirmed
    assert gdpr.clocks["refuse"].length.value == Span(1, "months")


def test_law_means_per_right_and_regime_a_clock_a_proof_and_grounds() -> None:
    erasure = law_terms(load_law(), "eu-gdpr", "erasure")
    assert erasure.clock is not None
    assert erasure.clock.length.value == Span(1, "months")
    assert erasure.clock.start == "received"
    assert erasure.proof is not None and erasure.proof.value == ("identity",)
    assert "legal-claims" in {ground.value for ground in erasure.unless}
    opt_out = law_terms(load_law(), "us-ca-ccpa", "opt-out-sale")
    assert opt_out.clock is not None and opt_out.clock.length.value == Span(15, "working days")
    assert opt_out.proof is not None and opt_out.proof.value == ()
    assert law_terms(load_law(), "us-ca-ccpa", "access").acknowledge is not None
    assert law_terms(load_law(), "eu-gdpr", "access").acknowledge is None


def test_a_right_answered_within_another_takes_its_terms_and_an_unregulated_one_has_none() -> None:
    confirm = law_terms(load_law(), "eu-gdpr", "confirm")
    assert confirm.clock == law_terms(load_law(), "eu-gdpr", "access").clock
    assert [item.value for item in confirm.contents][:2] == ["confirmation", "purposes"]
    assert law_terms(load_law(), "us-ca-ccpa", "restriction").clock is None


def test_ages_are_facts_by_country() -> None:
    gdpr = load_law().regimes["eu-gdpr"]
    assert gdpr.ages["consent"].value == 16
    assert gdpr.ages_by_country["consent"].value["FR"] == 15
    assert load_law().regimes["us-ca-ccpa"].ages["own-opt-in-below"].value == 16


def test_law_read_from_its_files_is_the_law() -> None:
    from upheld.language.law.from_files import law_files, read_law

    assert read_law(law_files()) == load_law()


def test_an_answer_that_has_not_come_stops_the_clock_and_no_day_is_guessed() -> None:
    asked = [Happened("identity-asked", date(2026, 6, 5))]
    gdpr, tell, extended = due_dates(load_law().regimes["eu-gdpr"], "respond", date(2026, 6, 1), asked)
    assert (gdpr.state, gdpr.day, extended.state, extended.day) == ("stands still", None, "stands still", None)
    assert tell.day == date(2026, 7, 1)
    uk = due_dates(load_law().regimes["uk-gdpr-pecr"], "respond", date(2026, 6, 1), asked)
    assert [(each.state, each.day) for each in uk] == [("not begun", None)]
    california = due_dates(load_law().regimes["us-ca-ccpa"], "respond", date(2026, 3, 2), asked)
    assert california[0].day == date(2026, 4, 16)


def test_an_extension_stands_only_if_the_person_was_told_in_time() -> None:
    gdpr = load_law().regimes["eu-gdpr"]
    in_time = due_dates(gdpr, "respond", date(2026, 3, 10), [Happened("extended", date(2026, 4, 10))])
    assert [each.stands for each in in_time] == [True, True, True]
    late = due_dates(gdpr, "respond", date(2026, 3, 10), [Happened("extended", date(2026, 4, 11))])
    assert [each.stands for each in late] == [True, True, False]
    assert "told too late" in late[1].notes[0]


def test_a_pause_counts_towards_the_day_of_telling_only_where_the_law_says_so() -> None:
    paused = [Happened("clarification-asked", date(2026, 6, 5)), Happened("clarification-received", date(2026, 6, 15))]
    uk = due_dates(load_law().regimes["uk-gdpr-pecr"], "respond", date(2026, 6, 1), paused)
    gdpr = due_dates(load_law().regimes["eu-gdpr"], "respond", date(2026, 6, 1), paused)
    assert uk[1].day == date(2026, 7, 13)
    assert gdpr[1].day == date(2026, 7, 1)


def test_an_unknown_right_or_event_is_named_with_those_that_are_known() -> None:
    gdpr = load_law().regimes["eu-gdpr"]
    with pytest.raises(UnknownLaw) as right:
        due_dates(gdpr, "acces", date(2026, 3, 10))
    assert "access" in right.value.known
    with pytest.raises(UnknownLaw) as event:
        due_dates(gdpr, "access", date(2026, 3, 10), [Happened("identity", date(2026, 3, 11))])
    assert "identity-asked" in event.value.known


def test_a_state_without_a_right_has_no_clock_of_it() -> None:
    utah, iowa = (in_place(load_law().regimes["us-state-generic"], place) for place in ("UT", "IA"))
    assert "appeal-response" not in utah.clocks and "appeal" not in {fact.value for fact in utah.rights}
    assert "rectification" not in {fact.value for fact in iowa.rights}
    assert iowa.clocks["respond"].length.cite.startswith("ICDPA (Iowa)")


def test_a_regime_that_extends_another_states_its_own_facets_and_takes_the_rest() -> None:
    uk, eu = load_law().regimes["uk-gdpr-pecr"], load_law().regimes["eu-gdpr"]
    assert uk.ages["consent"].value == 13 and eu.ages["consent"].value == 16
    taken = uk.facts["erasure.exceptions"]
    assert taken.value == eu.facts["erasure.exceptions"].value
    assert (taken.cite, taken.inherited_from) == ("UK GDPR Art. 17(3)", "eu-gdpr")
    assert uk.withheld["access"][0].cite == "UK GDPR Art. 12(5)"
    assert uk.facts["children.consent-age"].inherited_from == ""
    assert "children.by-country" not in uk.facts and not uk.ages_by_country


def test_the_age_of_consent_is_the_countrys_own_where_the_law_lists_it() -> None:
    eu, uk, california = (load_law().regimes[id] for id in ("eu-gdpr", "uk-gdpr-pecr", "us-ca-ccpa"))
    france, norway = consent_age(eu, "FR"), consent_age(eu, "NO")
    assert france is not None and (france.value, france.confidence, france.confirmed) == (15, "medium", False)
    assert norway is not None and norway == eu.ages["consent"]
    british = consent_age(uk, "FR")
    assert british is not None and british.value == 13
    assert consent_age(california) is None


def test_breach_duties_have_a_clock_contents_and_a_threshold() -> None:
    eu = {duty.clock.id: duty for duty in breach_duties(load_law().regimes["eu-gdpr"])}
    assert list(eu) == ["breach-regulator", "breach-subject", "breach-processor-to-controller"]
    threshold = eu["breach-regulator"].threshold
    assert threshold is not None and threshold.value == "unless unlikely to result in a risk"
    assert [fact.value for fact in eu["breach-subject"].contents] == [
        "nature",
        "contact-point",
        "likely-consequences",
        "measures",
    ]
    assert breach_duties(load_law().regimes["us-coppa"]) == () == breach_duties(load_law().regimes["ca-casl"])
    canada = [duty.clock.id for duty in breach_duties(load_law().regimes["ca-pipeda"])]
    assert canada == ["breach-regulator", "breach-subject"]  # the register is a floor, and no telling
