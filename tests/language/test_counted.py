"""Counts are said as people say them."""

from __future__ import annotations

import pytest

from upheld.language.diagnostic import counted


@pytest.mark.parametrize(
    ("number", "thing", "does", "said"),
    [
        (0, "row", ("is", "are"), "0 rows are"),
        (1, "row", ("is", "are"), "1 row is"),
        (2_000, "row", ("is", "are"), "2,000 rows are"),
        (1, "leaf", ("", ""), "1 leaf"),
        (2, "leaf", ("", ""), "2 leaves"),
        (3, "country", ("", ""), "3 countries"),
        (1, "person", ("asks", "ask"), "1 person asks"),
    ],
)
def test_one_is_one_and_many_are_many(number: int, thing: str, does: tuple[str, str], said: str) -> None:
    assert counted(number, thing, *does) == said
