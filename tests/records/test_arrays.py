"""Lists sent the short way arrive as they were."""

from __future__ import annotations

from typing import Any, cast

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.databases import server
from upheld.records.own.arrays import ready

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
PLAIN = TEXT | st.sampled_from(["", "NULL", "null", " a ", '"', "\\", '\\"', "{}", "a,b", "line\nline", "{x", "\\x41", "'"])
LISTS = {
    "bigint[]": st.lists(st.integers(-(2**63), 2**63 - 1)),
    "text[]": st.lists(PLAIN),
    "bytea[]": st.lists(st.binary(max_size=20)),
}


@pytest.fixture(scope="module")
def connection():
    with psycopg.connect(server(), autocommit=True) as made:
        ready(made)
        yield made


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_comes_back_as_it_was_sent(connection: psycopg.Connection, kind: str):
    @settings(max_examples=60, deadline=None)
    @given(values=LISTS[kind])
    def holds(values: list[Any]) -> None:
        row = connection.execute(cast("Any", f"SELECT %s::{kind}"), [values]).fetchone()
        assert row == (values,)

    holds()


def test_lists_of_several_types_and_nulls_go_the_drivers_way(connection: psycopg.Connection):
    assert connection.execute("SELECT %s::text[], %s::bigint[]", [["a", None, ""], [None, 3]]).fetchone() == (
        ["a", None, ""],
        [None, 3],
    )


def test_an_integer_column_meets_a_list_without_a_cast(connection: psycopg.Connection):
    row = connection.execute("SELECT count(*) FROM generate_series(1, 5) AS g WHERE g = ANY(%s)", [[1, 3, 9]]).fetchone()
    assert row == (2,)


def test_a_text_column_meets_a_list_without_a_cast(connection: psycopg.Connection):
    row = connection.execute("SELECT count(*) FROM unnest(ARRAY['a', 'b']) AS g WHERE g = ANY(%s)", [["a", "x"]]).fetchone()
    assert row == (1,)
