"""Statements in one message: answered in order up to the first error, whatever their size, and prepared once."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from upheld.engine.stores.pipelined import Pipelined
from upheld.records.own.arrays import ready


@pytest.fixture
def connection(fresh_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(fresh_database, autocommit=True) as found:
        ready(found)
        found.execute("CREATE TABLE t (id integer PRIMARY KEY, text text)")
        yield found


def test_answers_come_in_order_with_rows_or_how_many_were_touched(connection: psycopg.Connection) -> None:
    pipelined = Pipelined(connection)
    for _ in range(2):  # prepared the second time
        pipelined.send([
            ("BEGIN", None),
            ("INSERT INTO t SELECT k, 'a %%' FROM unnest(%(keys)s::integer[]) AS k", {"keys": [1, 2, 3]}),
            ("SELECT id, text FROM t WHERE id > %(least)s AND id < %(least)s + 9 ORDER BY id", {"least": 1}),
            ("SELECT '100 %'", None),
            ("DELETE FROM t", {}),
            ("COMMIT", None),
        ])  # fmt: skip
        replies, error = pipelined.receive()
        assert error is None
        assert [reply.touched for reply in replies] == [0, 3, 2, 1, 3, 0]
        assert replies[2].rows == [(2, "a %"), (3, "a %")]
        assert replies[3].rows == [("100 %",)]
    names = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'upheld_%'").fetchone()
    assert names == (6,)


def test_what_follows_an_error_is_not_done_and_the_connection_goes_on(connection: psycopg.Connection) -> None:
    pipelined = Pipelined(connection)
    for _ in range(2):
        pipelined.send(
            [("BEGIN", None), ("INSERT INTO t VALUES (1)", None), ("INSERT INTO t VALUES (1)", None), ("SELECT 1", None)]
        )
        replies, error = pipelined.receive()
        assert len(replies) == 2 and isinstance(error, psycopg.errors.UniqueViolation)
        connection.execute("ROLLBACK")
        pipelined.forget()
    pipelined.send([("SELECT count(*) FROM t", None)])
    assert pipelined.receive()[0][0].rows == [(0,)]


def test_a_statement_that_cannot_be_prepared_is_tried_anew_when_it_can(connection: psycopg.Connection) -> None:
    pipelined = Pipelined(connection)
    pipelined.send([("SELECT count(*) FROM later", None)])
    assert isinstance(pipelined.receive()[1], psycopg.errors.UndefinedTable)
    connection.execute("CREATE TABLE later (id integer)")
    pipelined.send([("SELECT count(*) FROM later", None)])
    assert pipelined.receive()[0][0].rows == [(0,)]


def test_much_in_both_directions_at_once_does_not_stop_either(connection: psycopg.Connection) -> None:
    pipelined, many = Pipelined(connection), list(range(10**9, 10**9 + 500_000))
    sent = [
        ("SELECT repeat('x', 1000) FROM generate_series(1, 20000)", None),
        *[("SELECT cardinality(%(k)s::bigint[])", {"k": many})] * 4,
    ]
    pipelined.send(sent)
    replies, error = pipelined.receive()
    assert error is None
    assert len(replies[0].rows) == 20_000 and [reply.rows for reply in replies[1:]] == [[(500_000,)]] * 4


def test_a_line_that_drops_is_the_drivers_error(connection: psycopg.Connection, fresh_database: str) -> None:
    pipelined = Pipelined(connection)
    with psycopg.connect(fresh_database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):  # whichever of the two meets it
        pipelined.send([("SELECT 1", None)])
        _, error = pipelined.receive()
        if error is not None:
            raise error
    assert connection.closed
