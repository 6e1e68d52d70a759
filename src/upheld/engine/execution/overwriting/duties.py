"""A store's commit opens a duty: the files of these tables are to be overwritten, by the day that a promise names; compacting closes it.

Counts, names and dates only. A duty is closed by a compaction that began after the commit: rows that were deleted while files were being rewritten
may have been copied along. Source: engine.md 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from upheld.engine.estate.model import StoreMap
from upheld.engine.plan.keeps import columns_of
from upheld.language.law import Span, add_span
from upheld.language.promises.model import Period, Program

READ = "SELECT ask, store, tables, unreachable_since, due, clauses, overwritten_since FROM overwriting"


@dataclass(frozen=True, slots=True)
class Duty:
    """One ask in one store. `due` None: no promise names a day. `overwritten_since` None: still open."""

    ask: str
    store: str
    tables: tuple[str, ...]
    unreachable_since: datetime
    due: date | None
    clauses: tuple[str, ...]
    overwritten_since: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Both dates, and the day that was promised."""
        since = self.overwritten_since
        return {
            "ask": self.ask, "store": self.store, "unreachable_since": self.unreachable_since.isoformat(timespec="seconds"),
            "due": self.due.isoformat() if self.due else None, "clauses": list(self.clauses),
            "overwritten_since": since.isoformat(timespec="seconds") if since else None,
        }  # fmt: skip


def due_of(program: Program, store: StoreMap, tables: Iterable[str], day: date) -> tuple[date | None, tuple[str, ...]]:
    """The first day that `overwritten-within:` of a promise over data in these tables names, counted from `day`, and its clauses."""
    ends: dict[date, set[str]] = {}
    for promise in program.promises:
        if promise.verb != "retain" or promise.overwritten is None or promise.modality == "never":
            continue
        leaves = frozenset(name.id for name in promise.object)
        if any(columns_of(store.tables[table], leaves) for table in tables if table in store.tables):
            ends.setdefault(add_span(day, _span(promise.overwritten)), set()).update(promise.source.clauses)
    first = min(ends, default=None)
    return first, tuple(sorted(ends[first])) if first else ()


def _span(period: Period) -> Span:
    """Hours are rounded up to days: the duty has a day, and files are not rewritten by the hour."""
    return Span(-(-period.amount // 24), "days") if period.unit == "hours" else Span(period.amount, period.unit)


def note_unreachable(connection: psycopg.Connection, duty: Duty) -> None:
    """The duty stands if the caller's transaction commits; one that stands already is left as it is."""
    connection.execute(
        "INSERT INTO overwriting (ask, store, tables, unreachable_since, due, clauses) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [duty.ask, duty.store, list(duty.tables), duty.unreachable_since, duty.due, list(duty.clauses)],
    )


def duties_of(connection: psycopg.Connection, ask: str) -> list[Duty]:
    """The duties of one ask, by store; of one that a batch carried, those of the batch, whose commit was this ask's too."""
    return _read(connection, f"{READ} WHERE ask IN (%s, (SELECT batch FROM ask WHERE id = %s)) ORDER BY store", [ask, ask])


def open_duties(connection: psycopg.Connection, store: str = "") -> list[Duty]:
    """What is not overwritten yet, the first due first; of one store, or of all."""
    where = "overwritten_since IS NULL" + (" AND store = %s" if store else "")
    return _read(
        connection, f"{READ} WHERE {where} ORDER BY due NULLS LAST, unreachable_since, ask, store", [store] if store else []
    )


def note_overwritten(
    connection: psycopg.Connection, store: str, tables: Sequence[str], began: datetime, now: datetime
) -> list[Duty]:
    """Duties over these tables that stood when the compaction began are closed, in the caller's transaction; those that were."""
    return _read(
        connection,
        "UPDATE overwriting SET overwritten_since = %s WHERE store = %s AND overwritten_since IS NULL AND unreachable_since <= %s "
        "AND tables <@ %s RETURNING ask, store, tables, unreachable_since, due, clauses, overwritten_since",
        [now, store, began, list(tables)],
    )


def _read(connection: psycopg.Connection, sql: str, given: list[Any]) -> list[Duty]:
    rows = connection.execute(sql, given).fetchall()  # type: ignore[call-overload]
    return [
        Duty(ask, store, tuple(tables), at, due, tuple(clauses), since) for ask, store, tables, at, due, clauses, since in rows
    ]
