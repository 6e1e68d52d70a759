"""The facts view and the records view as tables of real engines, filled for a handful of people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

from upheld.language.promises.deciding.as_sql import FactColumn, SqlPredicate
from upheld.language.promises.model import Facts, Flow, Kind, Record

Person = tuple[Facts, frozenset[Record]]


class Connection(Protocol):
    def execute(self, sql: str, params: Any = ..., /) -> Any: ...


def passing(
    connection: Connection, predicate: SqlPredicate, columns: Sequence[FactColumn], people: Sequence[Person]
) -> set[int]:
    """Numbers of the people for whom the predicate holds, asked as one query over both views."""
    sqlite = isinstance(connection, sqlite3.Connection)
    place = "?" if sqlite else "%s"
    names = ", ".join(f'"{each.column}"' for each in columns)
    types = ", ".join(f'"{each.column}" {each.type}' for each in columns)
    connection.execute("DROP TABLE IF EXISTS facts")
    connection.execute(f"CREATE TEMPORARY TABLE facts (subject text{', ' + types if types else ''})")
    connection.execute("DROP TABLE IF EXISTS upheld_records")
    moment = "text" if sqlite else "timestamptz"
    connection.execute(f"CREATE TEMPORARY TABLE upheld_records (subject text, kind text, open boolean, expires {moment})")
    for number, (facts, filed) in enumerate(people):
        row = [value_of(each, facts, sqlite) for each in columns]
        marks = ", ".join([place] * (len(row) + 1))
        connection.execute(f"INSERT INTO facts (subject{', ' + names if names else ''}) VALUES ({marks})", [str(number), *row])
        for each in filed:
            who = str(number) if each.subject == "ada" else f"not {number}"
            end = each.expires if each.expires is None or not sqlite else moment_text(each.expires)
            connection.execute(
                f"INSERT INTO upheld_records VALUES ({place}, {place}, {place}, {place})", [who, each.kind.id, each.open, end]
            )
    found = connection.execute(f"SELECT subject FROM facts WHERE {predicate.sql}", predicate.params).fetchall()
    return {int(row[0]) for row in found}


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def value_of(column: FactColumn, facts: Facts, sqlite: bool) -> Any:
    """What the view holds for one person; a yes that ends is a yes with its day beside it."""
    value = facts.get(column.fact)
    ends = isinstance(value, date)
    if column.fact.kind is Kind.CHOICE or (column.type == "boolean" and ends) or (column.type == "date" and not ends):
        if column.type == "date":
            return _day(value, sqlite) if ends else None
        return True if ends else value
    return _day(value, sqlite) if isinstance(value, date) else value


def _day(value: Any, sqlite: bool) -> Any:
    return value.isoformat() if sqlite else value


def citing(flow: Flow, filed: Iterable[Record]) -> Flow:
    """The flow with these records cited."""
    return Flow(flow.verb, flow.data, flow.keys, flow.subject, flow.at, frozenset(filed), flow.tenant)
