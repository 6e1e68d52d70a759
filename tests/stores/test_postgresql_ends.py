"""What PostgreSQL says of a transaction whose reply was lost: each of its five answers, from a real server."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from upheld.engine.stores import Store
from upheld.engine.stores.session_postgresql import PostgreSQLStore


@pytest.fixture
def sessions(fresh_database: str) -> Iterator[tuple[Store, Store]]:
    with psycopg.connect(fresh_database) as connection:
        connection.execute("CREATE TABLE notes (id integer PRIMARY KEY)")
    pair = (PostgreSQLStore("shop", fresh_database), PostgreSQLStore("shop", fresh_database))
    yield pair
    for one in pair:
        one.close()


def test_in_progress_then_committed(sessions: tuple[Store, Store]) -> None:
    one, other = sessions
    one.begin()
    token = one.seal()
    assert other.ended(token) == "running"
    one.commit()
    assert other.ended(token) == "committed"


def test_aborted(sessions: tuple[Store, Store]) -> None:
    one, other = sessions
    one.begin()
    token = one.seal()
    one.rollback()
    assert other.ended(token) == "aborted"


def test_null_where_the_server_no_longer_says(sessions: tuple[Store, Store]) -> None:
    assert sessions[0].ended("0") == "unknown"


def test_an_error_for_a_number_that_was_never_given(sessions: tuple[Store, Store]) -> None:
    assert sessions[0].ended("999999999999") == "unknown"
    sessions[0].begin()  # the session goes on
    sessions[0].rollback()
