"""What holds by accident proves nothing: check digits that seem to be there, versions that look like addresses."""

from __future__ import annotations

from random import Random

import pytest
from stdnum import luhn
from stdnum.nl import bsn

from upheld.engine.stores.scanning.chance import by_accident, chance_alike
from upheld.engine.stores.scanning.model import Guess
from upheld.engine.stores.scanning.national import checks
from upheld.engine.stores.scanning.proofs import proven

CHANCE = Random(20)
PEOPLE = ["111222333", *[n for n in (f"{CHANCE.randrange(10**8, 10**9)}" for _ in range(4_000)) if bsn.is_valid(n)]]


def with_luhn(body: str) -> str:
    return body + luhn.calc_check_digit(body)


def leaf(guess: Guess | None) -> str:
    return guess.leaf if guess else ""


def test_the_bound_is_never_below_the_probability() -> None:
    assert by_accident(10, 10, 0.1) == pytest.approx(1e-10)
    assert by_accident(100, 5, 0.1) == 1.0
    assert 0.0 < by_accident(100, 30, 0.1) < 1e-6


def test_a_check_digit_holds_by_accident_one_time_in_ten() -> None:
    numbers = [with_luhn(f"{CHANCE.randrange(10**14, 10**15)}") for _ in range(400)]
    assert 0.05 < chance_alike(numbers, luhn.is_valid) < 0.17
    assert chance_alike(["abc"], luhn.is_valid) > 0, "what was not seen may still happen"


def test_order_numbers_with_a_true_check_digit_are_no_cards() -> None:
    anywhere = [with_luhn(f"{CHANCE.randrange(10**14, 10**15)}") for _ in range(400)]
    one_range = [with_luhn(f"4000{n:011d}") for n in range(400)]
    lucky = [number for number in (f"{CHANCE.randrange(10**15, 10**16)}" for _ in range(400)) if luhn.is_valid(number)]
    mostly_wrong = [f"45{CHANCE.randrange(10**13, 10**14)}" for _ in range(400)]
    assert [leaf(proven(numbers, "IE")) for numbers in (anywhere, one_range, lucky, mostly_wrong)] == ["", "", "", ""]


def test_cards_of_several_issuers_are_proven_and_five_of_them_are_not_enough() -> None:
    starts = ("411111", "555555", "601111", "353011", "402400", "222100", "520082")
    cards = [with_luhn(f"{starts[n % 7]}{CHANCE.randrange(10**8, 10**9)}") for n in range(60)]
    assert leaf(proven(cards, "IE")) == "payment-card-number"
    assert proven(cards[:5], "IE") is None


def test_a_national_number_is_proven_where_it_is_given_and_a_few_prove_nothing() -> None:
    assert leaf(proven(PEOPLE, "NL")) == "official-id"
    assert proven(PEOPLE[:3], "NL") is None
    assert proven(PEOPLE, "IE") is None


def test_nine_digits_that_sometimes_pass_are_no_national_number() -> None:
    assert proven([f"{CHANCE.randrange(10**8, 10**9)}" for _ in range(400)], "NL") is None
    assert proven([str(100_000_000 + n) for n in range(400)], "NL") is None


def test_versions_are_no_addresses_and_addresses_at_home_are() -> None:
    versions = [f"{a}.{b}.{c}.{CHANCE.randrange(0, 60)}" for a in (1, 2, 3) for b in range(6) for c in range(6)]
    home = [f"192.168.{n % 4}.{n}" for n in range(1, 90)]
    intranet = [f"10.{CHANCE.randrange(256)}.{CHANCE.randrange(256)}.{CHANCE.randrange(256)}" for _ in range(90)]
    written_by_postgresql = [f"203.0.113.{n}/32" for n in range(1, 90)]
    assert proven(versions, "IE") is None
    assert [leaf(proven(values, "IE")) for values in (home, intranet, written_by_postgresql)] == ["ip-address"] * 3


@pytest.mark.parametrize(("place", "name", "number"), [("DE", "de.svnr", "15070649C103"), ("ES", "es.naf", "281234567840")])
def test_numbers_that_the_library_lacks_are_checked_too(place: str, name: str, number: str) -> None:
    check = dict(checks(place))[name]
    assert check(number)
    assert not check(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "place", ["AT", "BE", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "NL", "PL", "PT", "SE", "US", "ZZ", ""]
)
def test_every_country_is_asked_without_an_error(place: str) -> None:
    assert all(not check("nothing of it") for _, check in checks(place))
