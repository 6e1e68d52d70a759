"""A MariaDB or MySQL store, connected: READ COMMITTED for work, a consistent snapshot for an access, every warning a failure.

A plan's fence is a named lock of the session (GET_LOCK), which the server gives back when the line drops. What became of a commit whose reply was lost no
server here can say: the number of a transaction (GTID) is given with that very reply. So `ended` asks whether the old session still runs; if it does
not, the chunk runs again from its bindings and finds nothing or does the work. Not taken: a marker table in the firm's database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor, SSCursor

from upheld.engine.estate.drift.contents import Content
from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.plan.plans import StorePlan
from upheld.engine.stores.faults import StoreFault
from upheld.engine.stores.mariadb import catalogue
from upheld.engine.stores.mariadb.connecting import MODES, connected
from upheld.engine.stores.mariadb.faults import fault_of
from upheld.engine.stores.mariadb.literals import Written, literal, written_out
from upheld.engine.stores.scanning import ScanResult, contents, scan
from upheld.engine.stores.scanning.model import OnTable
from upheld.engine.stores.session import Answered, Ended, Timeouts, Values, is_empty, returned
from upheld.engine.stores.sought import Sought, on_mariadb
from upheld.engine.stores.sql.mariadb import HELD, MariaDB
from upheld.engine.stores.sql.reading import Reading
from upheld.engine.stores.sql.scripts import written, written_to_count, written_to_read
from upheld.engine.stores.sql.statements import Script, Statement
from upheld.engine.stores.sql.writer import quoted

BLOCK_ROWS = 1_000
DAY_MS = 86_400_000
# Warnings that say nothing of a result: MySQL's words on what a later version will do, and a view of what is gone, which reading the
# catalogue meets (no step of ours reads a view).
HARMLESS = {
    "1356",
    "1287",
    "1681",
    "3719",
    "3720",
    "3778",
}


class MariaDBStore:
    """See `session.Store`."""

    engine = "mariadb"

    def __init__(self, name: str, url: str, timeouts: Timeouts | None = None) -> None:
        self.name = name
        self._url = url
        self._timeouts = timeouts or Timeouts()
        self._connection: Connection | None = None
        self._fence = ""
        self._is_mariadb = True
        self._packet_bytes = 0
        self._written: Written | None = None
        self._held: int | None = None  # rows that updates of this transaction counted as being as they should

    # ---- schema ----

    def catalogue(self) -> StoreCatalogue:
        """The live schema of the connection's database."""
        with self._guarded():
            return catalogue.reflect(self._open(), self.name)

    def scanned(self, place: str, sample: int = 1000, on_table: OnTable | None = None) -> ScanResult:
        """A draft of the estate file for this store, which stands in country `place`, and its live schema. Changes nothing."""
        with self._guarded():
            return scan(self._open(), self.name, place, sample, on_table)

    def contents(
        self, live: StoreCatalogue, columns: Mapping[str, Sequence[str]], place: str
    ) -> dict[tuple[str, str], Content]:
        """What sampled values of these columns, by table, are seen to be. Changes nothing, keeps no value."""
        with self._guarded():
            return contents(self._open(), live, columns, place)

    def fingerprint(self) -> str:
        with self._guarded():
            return catalogue.fingerprint(self._open())

    def script(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        return written(plan, catalogue, MariaDB(), region)

    def counting(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        return written_to_count(plan, catalogue, MariaDB(), region)

    def reading(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> tuple[Script, dict[int, list[Reading]]]:
        return written_to_read(plan, catalogue, MariaDB(), region)

    # ---- transactions ----

    def begin(self, fence: int | None = None, *, snapshot: bool = False, deferred: bool = False) -> None:
        """A transaction is open. With `fence`: no other executor is inside this plan in this store (X105)."""
        self._held = None
        with self._guarded():
            if snapshot:
                self._sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                self._sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
                return
            if fence is not None and not self._fenced(f"upheld-{int(fence):x}"):
                raise StoreFault("X105", self.name, help="Wait for the other run to end.")
            self._sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            self._sql("START TRANSACTION READ WRITE")

    def _fenced(self, name: str) -> bool:
        [(got,)] = self._sql(f"SELECT GET_LOCK({literal(name)}, 0)").fetchall()
        self._fence = name if got == 1 else ""
        return bool(self._fence)

    def seal(self) -> str:
        """The session by which `ended` asks, with the moment its server started: numbers of sessions begin anew there."""
        with self._guarded():
            self._open()
            status = "information_schema" if self._is_mariadb else "performance_schema"
            [(number, started)] = self._sql(
                f"SELECT CONNECTION_ID(), UNIX_TIMESTAMP() - VARIABLE_VALUE FROM {status}.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME'"
            ).fetchall()
            return f"{int(number)}@{round(float(started))}"

    def commit(self) -> None:
        with self._guarded():
            self._sql("COMMIT")
        self._unfenced()

    def rest(self) -> None:
        """Nothing to wait for: the server does it in processes of its own."""

    def rollback(self) -> None:
        """The transaction is gone; a connection in doubt is closed and opened anew by the next call."""
        if self._connection is None:
            return
        try:
            self._sql("ROLLBACK")
        except (pymysql.Error, OSError):
            self.close()
        self._unfenced()

    def _unfenced(self) -> None:
        name, self._fence = self._fence, ""
        if name and self._connection is not None:
            with suppress(pymysql.Error, OSError):
                self._sql(f"SELECT RELEASE_LOCK({literal(name)})")

    def ended(self, token: str) -> Ended:
        """Whether the session of a lost reply still runs. `unknown`: it does not, and nobody can say how it ended."""
        number, _, started = token.partition("@")
        now = self.seal()
        if abs(int(now.partition("@")[2]) - int(started)) > 2:
            return "unknown"
        with self._guarded():
            [(count,)] = self._sql(f"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {int(number)}").fetchall()
        return "running" if count and now.partition("@")[0] != number else "unknown"

    # ---- data ----

    def rows(self, statement: Statement, values: Values) -> list[tuple[object, ...]]:
        if is_empty(statement, values):
            return []
        with self._guarded():
            rows = list(self._checked(self._sql(self._text(statement.sql, statement, values))).fetchall())
        return _apart(rows[0][0]) if statement.gathered else rows

    def run(self, statement: Statement, values: Values) -> int:
        if is_empty(statement, values):
            return 0
        count = 0
        with self._guarded():
            for sql in (statement.sql, *statement.columns):
                count += max(self._checked(self._sql(self._text(sql, statement, values))).rowcount, 0)
        return count

    def together(
        self,
        statements: Sequence[Statement],
        values: Values,
        meanwhile: Callable[[], None] | None = None,
        seals: bool = False,
    ) -> list[Answered]:
        """The statements one after the other. Ends at the first fault; the transaction is then lost.

        `meanwhile` is done here while the server works for a thread that has the connection to itself; what it raises is raised.
        """
        if meanwhile is None:
            return self._in_turn(statements, values)
        with ThreadPoolExecutor(1) as apart:
            answers = apart.submit(self._in_turn, statements, values)
            meanwhile()
            return answers.result()

    def _in_turn(self, statements: Sequence[Statement], values: Values) -> list[Answered]:
        answers: list[Answered] = []
        with self._remembering():
            for statement in statements:
                try:
                    answers.append(self._answered(statement, values))
                except StoreFault as fault:
                    return [*answers, Answered(fault=fault)]
        return answers

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """Lists of keys are written out once for all statements of a round: a set's values are one list until the next round."""
        self._written = {}
        try:
            yield
        finally:
            self._written = None

    def _answered(self, statement: Statement, values: Values) -> Answered:
        reads = statement.sql.startswith(("SELECT", "WITH"))
        if statement.counts:
            return self._counted(statement, values)
        return returned(self.rows(statement, values)) if reads else Answered((), self.run(statement, values))

    def _counted(self, statement: Statement, values: Values) -> Answered:
        """How many rows the update wrote, and how many of them it did not count as being as they should."""
        if is_empty(statement, values):
            return Answered()
        with self._guarded():
            if self._held is None:
                self._sql(f"SET {HELD} = 0")
                self._held = 0
            cursor = self._checked(
                self._sql(f"SET STATEMENT sql_mode = '{MODES}' FOR {self._text(statement.sql, statement, values)}")
            )
        before, wrote = self._held, max(cursor.rowcount, 0)
        # The number comes with the answer of a statement that met a row, and only then.
        self._held = (cursor.lastrowid or 0) if wrote else before
        return Answered(((wrote, wrote - (self._held - before)),), wrote)

    def stream(self, statement: Statement, values: Values) -> Iterator[list[tuple[object, ...]]]:
        """Rows as they come, block by block; the client holds one block."""
        if is_empty(statement, values):
            return
        yield from self._blocks(self._text(statement.sql, statement, values))

    def texts(self, table: str, columns: Sequence[str], bearing: str = "") -> Iterator[bytes]:
        """Blocks of these columns as text, in one scan; only of rows in which `bearing` occurs, if it is given."""
        names = [f"CONVERT({quoted(c)} USING utf8mb4)" for c in columns]
        parts = [f"COALESCE(REPLACE(REPLACE({name}, CHAR(9), ' '), CHAR(10), ' '), '')" for name in names]
        where = " WHERE " + " OR ".join(f"LOCATE({literal(bearing)}, {name}) > 0" for name in names) if bearing else ""
        # A sweep takes as long as the table is long, and holds nothing up.
        self._guarded_open()
        unlimited = "SET STATEMENT max_statement_time = 0 FOR " if self._is_mariadb else ""
        sql = f"{unlimited}SELECT CONCAT_WS(CHAR(9), {', '.join(parts)}) FROM {MariaDB().place(table)}{where}"
        for block in self._blocks(sql):
            yield b"".join(str(line).encode("utf-8", "replace") + b"\n" for (line,) in block)

    def bearing(self, tables: Mapping[str, Sequence[str]], sought: Sought) -> Iterator[tuple[str, list[str | None]]]:
        """Every row of these tables that may bear what is sought: its table, and the cells of the named columns."""
        self._guarded_open()
        unlimited = "SET STATEMENT max_statement_time = 0 FOR " if self._is_mariadb else ""
        for table, columns in tables.items():
            names = [f"CONVERT({quoted(c)} USING utf8mb4)" for c in columns]
            where = on_mariadb(sought, names, literal)
            for block in self._blocks(f"{unlimited}SELECT {', '.join(names)} FROM {MariaDB().place(table)} WHERE {where}"):
                yield from ((table, list(row)) for row in block)

    def _blocks(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        with self._guarded():
            cursor = self._open().cursor(SSCursor)
            try:
                self._fits(sql)
                cursor.execute(sql)
                while block := cursor.fetchmany(BLOCK_ROWS):
                    yield list(block)
                self._checked(cursor)
            finally:
                cursor.close()

    def refresh(self, views: Sequence[tuple[str, bool]]) -> None:
        """Nothing to do: the engine has no materialised views."""

    def lag(self) -> float | None:
        """Nothing to say: no copy of this engine is asked how far it is behind."""
        return None

    def take_statistics(self, tables: Sequence[str]) -> None:
        """Statistics that quote values are taken anew: of MariaDB those in `mysql.column_stats`, of tables that have any there.

        What InnoDB counts by itself quotes none. A plain ANALYZE leaves the others as they were, and asks for INSERT, as any does.
        """
        if not self._is_on_mariadb():
            return self._maintain("ANALYZE TABLE", tables)
        quoting = set(tables) & self._quoted()
        self._maintain("ANALYZE TABLE", [table for table in tables if table in quoting], " PERSISTENT FOR ALL")

    def _is_on_mariadb(self) -> bool:
        self._guarded_open()
        return self._is_mariadb

    def _quoted(self) -> set[str]:
        """Tables with statistics that quote values; none where the role may not see that, which docs/mariadb.md says."""
        sql = "SELECT DISTINCT table_name FROM mysql.column_stats WHERE db_name = DATABASE()"
        try:
            with self._guarded():
                return {str(name) for (name,) in self._sql(sql).fetchall()}
        except StoreFault as fault:
            if fault.code != "X161":
                raise
            return set()

    def compact(self, tables: Sequence[str]) -> None:
        """Tables are rebuilt: what was deleted lies in no file of theirs. The undo and redo logs and the binary log are not touched."""
        self._maintain("OPTIMIZE TABLE", tables)

    def _maintain(self, verb: str, tables: Sequence[str], how: str = "") -> None:
        """On a connection of its own, which may take as long as a table takes."""
        with closing(
            MariaDBStore(self.name, self._url, replace(self._timeouts, statement_ms=0, transaction_ms=DAY_MS))
        ) as apart:
            with apart._guarded():
                for table in tables:
                    told = apart._sql(f"{verb} {MariaDB().place(table)}{how}").fetchall()
                    if any(str(row[2]).lower() == "error" for row in told):
                        raise StoreFault("X102", f"{self.name} ({verb})", help="Run it by hand and see what the server says.")

    def close(self) -> None:
        connection, self._connection, self._fence = self._connection, None, ""
        if connection is not None:
            with suppress(pymysql.Error, OSError):
                connection.close()

    # ---- inside ----

    def _sql(self, sql: str) -> Cursor:
        cursor = self._open().cursor()
        self._fits(sql)
        cursor.execute(sql)
        return cursor

    def _fits(self, sql: str) -> None:
        """The server would drop the line for a statement that is too long, and the line's end would say nothing of why."""
        if self._packet_bytes and len(sql) + 1024 >= self._packet_bytes and len(sql.encode()) + 1024 >= self._packet_bytes:
            said = f"{self.name} ({len(sql) // 1_000_000 + 1} MB, of {self._packet_bytes // 1_000_000})"
            raise StoreFault("X163", said, help="Raise the server's max_allowed_packet, or erase fewer people at once.")

    def _text(self, sql: str, statement: Statement, values: Values) -> str:
        return written_out(sql, lambda name: values(statement.params[name]), self._written)

    def _checked(self, cursor: Cursor) -> Cursor:
        """No warning came: MariaDB cuts a long recursion short and calls that a warning."""
        if getattr(cursor, "warning_count", 0):
            warned = sorted({str(row[1]) for row in self._sql("SHOW WARNINGS").fetchall()} - HARMLESS)
            if not warned:
                return cursor
            raise StoreFault("X104", f"{self.name} ({', '.join(warned)})", help="Look the code up in the engine's manual.")
        return cursor

    def _open(self) -> Connection:
        if self._connection is None:
            try:
                self._connection, server = connected(self.name, self._url, self._timeouts)
                self._is_mariadb, self._packet_bytes = server.is_mariadb, server.packet_bytes
            except ValueError:  # an address that cannot be read; its text may hold the password
                raise StoreFault(
                    "X101", self.name, lost=True, help="Write mariadb://user:password@host:port/database."
                ) from None
        return self._connection

    def _guarded_open(self) -> None:
        with self._guarded():
            self._open()

    def _guarded(self) -> _Guarded:
        return _Guarded(self)


def _apart(keys: object) -> list[tuple[object, ...]]:
    """The rows that one text stands for."""
    return list(zip(map(int, str(keys).split(",")), strict=True)) if keys is not None else []


class _Guarded:
    """Errors of the driver leave as faults; nothing of their text does."""

    def __init__(self, store: MariaDBStore) -> None:
        self._store = store

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, pymysql.Error | OSError):
            connection = self._store._connection
            closed = connection is None or not connection.open
            raise fault_of(error, self._store.name, closed=closed) from None
