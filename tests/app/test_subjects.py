"""Lines of a file become subjects, or a refusal that names the line and never what stands in it."""

from __future__ import annotations

import pytest

from upheld.engine.estate.from_yaml import read_estate
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.errors import Unusable

ESTATE, _ = read_estate(
    {
        "shop.yaml": """
store: shop
engine: sqlite
url: env:SHOP_URL
place: NO
kind: primary
tables:
  customers:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}}
    columns: {id: key, email: email-address}
"""
    }
)
GOOD = '{"email": "ada@example.test"}'


def test_each_line_is_one_person() -> None:
    found = read_subjects([GOOD, "", '{"table": "shop.customers", "key": {"id": 7}}'], ESTATE)
    assert [subject.ref for subject in found] == ["line 1", "line 3"]
    assert found[0].identifiers == (("customer", "email/1", "ada@example.test"),)
    assert found[1].keys == {("shop", "customers"): ((7,),)}


@pytest.mark.parametrize(
    "line",
    [
        "secret@example.test",
        "[1]",
        "{}",
        '{"email": ["secret@example.test"]}',
        '{"phone": "secret@example.test"}',
        '{"table": "shop.nothing", "key": {"id": 1}}',
        '{"table": "shop.customers", "key": {"nr": 1}}',
        '{"email": "secret\\u0000@example.test"}',
        '{"email": "\\ud800secret@example.test"}',
        "[" * 100_000,
        '{"email": "secret@example.test"',
    ],
)
def test_a_line_that_cannot_be_used_is_named_by_its_number_alone(line: str) -> None:
    with pytest.raises(Unusable) as refused:
        read_subjects([GOOD, line], ESTATE)
    assert refused.value.code == "X203" and "Line 2 " in refused.value.reason
    assert "secret" not in f"{refused.value.reason}{refused.value.help}"


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Unusable):
        read_subjects(["", "  "], ESTATE)
