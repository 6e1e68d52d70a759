"""How often somebody did a thing within a while, counted by all processes together; who it is, is known by a keyed hash only.

One statement a count: it adds, begins anew where the while is over, and takes away a few rows of others that say nothing any more. The key of the hashes
is another each day, and yesterday's is destroyed a day later. The table is not written ahead: a crash of the database forgets counts, and nothing else.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from upheld.records.keys import MasterKey, hash_key, keyed_hash
from upheld.records.keys.hashing import destroy_hash_key, hash_keys

USE = "rate"
SWEPT = 20  # rows that one count takes away at most: more than it adds, so that none stay
ADD = """
WITH gone AS (
    DELETE FROM rate_count WHERE about IN (
        SELECT about FROM rate_count WHERE until <= %(now)s AND about <> %(about)s ORDER BY until LIMIT %(swept)s FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO rate_count AS before (about, since, until, count) VALUES (%(about)s, %(now)s, %(until)s, 1)
ON CONFLICT (about) DO UPDATE SET
    since = CASE WHEN before.until <= %(now)s THEN excluded.since ELSE before.since END,
    until = CASE WHEN before.until <= %(now)s THEN excluded.until ELSE before.until END,
    count = CASE WHEN before.until <= %(now)s THEN 1 ELSE before.count + 1 END
RETURNING count, until
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """How often within the while that ends at `until`, this time included."""

    count: int
    until: datetime


class Rates:
    """Threads may share one."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._lock = threading.Lock()
        self._key: tuple[str, bytes] = ("", b"")

    def add(self, connection: psycopg.Connection, what: str, who: str, within: timedelta, now: datetime) -> Counted:
        """One time more. One statement; three more at the first of a day."""
        given = {"about": self._about(connection, what, who, now), "now": now, "until": now + within, "swept": SWEPT}
        row = connection.execute(ADD, given).fetchone()
        assert row is not None
        return Counted(int(row[0]), row[1])

    def now(self, connection: psycopg.Connection, what: str, who: str, now: datetime) -> int:
        """How often so far; nothing is counted. One statement."""
        about = self._about(connection, what, who, now)
        row = connection.execute("SELECT count FROM rate_count WHERE about = %s AND until > %s", [about, now]).fetchone()
        return int(row[0]) if row else 0

    def _about(self, connection: psycopg.Connection, what: str, who: str, now: datetime) -> bytes:
        day = now.date().isoformat()
        with self._lock:
            if self._key[0] != day:
                self._key = day, hash_key(connection, self._master, USE, day, now)
                yesterday = (now - timedelta(days=1)).date().isoformat()
                for old in set(hash_keys(connection, self._master, USE)) - {day, yesterday}:
                    destroy_hash_key(connection, USE, old)
            return keyed_hash(self._key[1], what, who)
