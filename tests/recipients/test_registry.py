"""The registry: what the notice gives whom, how the deployment tells them, and a finding for every gap between the two."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.examples.firms import EXAMPLES, folder_of, program_of
from upheld.duties.recipients import read_registry
from upheld.duties.recipients.from_yaml import read_entries
from upheld.duties.recipients.kinds import KINDS, is_declared
from upheld.duties.recipients.registry import given_by, may_close_without, standing_of

ROOT = Path(__file__).resolve().parents[2]
GOOD = """chase: [3 days, 1 week]
recipients:
  salesforce:
    connector: webhook
    address: https://orders.example.test/v1
    credentials: {secret: env:HOOK_SECRET}
    data: [email-address]
    found-by: [email/1]
    can: [erase, restrict]
"""
# What is wrong → what stands in the place of what.
WRONG = {
    "R302": ("recipients:", "recipients: ["),
    "R303": ("restrict]", "restrict]\n    colour: red"),
    "R304": ("    address: https://orders.example.test/v1\n", ""),
    "R305": ("found-by: [email/1]", "found-by: [email/2]"),
    "R306": ("env:HOOK_SECRET", "hunter2"),
    "R307": ("  salesforce:\n", "  salesfork:\n"),
    "R308": ("[email-address]", "[payment-card-number]"),
    "R309": ("connector: webhook", "connector: webhok"),
    "R310": ("connector: webhook", "connector: freshdesk"),
    "R311": ("[3 days, 1 week]", "[1 week, 3 days]"),
    "R312": ("restrict]", "restrict]\n    closes-without: {us-ca-ccpo: because}"),
    "R325": ("https://", "http://"),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_recipient_of_every_example_has_an_entry_without_a_fault(example: str) -> None:
    registry, findings = read_registry(program_of(example), (folder_of(example) / "recipients.yaml").read_text("utf-8"))
    assert [f"{one.code} {one.line} {one.detail}" for one in findings] == []
    assert registry.unlisted == () and registry.given and registry.entries


def test_qualers_outside_systems_are_those_that_its_notice_names() -> None:
    registry, _ = read_registry(program_of("qualer"), (folder_of("qualer") / "recipients.yaml").read_text("utf-8"))
    for name in ("freshdesk", "hubspot", "salesforce"):
        assert registry.entries[name].connector == name and "qualer.share.4" in registry.given[name].clauses
        assert is_declared(registry.entries[name]) and standing_of(registry.entries[name], False) == "unproven"
        assert standing_of(registry.entries[name], True) == "kept"
    assert registry.entries["salesforce"].chase == (timedelta(days=8), timedelta(days=9))


def test_without_a_file_every_named_recipient_is_a_finding_and_no_unnamed_group_is_one() -> None:
    registry, findings = read_registry(program_of("qualer"), None)
    assert {one.code for one in findings} == {"R301"} and {one.severity for one in findings} == {"warning"}
    assert len(findings) == len(registry.unlisted) == len(registry.given)
    assert {"freshdesk", "qualer-labs", "consultants"} <= set(registry.unlisted)
    assert not {"third-parties", "anyone", "subject", "qualer", "authorities"} & set(registry.unlisted)


def test_a_processor_that_no_sentence_names_is_told_too() -> None:
    given = given_by(program_of("imqs"))
    assert given["consultants"].role == "processor" and given["consultants"].clauses == ()


def test_the_sound_file_has_no_fault_beside_those_it_leaves_out() -> None:
    _, findings = read_registry(program_of("qualer"), GOOD)
    assert {one.code for one in findings} == {"R301"}


@pytest.mark.parametrize("code", WRONG)
def test_each_slip_is_found_at_its_place_with_its_code_and_without_its_value(code: str) -> None:
    old, new = WRONG[code]
    assert old in GOOD
    _, findings = read_registry(program_of("qualer"), GOOD.replace(old, new))
    found = [one for one in findings if one.code == code]
    assert found and all(one.line >= 1 and one.detail and one.help and one.summary for one in found)
    assert not any("hunter2" in f"{one.detail} {one.help} {one.suggestion}" for one in findings)


def test_a_secret_in_an_address_or_under_with_is_refused_unrepeated() -> None:
    for old, new in (("https://orders", "https://me:hunter2@orders"), ("restrict]", "restrict]\n    with: {api-key: hunter2}")):
        entries, findings = read_entries(GOOD.replace(old, new))
        assert "R306" in {one.code for one in findings} and "hunter2" not in f"{findings}{entries}"


@pytest.mark.parametrize(
    "text", ["", "- a", "recipients: 7", "recipients: {A B: {}}", "recipients: {a: [1]}", "{" * 3000, "\0"]
)
def test_any_text_has_an_answer(text: str) -> None:
    _, findings = read_entries(text)
    assert findings or text == ""


def test_a_case_closes_without_a_recipient_only_where_the_file_cites_the_regime() -> None:
    registry, _ = read_registry(program_of("qualer"), (folder_of("qualer") / "recipients.yaml").read_text("utf-8"))
    assert may_close_without(registry.entries["northgauge"], "us-ca-ccpa").startswith("11 CCR 7022")
    assert may_close_without(registry.entries["northgauge"], "eu-gdpr") == ""
    assert may_close_without(None, "us-ca-ccpa") == ""


# ---- the page ----------------------------------------------------------------------------------------------------------


def page() -> str:
    return (ROOT / "docs" / "recipients.md").read_text("utf-8")


def test_the_whole_file_on_the_page_has_no_fault_of_shape() -> None:
    (example,) = re.findall(r"```yaml\n(chase:.*?)```", page(), flags=re.S)
    entries, findings = read_entries(example)
    assert findings == () and {one.connector for one in entries.values()} == set(KINDS)


def test_the_page_names_every_connector_with_what_it_can_and_takes() -> None:
    rows = {row.split("|")[1].strip(" `"): row for row in page().splitlines() if row.startswith("| `")}
    for name, kind in KINDS.items():
        assert name in rows, name
        for word in (*kind.secrets, *kind.settings):
            assert f"`{word}`" in rows[name], f"{name}: {word}"
        if kind.capabilities and len(kind.capabilities) < 6:
            assert all(word in rows[name] for word in kind.capabilities), name
