"""A purpose whose record is missing or past its day is locked, by name; a country whose addition is missing keeps a notice from being published."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.cli.preloaded import ROOT
from upheld.faces.app.checking import check_folder
from upheld.faces.app.deciding import Answer, answer
from upheld.faces.app.declared.reading import Declared
from upheld.faces.app.purposes import FILE, lacking, purposes_of, read_bases, required
from upheld.faces.app.scope import read_scope
from upheld.faces.app.scope.launch import additions_for, missing_additions
from upheld.faces.site.centre.places import Place, place_named
from upheld.language.law import load_law
from upheld.language.law.residing import laws_at
from upheld.language.promises.model import Program

EXAMPLES = ROOT / "examples"
NOW = datetime(2026, 11, 19, 9, tzinfo=UTC)
TEXT = (EXAMPLES / "qualer" / FILE).read_text("utf-8")


@pytest.fixture(scope="module")
def program() -> Program:
    found = check_folder(EXAMPLES / "qualer").program
    assert found is not None
    return found


def decided(program: Program, bases: str, at: datetime = NOW) -> Answer:
    """Support by contract, of somebody of age; with these records."""
    keys, facts = ["for=customer-support", "basis=contract"], ["restricted=no", "age=34"]
    return answer(program, "use", ["telephone-number"], keys, facts, ["case"], at, None, bases)


def test_a_use_passes_with_its_record_and_is_refused_by_name_without(program: Program) -> None:
    assert decided(program, TEXT).allowed and decided(program, "").allowed
    lines = TEXT.splitlines()
    at = lines.index("customer-support:")
    without = "\n".join(lines[:at] + lines[at + 2 :])
    refused = decided(program, without)
    assert not refused.allowed and "`customer-support` is locked" in refused.text and "no relation is on record" in refused.text
    assert refused.clauses == ("qualer.use.10",) and refused.as_json()["reasons"][0]["promise"]


def test_a_record_past_its_day_locks_and_one_that_is_not_written_yet_too(program: Program) -> None:
    late = TEXT.replace("customer-support:\n  contract: {", "customer-support:\n  contract: {review: 2026-11-19, ")
    assert not decided(program, late).allowed and "reviewed by 2026-11-19" in decided(program, late).text
    assert decided(program, late, datetime(2026, 11, 18, tzinfo=UTC)).allowed
    records = read_bases(program, TEXT)
    assert not list(lacking(program, records, NOW.date()))
    assert {why.partition(" ")[2] for *_, why in lacking(program, records, date(2020, 1, 1))} >= {
        "assessment is dated 2026-03-16, which has not come"
    }


@pytest.mark.parametrize("example", ["qualer", "iqms", "iqommerce", "imqs", "ims"])
def test_every_basis_of_the_examples_has_its_record_and_every_country_its_addition(example: str) -> None:
    checked = check_folder(EXAMPLES / example)
    assert checked.program is not None and not checked.errors
    assert required(checked.program)
    assert not list(lacking(checked.program, read_bases(checked.program, checked.project.bases), NOW.date()))
    assert not list(missing_additions(checked.program, read_scope(checked.program, checked.project.scope)))
    register = purposes_of(checked.program)
    assert all(one.clauses for one in register) and len({one.name for one in register}) == len(register)


@pytest.mark.parametrize(
    "text",
    [
        "- a list",
        "nobodys-purpose: {contract: {where: here}}",
        "customer-support: {consent: {where: here}}",
        "customer-support: {contract: {}}",
        "customer-support: {contract: {where: here, dated: 2026-01-01}}",
        "customer-support: {legitimate-interests: {where: here, by: privacy-lead, dated: 2026-01-01}}",
        "customer-support: {legal-obligation: {where: here, review: soon}}",
    ],
)
def test_records_that_cannot_be_used_are_refused(text: str, program: Program) -> None:
    with pytest.raises(Declared) as refused:
        read_bases(program, text)
    assert refused.value.code == "N331"


def test_a_country_whose_addition_is_missing_is_an_error_by_name(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "ims", tmp_path / "ims", ignore=shutil.ignore_patterns("estate", "firm"))
    (tmp_path / "ims" / "in-france.md").unlink()
    checked = check_folder(tmp_path / "ims")
    assert checked.program is not None
    scope = read_scope(checked.program, checked.project.scope)
    (fault,) = missing_additions(checked.program, scope)
    assert (fault.code, fault.severity) == ("N322", "error") and fault.detail.startswith("FR asks")
    assert additions_for(checked.program, scope, "IE") == ("ims-eu",) and additions_for(checked.program, scope, "FR") == ()
    assert not list(missing_additions(checked.program, replace(scope, launched_in={"IE": "ims-eu", "US": ""})))


def test_where_somebody_lives_leads_to_the_nearest_law_of_the_notice() -> None:
    law = load_law()
    assert laws_at(law, ["ca-pipeda", "ca-casl", "ca-qc-law25"], "CA-QC") == ("ca-qc-law25", "ca-pipeda")
    assert laws_at(law, ["ca-pipeda", "ca-qc-law25"], "ca-on") == ("ca-pipeda",)
    assert laws_at(law, ["eu-gdpr"], "JP") == () and laws_at(law, ["no-such-law"], "FR") == ()
    places = (Place("eu-gdpr", "Europe"), Place("us-ca-ccpa", "California"), Place("elsewhere", "Elsewhere"))
    assert [place_named(places, each, law).id for each in ("FR", "US-CA", "JP", "us-ca-ccpa", "<script>")] == [
        "eu-gdpr", "us-ca-ccpa", "elsewhere", "us-ca-ccpa", "eu-gdpr",
    ]  # fmt: skip
