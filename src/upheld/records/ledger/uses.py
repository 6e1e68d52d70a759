"""Allowed uses become counts, and counts one leaf per gate, clause and minute.

A decision takes microseconds, a leaf a commit: allowed uses are counted. A count row is written by whoever allowed (in its own
transaction, or from a `UseCounter` every second); when a minute is over for good, its rows become leaves. What a killed process had counted in memory
and not yet written is lost, at most its last second: callers that cannot bear that write in their own transaction.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import psycopg

from upheld.records.ledger.append import append
from upheld.records.ledger.leaf import Leaf, derived_id, minute

GRACE = timedelta(minutes=2)
Use = tuple[str, str, datetime]

GATHER = """
WITH done AS (DELETE FROM ledger_use WHERE minute < %s RETURNING gate, clause, minute, uses, serial)
SELECT gate, clause, minute, sum(uses)::bigint, min(serial) FROM done GROUP BY gate, clause, minute
"""


def count_uses(connection: psycopg.Connection, uses: Mapping[Use, int]) -> None:
    """Allowed uses by (gate, clause, minute), recorded if the caller's transaction commits. One statement; no lock."""
    if uses:
        gates, clauses, minutes = zip(*uses, strict=True)
        connection.execute(
            "INSERT INTO ledger_use (gate, clause, minute, uses) "
            "SELECT g, c, date_trunc('minute', m), n FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::bigint[]) AS u (g, c, m, n)",
            [list(gates), list(clauses), list(minutes), list(uses.values())],
        )


def gather(connection: psycopg.Connection, now: datetime) -> int:
    """Counts of minutes that ended two minutes ago become leaves, in the caller's transaction; how many leaves.

    A count that arrives later than that gets a leaf of its own for the same minute: readers add them up.
    """
    rows = connection.execute(GATHER, [(now - GRACE).replace(second=0, microsecond=0)]).fetchall()
    leaves = [
        Leaf(
            "use:allowed",
            at,
            (clause,),
            {"uses": uses},
            gate=gate,
            id=derived_id("uses", gate, clause, minute(at), str(serial)),
        )
        for gate, clause, at, uses, serial in rows
    ]
    append(connection, leaves)
    return len(leaves)


class UseCounter:
    """Counts in memory, for many threads; `flush` writes what came together."""

    def __init__(self) -> None:
        self._counts: Counter[Use] = Counter()
        self._lock = threading.Lock()

    def count(self, gate: str, clause: str, at: datetime, uses: int = 1) -> None:
        """About a microsecond."""
        with self._lock:
            self._counts[gate, clause, at.replace(second=0, microsecond=0)] += uses

    def flush(self, connection: psycopg.Connection) -> None:
        """What was counted is recorded; if writing fails, it is counted still."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        try:
            count_uses(connection, taken)
        except BaseException:
            with self._lock:
                self._counts.update(taken)
            raise
