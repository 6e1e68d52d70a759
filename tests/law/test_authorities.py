"""Whom people may complain to: by regime, and by country where a regime has one in each."""

from __future__ import annotations

import pytest

from upheld.language.law import load_law
from upheld.language.law.lookup import authorities
from upheld.language.law.residing import of_a_child_alone
from upheld.language.terms.names import country_names

EVERYWHERE = sorted(set(load_law().regimes) - {"eu-gdpr", "ca-pipeda"})


@pytest.mark.parametrize("regime", sorted(load_law().regimes))
def test_every_regime_names_its_authorities_each_with_citation_confidence_and_source(regime: str) -> None:
    listed = authorities(load_law().regimes[regime])
    assert listed
    for one in listed:
        assert one.name and one.fact.value == one.name
        assert one.fact.cite and one.fact.source and one.fact.confidence in ("high", "medium", "low")
        assert one.place == "" or one.place.partition("-")[0] in country_names()
        assert one.web == one.web.strip("/ ") and "://" not in one.web


@pytest.mark.parametrize("regime", EVERYWHERE)
def test_where_a_law_is_one_country_s_its_authorities_are_everybody_s(regime: str) -> None:
    known = load_law().regimes[regime]
    assert authorities(known, "FR") == authorities(known) == known.authorities


def test_the_union_has_one_in_each_country_by_where_somebody_lives_works_or_was_wronged() -> None:
    union = load_law().regimes["eu-gdpr"]
    countries = [one.place for one in authorities(union)]
    assert len(countries) == len(set(countries)) == 30
    for country in countries:
        (one,) = authorities(union, country)
        assert one.place == country and one.by == ("residence", "work", "infringement")
        assert one.web and one.fact.confirmed
    assert [one.known_as for one in authorities(union, "IE")] == ["DPC"]


def test_each_of_a_person_s_places_leads_to_one_and_that_of_her_home_stands_first() -> None:
    union = load_law().regimes["eu-gdpr"]
    assert [one.place for one in authorities(union, "FR", "LU", "IE")] == ["FR", "LU", "IE"]
    assert [one.place for one in authorities(union, "FR", "FR", "FR")] == ["FR"]
    assert [one.place for one in authorities(union, "BR", infringement="IE")] == ["IE"]


def test_in_canada_the_province_has_one_beside_the_federal_one() -> None:
    federal = load_law().regimes["ca-pipeda"]
    assert [one.place for one in authorities(federal, "CA-AB")] == ["CA-AB", "CA"]
    assert [one.place for one in authorities(federal, "CA")] == ["CA"]
    assert [one.place for one in authorities(federal, "CA-ON", "CA-QC")] == ["CA"], "where somebody works leads to no province"
    assert [one.place for one in authorities(federal, infringement="CA-QC")] == ["CA-QC", "CA"]


def test_a_country_without_one_gets_nobody_rather_than_a_guess() -> None:
    assert authorities(load_law().regimes["eu-gdpr"], "BR") == ()


def test_an_address_that_nobody_saw_is_unconfirmed_though_the_name_is_not() -> None:
    (office,) = authorities(load_law().regimes["eu-gdpr"], "IE")
    assert office.fact.confirmed and office.reach and not office.reach_confirmed and not office.confirmed


def test_what_a_law_of_children_gives_is_nobody_s_own_right_unless_that_law_is_asked_under() -> None:
    law = load_law()
    assert of_a_child_alone(law, ("us-ca-ccpa", "us-coppa", "us-can-spam"), "parental-access")
    assert not of_a_child_alone(law, ("us-coppa",), "parental-access")
    assert not of_a_child_alone(law, ("us-ca-ccpa", "us-coppa"), "access")
    assert not of_a_child_alone(law, ("us-ca-ccpa", "us-can-spam"), "withdraw-consent")
