"""What a signed-in person sees of her own row, changes herself, and confirms."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.desk.conftest import Desked
from upheld.faces.app.declared import Rules, read_rules
from upheld.faces.app.desk.rights import confirm_profile, correct_profile, profile_of, rectifying
from upheld.faces.app.errors import NotNow, Unusable

PHONE, NAME = "platform.customers.phone", "platform.customers.name"
RULES = Rules(frozenset({PHONE}), 30)


def test_a_person_sees_her_row_changes_what_is_hers_to_change_and_confirms_it(
    desked: Desked, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, line = desked.desk, json.dumps({"email": desked.email(12)})
    monkeypatch.setattr(rectifying, "rules_of", lambda _: RULES)
    seen = profile_of(desk, line, RULES)
    fields = {one.place: one for one in seen.fields}
    assert fields[PHONE].why_not == "" and "rectification" in fields[NAME].why_not
    assert fields["platform.customers.email"].value == desked.email(12)
    assert seen.last_reviewed is None and seen.confirm_by == desked.clock().date(), "she is asked now"

    with pytest.raises(NotNow, match="R242"):
        correct_profile(desk, line, seen.ref, "eu-gdpr", {NAME: (fields[NAME].value, "Somebody Else")}, RULES)
    case = correct_profile(desk, line, seen.ref, "eu-gdpr", {PHONE: (fields[PHONE].value, "+353 1 555 0199")}, RULES)
    desked.work()
    assert desk.case(case.number).state in ("recipients", "answered"), "nobody had to approve"

    due = confirm_profile(desk, seen.ref, RULES)
    again = profile_of(desk, line, RULES)
    assert {one.place: one.value for one in again.fields}[PHONE] == "+353 1 555 0199"
    assert again.last_reviewed == desked.clock().date() and again.confirm_by == due == desked.clock().date() + timedelta(
        days=30
    )


def test_the_file_says_what_people_change_themselves() -> None:
    assert read_rules("") == Rules()
    assert read_rules(f"editable: [{PHONE}]\nconfirm-every: 30\n") == RULES
    for wrong in ("editable: phone\n", "- a\n", "{", "confirm-every: 0\n", "editable: []\nmore: 1\n"):
        with pytest.raises(Unusable, match="R241"):
            read_rules(wrong)
