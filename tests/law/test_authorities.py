"""Whom people may complain to: by regime, and by country where a regime has one in each."""

from __future__ import annotations

import pytest

from upheld.language.law import load_law
from upheld.language.law.lookup import authorities
from upheld.language.terms.names import country_names

EVERYWHERE = sorted(set(load_law().regimes) - {"eu-gdpr"})


@pytest.mark.parametrize("regime", sorted(load_law().regimes))
def test_every_regime_names_its_authorities_each_with_citation_confidence_and_source(regime: str) -> None:
    listed = authorities(load_law().regimes[regime])
    assert listed
    for one in listed:
        assert one.name and one.fact.value == one.name
        assert one.fact.cite and one.fact.source and one.fact.confidence in ("high", "medium", "low")
        assert one.place == "" or one.place.partition("-")[0] in country_names()


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
    assert [one.known_as for one in authorities(union, "IE")] == ["DPC"]


def test_a_country_without_one_gets_nobody_rather_than_a_guess() -> None:
    assert authorities(load_law().regimes["eu-gdpr"], "BR") == ()


def test_an_address_that_nobody_saw_is_unconfirmed_though_the_name_is_not() -> None:
    (office,) = authorities(load_law().regimes["uk-gdpr-pecr"])
    assert office.known_as == "ICO" and office.fact.confirmed and office.reach and not office.reach_confirmed
