"""What a person may ask for comes from the notice and the law, and from nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from upheld.duties.requests.offers import offer_of, offers
from upheld.faces.app.checking import check_folder
from upheld.language.law import load_law
from upheld.language.promises.model import Program

LAW = load_law()
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture(scope="module")
def programs() -> dict[str, Program]:
    found = {name: check_folder(EXAMPLES / name).program for name in ("qualer", "iqms", "iqommerce")}
    return {name: program for name, program in found.items() if program is not None}


def test_every_right_of_the_regime_with_a_clock_is_offered(programs: dict[str, Program]) -> None:
    found = {offer.right for offer in offers(programs["qualer"], LAW, "eu-gdpr")}
    assert {"access", "rectification", "erasure", "restriction", "portability", "objection", "automated-decision"} <= found
    assert "judicial-remedy" not in found


def test_a_right_of_another_law_is_not_offered(programs: dict[str, Program]) -> None:
    found = {offer.right for offer in offers(programs["qualer"], LAW, "us-ca-ccpa")}
    assert "restriction" not in found and "access" in found


def test_no_proof_is_wanted_of_an_opt_out(programs: dict[str, Program]) -> None:
    offer = offer_of(programs["iqms"], LAW, "eu-gdpr", "objection-direct-marketing")
    assert offer is not None and offer.proof("web") == () and offer.content("web") == ()
    assert offer.promised("web") == "at once"


def test_what_must_be_proven_and_what_must_be_said_are_two_lists(programs: dict[str, Program]) -> None:
    offer = offer_of(programs["iqms"], LAW, "eu-gdpr", "erasure")
    assert offer is not None
    assert offer.proof("email") == ("address", "identity")
    assert "company-name" in offer.content("email")
    assert offer.promised("email") == "1 months"


def test_a_way_for_those_who_sign_in_binds_nobody_else(programs: dict[str, Program]) -> None:
    offer = offer_of(programs["iqms"], LAW, "eu-gdpr", "access")
    assert offer is not None and "sign-in" not in offer.proof("email")
    assert offer_of(programs["qualer"], LAW, "eu-gdpr", "access").proof("profile-screen") == ("sign-in",)  # type: ignore[union-attr]


def test_exceptions_are_the_laws_where_the_notice_says_law(programs: dict[str, Program]) -> None:
    offer = offer_of(programs["qualer"], LAW, "eu-gdpr", "erasure")
    assert offer is not None and "freedom-of-expression" in offer.exceptions()


def test_an_unknown_regime_leaves_what_the_notice_gives_everybody(programs: dict[str, Program]) -> None:
    found = {offer.right: offer for offer in offers(programs["qualer"], LAW, "")}
    assert "access" in found and found["access"].law is None
