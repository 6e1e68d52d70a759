"""Statements become one message to PostgreSQL, and their answers come back together: no cursor, no wait and no wake-up for each.

The driver's own pipeline sends statement by statement, which for one person's run costs the client as much as the rest of it. Here all are written into one
buffer and sent at once, each prepared on its first use. Must never be used from two threads, nor while a pipeline of the driver is open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
Sent = tuple[str, Mapping[str, object] | None]  # text and values; None: the text is sent as it is


@dataclass(frozen=True, slots=True)
class Reply:
    """What one statement answered: rows, or how many it touched."""

    rows: list[tuple[Any, ...]]
    touched: int
    has_rows: bool


class Pipelined:
    """One connection's statements, prepared under names of our own. `send`, then `receive`, always both."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._values = Transformer(connection)
        self._names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self._fresh: list[tuple[bytes, tuple[int, ...]]] = []
        self._made = 0
        self._expected: list[bool] = []  # for each answer to come: whether it is a statement's own

    def forget(self) -> None:
        """Nothing counts as prepared: the driver gives up what is, after a rollback."""
        self._names.clear()

    def send(self, statements: Sequence[Sent]) -> None:
        """All of them are on their way. Values that cannot be sent are the driver's error, before anything is sent."""
        ready = [self._ready(sql, params) for sql, params in statements]
        pg = self._connection.pgconn
        self._fresh, self._expected = [], []
        pg.enter_pipeline_mode()
        for query, values, types, formats in ready:
            name = self._names.get((query, types))
            if name is None:
                name = self._name(query, types)
                pg.send_prepare(name, query, types or None)
                self._expected.append(False)
            pg.send_query_prepared(name, values, formats)
            self._expected.append(True)
        pg.pipeline_sync()
        self._connection.wait(generators.send(pg))

    def receive(self) -> tuple[list[Reply], psycopg.Error | None]:
        """Answers in order up to the first error, and the error."""
        pg = self._connection.pgconn
        try:
            results = self._connection.wait(self._answers(len(self._expected)))
        finally:
            if pg.status != ConnStatus.BAD:
                with suppress(psycopg.Error):
                    pg.exit_pipeline_mode()
        replies: list[Reply] = []
        for result, own in zip(results, self._expected, strict=True):
            if result.status not in _GOOD:
                for key in self._fresh:  # some may be prepared: they keep their names, which nobody uses again
                    self._names.pop(key, None)
                return replies, error_from_result(result, encoding=self._connection.info.encoding)
            if own:
                replies.append(self._reply(result))
        return replies, None

    def _answers(self, many: int) -> PQGen[list[PGresult]]:
        found = []
        for _ in range(many):
            found += yield from generators.fetch_many(self._connection.pgconn)
        yield from generators.fetch_many(self._connection.pgconn)  # the end of the pipeline
        return found

    def _reply(self, result: PGresult) -> Reply:
        if result.status != ExecStatus.TUPLES_OK:
            return Reply([], result.command_tuples or 0, False)
        self._values.set_pgresult(result)
        rows = self._values.load_rows(0, result.ntuples, tuple)
        return Reply(rows, result.ntuples, True)

    def _ready(
        self, sql: str, params: Mapping[str, object] | None
    ) -> tuple[bytes, Sequence[Any], tuple[int, ...], Sequence[Any] | None]:
        query, names = (sql.encode(), ()) if params is None else _numbered(sql)
        if params is None or not names:
            return query, (), (), None
        values = self._values.dump_sequence([params[name] for name in names], [PyFormat.AUTO] * len(names))
        return query, values, tuple(self._values.types or ()), self._values.formats

    def _name(self, query: bytes, types: tuple[int, ...]) -> bytes:
        self._made += 1
        name = self._names[query, types] = b"upheld_%d" % self._made
        self._fresh.append((query, types))
        return name


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The text with `$1` for each `%(name)s`, and the names in order."""
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACEHOLDER.sub(numbered, sql).encode(), tuple(names)
