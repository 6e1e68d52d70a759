"""Tries become a count: how often somebody may guess, per account and per address, before the answer is to wait.

A try is counted before it is judged, so that many at once count, too. Whether an account exists makes no difference: what is counted is a
keyed hash of what was typed. The rows say nothing a quarter of an hour later, and go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from upheld.records.keys import MasterKey, hash_key, keyed_hash
from upheld.records.keys.hashing import quarter
from upheld.records.staff.errors import StaffRefused

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 50
USE = "staff-try"


class Tries:
    """The keyed hashes under which tries of this account and from this address are counted."""

    def __init__(self, connection: psycopg.Connection, master: MasterKey, account: str, address: str, now: datetime) -> None:
        key = hash_key(connection, master, USE, quarter(now.date()), now)
        self.account = keyed_hash(key, "account", account)
        self.address = keyed_hash(key, "address", address)

    def count(self, connection: psycopg.Connection, now: datetime) -> None:
        """One more try. R502 where there were too many in the last quarter of an hour. 3 statements, committed by themselves."""
        connection.execute("DELETE FROM staff_try WHERE at < %s", [now - WINDOW])
        connection.execute(
            "INSERT INTO staff_try (about, at) SELECT about, %s FROM unnest(%s::bytea[]) AS about",
            [now, [self.account, self.address]],
        )
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE about = %s), count(*) FILTER (WHERE about = %s) FROM staff_try WHERE at >= %s",
            [self.account, self.address, now - WINDOW],
        ).fetchone()
        assert row is not None
        if row[0] > PER_ACCOUNT or row[1] > PER_ADDRESS:
            raise StaffRefused(
                "R502", "There were too many tries in a short time.", "Wait a quarter of an hour, then try again."
            )

    def forget(self, connection: psycopg.Connection) -> None:
        """A try that fitted clears the account's, and itself from the address's: not more, or an account of one's own would clear them all."""
        connection.execute("DELETE FROM staff_try WHERE about = %s", [self.account])
        connection.execute(
            "DELETE FROM staff_try WHERE serial = (SELECT max(serial) FROM staff_try WHERE about = %s)", [self.address]
        )
