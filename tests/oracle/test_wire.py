"""The counter itself: it sees what a client sends, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg

from tests import mariadb
from tests.oracle.databases import server
from tests.oracle.wire import tapped


def test_every_statement_is_counted_once():
    with tapped(server()) as wire, psycopg.connect(wire.address, autocommit=True) as db:
        wire.reset()
        db.execute("SELECT 1")
        for n in range(8):  # prepared after a few: Parse stops, Execute does not
            db.execute("SELECT %s::int", (n,))
        assert wire.statements == 9
        assert wire.texts[0] == "SELECT 1"


def test_several_statements_of_one_message_are_several():
    with tapped(server()) as wire, psycopg.connect(wire.address, autocommit=True) as db:
        wire.reset()
        db.execute("BEGIN; SELECT 1; COMMIT;", prepare=False)
        assert wire.statements == 3


def test_every_statement_to_mariadb_is_counted_once(make_mariadb: Callable[[], str]):
    with tapped(make_mariadb()) as wire, closing(mariadb.connect(wire.address)) as db, db.cursor() as cursor:
        wire.reset()
        cursor.execute("SELECT 1")
        cursor.execute("SELECT %s", ("x" * 100_000,))
        assert wire.statements == 2
        assert wire.texts[0] == "SELECT 1"
