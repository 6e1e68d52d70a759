"""What staff do becomes leaves of the ledger: which account, by its opaque number, and what; never a name, an address or a secret."""

from __future__ import annotations

from datetime import datetime

import psycopg

from upheld.records.ledger import Detail, Leaf, append

NOBODY = "unknown"


def note(
    connection: psycopg.Connection, event: str, ref: str | None, now: datetime, *, outcome: str | None = None, **said: str
) -> str:
    """The leaf stands if the caller's transaction commits; its id. The detail is committed to and kept apart, as any leaf's."""
    detail = Detail({"account": ref or NOBODY, **{key: value for key, value in said.items() if value}})
    [leaf] = append(connection, [Leaf(f"staff:{event}", now, outcome=outcome, detail=detail)])
    return leaf
