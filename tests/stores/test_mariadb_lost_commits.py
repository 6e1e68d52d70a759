"""A commit whose reply is lost, on MariaDB: what a plain account may ask says nothing of it, so the chunk runs again from its bindings."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

import pymysql
import pytest

from tests.mariadb import connect
from tests.stores.firm import TODAY, firm_of
from tests.stores.test_mariadb import ADA, PEOPLE
from upheld.engine.execution import run_erasure
from upheld.engine.execution.journal import MemoryJournal
from upheld.engine.plan.model import Unknown
from upheld.engine.stores import StoreFault
from upheld.engine.stores.mariadb.session import MariaDBStore

MAP = """
  customers:
    root: customer
    key: [id]
    erasure: blank
    identifies: {email: {form: email/1, names: one}}
    columns: {id: key, name: name, email: email-address}
"""


class CutLine(MariaDBStore):
    """A session whose line is cut once: before the server hears of the commit, or after it did and before the reply."""

    arrives = True
    cut = False

    def commit(self) -> None:
        if self.cut:
            return super().commit()
        self.cut = True
        if self.arrives:
            super().commit()
        self.close()
        raise StoreFault("X101", self.name, lost=True)


class BeforeTheServer(CutLine):
    arrives = False


@pytest.mark.parametrize("kind", [CutLine, BeforeTheServer], ids=["the server committed", "the server never heard"])
def test_a_commit_without_a_reply_is_run_again_and_counted_once(make_mariadb: Callable[..., str], kind: type[CutLine]) -> None:
    with firm_of(make_mariadb(), MAP, PEOPLE, ADA) as firm, closing(kind("shop", firm.address)) as store:
        plan, bound, journal = firm.plan(), firm.bound("ada@example.test"), MemoryJournal()
        for _ in range(200):
            answer = run_erasure(
                plan, firm.estate, firm.catalogue, bound.bindings, {"shop": store},
                today=TODAY, secret="5e" * 16, journal=journal,
            )  # fmt: skip
            if answer.is_done:
                break
            # The server has not seen yet that the line is gone: nothing is run again before it has.
            assert isinstance(answer.store("shop").problem, Unknown), answer
            threading.Event().wait(0.05)
        assert answer.is_done, answer
        [chunk] = answer.store("shop").chunks
        assert sum(chunk.rows.values()) == 1, "what the first attempt did is not forgotten because the second found less"
        assert firm.sql("SELECT email FROM customers ORDER BY id") == [(None,), ("ben@example.test",)]


def test_a_plain_account_can_neither_name_its_commit_beforehand_nor_ask_after_another_sessions(
    make_mariadb: Callable[..., str],
) -> None:
    with firm_of(make_mariadb(), MAP, PEOPLE, ADA) as firm, connect(firm.address) as db, db.cursor() as cursor:
        for asked in ("SET SESSION gtid_seq_no = 4711", "SHOW BINLOG EVENTS", "SELECT * FROM mysql.gtid_slave_pos",
                      "SELECT * FROM information_schema.INNODB_TRX"):  # fmt: skip
            with pytest.raises(pymysql.Error) as refused:
                cursor.execute(asked)
            assert refused.value.args[0] in (1142, 1227), (asked, refused.value)
        firm.sql("UPDATE customers SET name = 'Ada' WHERE id = 1")
        cursor.execute("SELECT @@last_gtid")
        assert cursor.fetchall() == (("",),), "the number of another session's commit is told to nobody else"
