"""Who asks, line by line: names of identifiers as people write them, faults that name the line and no value."""

from __future__ import annotations

import json

import pytest

from upheld.engine.estate.from_yaml import read_estate
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.errors import Unusable

ESTATE = """
store: shop
engine: sqlite
url: env:SHOP_URL
place: IE
kind: primary
tables:
  Customer:
    root: customer
    key: [Id]
    identifies: {EmailAddress: {form: email/1, names: one}, Phone: {form: phone/1, names: several}%s}
    columns: {Id: key, EmailAddress: email-address, Phone: telephone-number, phone_: telephone-number}
"""


def subjects(*lines: dict[str, object], more: str = ""):  # type: ignore[no-untyped-def]
    estate, findings = read_estate({"estate/shop.yaml": ESTATE % more})
    assert findings == ()
    return read_subjects([json.dumps(line) for line in lines], estate)


@pytest.mark.parametrize("name", ["EmailAddress", "emailaddress", "email_address", "EMAIL-ADDRESS"])
def test_an_identifier_may_be_named_in_any_writing(name: str) -> None:
    (one,) = subjects({name: "ada@example.test"})
    assert one.identifiers == (("customer", "email/1", "ada@example.test"),)


def test_a_writing_that_fits_two_columns_is_refused_and_the_exact_one_is_taken() -> None:
    more = ", phone_: {form: exact/1, names: one}"
    (exact,) = subjects({"Phone": "+353871234567"}, more=more)
    assert [form for _, form, _ in exact.identifiers] == ["phone/1"]
    with pytest.raises(Unusable) as refused:
        subjects({"PHONE": "+353871234567"}, more=more)
    assert "Line 1" in refused.value.reason and "Phone" in refused.value.reason and "353" not in refused.value.reason


def test_a_name_that_nothing_identifies_by_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(Unusable) as refused:
        subjects({"EmailAddress": "ada@example.test"}, {"shoe": "41"})
    assert "Line 2" in refused.value.reason and "EmailAddress, Phone" in refused.value.reason
