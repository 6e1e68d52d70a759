"""A breach of promise or law becomes a numbered line of the register, once for what it is about; a person closes it with its cause.

The line names a case or a store by its number, never a person. Opening and closing are leaves of the ledger, with the clauses that were
promised. Not taken: closing by itself when the work is done; that it was late stays true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.records.ledger import Detail, Leaf, append

COLUMNS = "number, kind, about, clauses, opened_at, closed_at, closed_by, cause"


@dataclass(frozen=True, slots=True)
class Incident:
    """`kind` such as `missed-deadline`; `about` is opaque, `R-0001`. `cause`: why, as who closed it said."""

    number: int
    kind: str
    about: str
    clauses: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None = None
    closed_by: str = ""
    cause: str = ""

    @property
    def id(self) -> str:
        return f"I-{self.number:04d}"


def open_incident(
    connection: psycopg.Connection, kind: str, about: str, clauses: tuple[str, ...], now: datetime
) -> Incident | None:
    """The incident, in the caller's transaction; None where there is one of this kind about the same thing."""
    known = connection.execute("SELECT 1 FROM incident WHERE kind = %s AND about = %s", [kind, about]).fetchone()
    if known is not None:
        return None
    leaf = append(connection, [Leaf("incident:opened", now, clauses, {}, outcome=kind, detail=Detail({"about": about}))])[0]
    row = connection.execute(
        "INSERT INTO incident (kind, about, clauses, opened_at, leaf) VALUES (%s, %s, %s, %s, %s) "
        f"ON CONFLICT (kind, about) DO NOTHING RETURNING {COLUMNS}",
        [kind, about, list(clauses), now, leaf],
    ).fetchone()
    return None if row is None else _incident(row)


def close_incident(connection: psycopg.Connection, number: int, cause: str, by: str, now: datetime) -> bool:
    """It is closed, with its cause; False where there is none open of this number. ValueError without a cause or a name."""
    if not cause.strip() or not by.strip():
        raise ValueError("an incident is closed with its cause, by somebody")
    row = connection.execute(
        "UPDATE incident SET closed_at = %s, closed_by = %s, cause = %s WHERE number = %s AND closed_at IS NULL "
        f"RETURNING {COLUMNS}",
        [now, by, cause.strip(), number],
    ).fetchone()
    if row is None:
        return False
    one = _incident(row)
    detail = Detail({"about": one.about, "by": by})
    append(connection, [Leaf("incident:closed", now, one.clauses, {}, outcome=one.kind, detail=detail)])
    return True


def incidents(connection: psycopg.Connection, closed: bool = False) -> tuple[Incident, ...]:
    """Open incidents, the oldest first; with `closed` those that were closed, the latest first."""
    where = "closed_at IS NOT NULL ORDER BY closed_at DESC" if closed else "closed_at IS NULL ORDER BY number"
    return tuple(_incident(row) for row in connection.execute(f"SELECT {COLUMNS} FROM incident WHERE {where} LIMIT 500"))


def _incident(row: tuple[object, ...]) -> Incident:
    number, kind, about, clauses, *rest = row
    return Incident(number, kind, about, tuple(clauses), *rest)  # type: ignore[arg-type]
