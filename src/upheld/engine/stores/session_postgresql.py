"""A PostgreSQL store, connected: READ COMMITTED, timeouts, no row security, one fence per plan and store.

Begin is one round trip and three statements (begin, settings with the fence, the schema's stamp), the seal goes with the last data steps, every
statement is prepared. A warning of the server during a data step is a failure. What became of a commit whose reply was lost, the server says
itself (`pg_xact_status`). Not taken: a marker table in the firm's store; workers of a parallel query, which cost the firm's own work more than they
save ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, cast

import psycopg
from psycopg.abc import Buffer
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from upheld.engine.estate.drift.contents import Content
from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.plan.plans import StorePlan
from upheld.engine.stores import catalogue_postgresql
from upheld.engine.stores.faults import StoreFault, forbidden, from_sqlstate
from upheld.engine.stores.pipelined import Pipelined, Reply, Sent
from upheld.engine.stores.scanning import ScanResult, contents, scan
from upheld.engine.stores.scanning.model import OnTable
from upheld.engine.stores.session import Answered, Ended, Timeouts, Values, is_empty, returned
from upheld.engine.stores.sought import Sought, on_postgresql
from upheld.engine.stores.sql.postgresql import PostgreSQL
from upheld.engine.stores.sql.reading import Reading
from upheld.engine.stores.sql.scripts import written, written_to_count, written_to_read
from upheld.engine.stores.sql.statements import Script, Statement
from upheld.engine.stores.sql.writer import quoted
from upheld.records.own.arrays import ready

BLOCK_BYTES = 256 * 1024
LEADING_NUMBER = re.compile(r"(\d+)\D")
STATISTICS = ("pg_statistic", "pg_statistic_ext_data")  # catalogues whose rows quote values of columns
TABLES_AT_ONCE = 50  # of one statement
STREAM_ROWS = 500  # a row may be a long document

STAMP = """
SELECT (SELECT count(*)::text || '.' || coalesce(max(xmin::text::bigint), 0) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_attribute WHERE attrelid >= 16384)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_constraint WHERE oid >= 16384)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_trigger WHERE oid >= 16384)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_proc WHERE oid >= 16384)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_index WHERE indexrelid >= 16384)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_rewrite WHERE oid >= 16384)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f'))
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_namespace WHERE oid >= 16384 OR nspname = 'public')
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_publication)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_publication_rel)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_publication_namespace)
    || '/' || (SELECT count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM pg_policy)
"""

SETTINGS = (
    "SELECT set_config('lock_timeout', %(lock)s, true), set_config('statement_timeout', %(statement)s, true), "
    "set_config('idle_in_transaction_session_timeout', %(idle)s, true), set_config('row_security', 'off', true), "
    "set_config('TimeZone', 'UTC', true), set_config('max_parallel_workers_per_gather', '0', true)"
)
ALSO_TRANSACTION = ", set_config('transaction_timeout', %(transaction)s, true)"  # of 17 and later
FENCE = ", pg_try_advisory_xact_lock(%(fence)s)"
SEAL: list[Sent] = [("SET CONSTRAINTS ALL IMMEDIATE", None), ("SELECT pg_current_xact_id()::text", None)]


# All that was received is replayed: then the copy is as new as the last word of its primary.
LAG = """
SELECT CASE WHEN pg_is_in_recovery() THEN
  CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
       ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END END
"""


class PostgreSQLStore:
    """See `session.Store`."""

    engine = "postgresql"

    def __init__(self, name: str, url: str, timeouts: Timeouts | None = None) -> None:
        self.name = name
        self._url = url
        self._timeouts = timeouts or Timeouts()
        self._connection: psycopg.Connection[Any] | None = None
        self._pipelined: Pipelined | None = None
        self._warnings: list[str] = []
        self._still_seen = 0
        self._known: tuple[str, str] | None = None  # stamp and fingerprint of one moment
        self._stamp = ""  # of the open transaction's beginning, until somebody asks
        self._reads = False  # the open transaction is a snapshot
        self._sealed = ""  # the transaction's id, once its last steps were sent
        self._chunked = False  # rows were streamed, and the client library still hands them out in pieces

    # ---- schema ----

    def catalogue(self) -> StoreCatalogue:
        """The live schema, in the current transaction or in one of its own."""
        with self._guarded():
            return catalogue_postgresql.reflect(self._open(), self.name)

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
        """The live schema's fingerprint. Read whole only when a row of the system catalogue changed since it was last read."""
        with self._guarded():
            connection = self._open()
            stamp, self._stamp = self._stamp or _only(connection.execute(cast("Any", STAMP), prepare=True)), ""
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, catalogue_postgresql.fingerprint(connection))
            return self._known[1]

    def script(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        return written(plan, catalogue, PostgreSQL(), region)

    def counting(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        return written_to_count(plan, catalogue, PostgreSQL(), region)

    def reading(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> tuple[Script, dict[int, list[Reading]]]:
        return written_to_read(plan, catalogue, PostgreSQL(), region)

    # ---- transactions ----

    def begin(self, fence: int | None = None, *, snapshot: bool = False, deferred: bool = False) -> None:
        """A transaction is open, and the schema's stamp taken. With `fence`: no other executor is inside this plan in this store (X105)."""
        times = self._timeouts
        level = "REPEATABLE READ READ ONLY" if snapshot else "READ COMMITTED"
        self._sealed, self._reads = "", snapshot
        with self._guarded():
            connection = self._open()
            sql = SETTINGS
            if connection.info.server_version >= 170000 and not snapshot:
                sql += ALSO_TRANSACTION
            values: dict[str, object] = {
                "lock": str(times.lock_ms), "statement": str(times.statement_ms), "idle": str(times.idle_ms),
                "transaction": str(times.transaction_ms), "fence": fence,
            }  # fmt: skip
            settings = sql if fence is None else sql + FENCE
            _, [row], [(stamp,)] = self._answers([(f"BEGIN ISOLATION LEVEL {level}", None), (settings, values), (STAMP, None)])
            self._stamp = str(stamp)
        if fence is not None and row[-1] is not True:
            self.rollback()
            raise StoreFault("X105", self.name, help="Wait for the other run to end.")

    def seal(self) -> str:
        """Every deferred constraint holds; the transaction's id, by which `ended` asks. Nothing is sent if it went with the last steps."""
        if not self._sealed:
            with self._guarded():
                _, [(sealed,)] = self._answers(SEAL)
                self._sealed = str(sealed)
        return self._sealed

    def _answers(self, statements: Sequence[Sent]) -> list[list[tuple[Any, ...]]]:
        """The rows of each, in one round trip."""
        self._open()
        self._whole_answers()
        assert self._pipelined is not None
        self._pipelined.send(statements)
        replies, error = self._pipelined.receive()
        if error is not None:
            raise error
        return [reply.rows for reply in replies]

    def _whole_answers(self) -> None:
        """Pieces are the mode of one query; measured with libpq 18, the first of a pipeline inherits it from a stream before it."""
        if self._chunked:
            self._chunked = False
            self._open().execute("SELECT 1", prepare=True)

    def commit(self) -> None:
        with self._guarded(commit=True):
            self._open().execute("COMMIT", prepare=True)

    def rest(self) -> None:
        """Nothing to wait for: the server does it in processes of its own."""

    def rollback(self) -> None:
        """The transaction is gone; a broken connection is closed and opened anew by the next call."""
        connection = self._connection
        self._stamp = self._sealed = ""
        if connection is None:
            return
        with suppress(psycopg.Error):
            if connection.info.transaction_status == TransactionStatus.INTRANS and self._reads:
                # Nothing was written. After a ROLLBACK the driver gives up all that is prepared, and the next run would prepare it anew.
                connection.execute("COMMIT", prepare=True)
            elif connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK", prepare=False)
                if self._pipelined is not None:
                    self._pipelined.forget()
        if connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
            self.close()

    def ended(self, token: str) -> Ended:
        """What became of a transaction; `unknown` where the server no longer says."""
        try:
            with self._guarded():
                row = self._open().execute("SELECT pg_xact_status(%s::xid8)", [token]).fetchone()
        except StoreFault as fault:
            if fault.lost:
                raise
            return "unknown"
        status = row[0] if row else None
        known: dict[object, Ended] = {"committed": "committed", "aborted": "aborted", "in progress": "running"}
        return known.get(status, "unknown")

    # ---- data ----

    def rows(self, statement: Statement, values: Values) -> list[tuple[object, ...]]:
        if is_empty(statement, values):
            return []
        with self._guarded():
            found = self._execute(statement, values).fetchall()
        self._no_warnings()
        return found

    def run(self, statement: Statement, values: Values) -> int:
        if is_empty(statement, values):
            return 0
        with self._guarded():
            answered = _answered(self._execute(statement, values))
        self._no_warnings()
        return answered.touched

    def together(
        self,
        statements: Sequence[Statement],
        values: Values,
        meanwhile: Callable[[], None] | None = None,
        seals: bool = False,
    ) -> list[Answered]:
        """All statements in one round trip, answered in order. Ends at the first fault; the transaction is then lost.

        `meanwhile` is done here while the server does its part; what it raises is raised. `seals`: they are the last, and the seal goes with them.
        """
        told = [not is_empty(statement, values) for statement in statements]
        sent: list[Sent] = [(s.sql, _params(s, values)) for s, is_sent in zip(statements, told, strict=True) if is_sent]
        replies: list[Reply] = []
        fault = failed = None
        try:
            with self._guarded():
                self._open()
                assert self._pipelined is not None
                self._whole_answers()
                self._pipelined.send([*sent, *(SEAL if seals else ())])
                try:
                    if meanwhile is not None:
                        meanwhile()
                except Exception as other:  # of another database perhaps, and no fault of this store
                    failed = other
                replies, error = self._pipelined.receive()
                if error is not None:
                    raise error
            self._no_warnings()
            self._sealed = str(replies[-1].rows[0][0]) if seals else ""
        except StoreFault as found:
            fault = found
        if failed is not None:
            raise failed
        answers, coming = [], iter(replies)
        for is_sent in told:
            reply = next(coming, None) if is_sent else Reply([], 0, False)
            if reply is None:
                break
            answers.append(returned(reply.rows) if reply.has_rows else Answered((), reply.touched))
        # A warning comes with every answer there; the last of them is then worth nothing.
        return answers if fault is None else [*answers[: len(statements) - 1], Answered(fault=fault)]

    def stream(self, statement: Statement, values: Values) -> Iterator[list[tuple[object, ...]]]:
        """Rows as they come, block by block; the client holds one block. One statement, whatever the rows."""
        if not is_empty(statement, values):
            yield from self._streamed(statement.sql, _params(statement, values))

    def _streamed(self, sql: str, params: Mapping[str, object]) -> Iterator[list[tuple[object, ...]]]:
        with self._guarded():
            size = STREAM_ROWS if psycopg.capabilities.has_stream_chunked() else 1
            with self._open().cursor(row_factory=tuple_row) as cursor:
                self._chunked = True
                rows = cursor.stream(cast("Any", sql), params, size=size)
                while block := list(islice(rows, STREAM_ROWS)):
                    yield block

    def texts(self, table: str, columns: Sequence[str], bearing: str = "") -> Iterator[bytes]:
        """Blocks of these columns as text, in one scan; only of rows in which `bearing` occurs, if it is given."""
        names = [f"{quoted(c)}::text" for c in columns]
        place = PostgreSQL().place(table)
        where = " WHERE " + " OR ".join(f"strpos({name}, {_literal(bearing)}) > 0" for name in names) if bearing else ""
        with (
            self._guarded(),
            self._open().cursor() as cursor,
            cursor.copy(cast("Any", f"COPY (SELECT {', '.join(names)} FROM {place}{where}) TO STDOUT")) as copy,
        ):
            yield from _gathered(copy)

    def bearing(self, tables: Mapping[str, Sequence[str]], sought: Sought) -> Iterator[tuple[str, list[str | None]]]:
        """Every row of these tables that may bear what is sought: its table, and the cells of the named columns. One statement for many tables.

        A row's cells are put together once and searched as one text.
        """
        marks: dict[str, str] = {}
        with self._guarded():
            unicode = self._open().info.parameter_status("server_encoding") == "UTF8"
        condition = on_postgresql(
            sought, "whole", lambda text: f"%({marks.setdefault(text, f'p{len(marks)}')})s", unicode=unicode
        )
        values = {name: text for text, name in marks.items()}
        names = list(tables)
        for start in range(0, len(names), TABLES_AT_ONCE):
            some = names[start : start + TABLES_AT_ONCE]
            sql = " UNION ALL ".join(_bearing(n, table, tables[table], condition) for n, table in enumerate(some))
            for block in self._streamed(sql, values):
                yield from ((some[cast("int", n)], cast("list[str | None]", cells)) for n, cells in block)

    def refresh(self, views: Sequence[tuple[str, bool]]) -> None:
        """Materialised views are made anew, each by itself; `concurrently` (True) where a unique index lets readers go on."""
        with self._guarded():
            for name, quick in views:
                how = "CONCURRENTLY " if quick else ""
                self._open().execute(cast("Any", f"REFRESH MATERIALIZED VIEW {how}{PostgreSQL().place(name)}"))

    def lag(self) -> float | None:
        """Seconds since what this copy shows last was true of its primary; None where the server is the primary."""
        with self._guarded():
            # The server says by itself whether it is a copy; only a copy is asked.
            if self._open().info.parameter_status("in_hot_standby") != "on":
                return None
            row = self._open().execute(cast("Any", LAG)).fetchone()
        return None if row is None or row[0] is None else float(row[0])

    def take_statistics(self, tables: Sequence[str]) -> None:
        """The planner's statistics are taken anew: until then they quote erased values to anybody who may read `pg_stats`."""
        with self._guarded():
            for table in tables:
                self._open().execute(cast("Any", f"ANALYZE {PostgreSQL().place(table)}"))

    def compact(self, tables: Sequence[str]) -> None:
        """Files are rewritten and statistics taken anew: what was deleted lies in no file of these tables.

        X509 where an older transaction or a replication slot still sees what was deleted: it was copied along. X510 where the role may not
        rewrite the statistics, whose old rows quote values. The write-ahead log is switched where
        the role may; it is recycled by the server in its own time.
        """
        with self._guarded():
            connection = self._open()
            # Whoever comes after a waiting VACUUM FULL waits behind it: better to try again later.
            connection.execute(cast("Any", f"SET lock_timeout = {self._timeouts.lock_ms}"))
            try:
                for table in tables:
                    self._rewrite(connection, table, PostgreSQL().place(table))
                    connection.execute(cast("Any", f"ANALYZE {PostgreSQL().place(table)}"))
                # Statistics are rows of a table, too: taken anew, they leave the values that they quoted in its file.
                for table in STATISTICS:
                    self._rewrite(connection, table, f"pg_catalog.{table}")
            finally:
                with suppress(psycopg.Error):
                    connection.execute("RESET lock_timeout")
        for statement in ("CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"):
            with suppress(psycopg.Error):  # an ordinary role may not, and need not: the log is the server's
                connection.execute(cast("Any", statement))
        self._warnings = []

    def _rewrite(self, connection: psycopg.Connection[Any], table: str, place: str) -> None:
        self._still_seen = 0
        connection.execute(cast("Any", f"VACUUM (FULL, VERBOSE) {place}"))
        if self._warnings and table in STATISTICS:
            self._warnings = []
            help = f"Let the role own the database, or run: GRANT MAINTAIN ON pg_catalog.{table} TO the role."
            raise StoreFault("X510", f"{self.name}, pg_catalog.{table}", help=help)
        self._no_warnings()
        if self._still_seen:
            help = "End the transaction or drop the slot that still sees them, then compact again."
            raise StoreFault("X509", f"{self.name}.{table}", retry=True, help=help)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def may_wait(self) -> bool:
        """Whether the session may be used again later: connected, and in no transaction."""
        self.rollback()
        self._warnings, self._still_seen = [], 0
        return self._connection is not None and not self._connection.closed

    def is_alive(self) -> bool:
        """Whether the server still answers in this session. One round trip."""
        try:
            self._open_still().execute("SELECT 1", prepare=True)
        except psycopg.Error:
            return False
        return True

    # ---- inside ----

    def _open_still(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            raise psycopg.OperationalError
        return self._connection

    def _execute(self, statement: Statement, values: Values) -> psycopg.Cursor[tuple[object, ...]]:
        params = _params(statement, values)
        return self._open().cursor(row_factory=tuple_row).execute(cast("Any", statement.sql), params, prepare=True)

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url, autocommit=True, connect_timeout=10, application_name="upheld", prepare_threshold=0
            )
            self._connection.prepared_max = 500
            ready(self._connection)
            self._connection.add_notice_handler(self._noticed)
            self._known = None
            self._pipelined = Pipelined(self._connection)
        return self._connection

    def _noticed(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warnings.append(diagnostic.sqlstate or "")
        if diagnostic.severity_nonlocalized == "INFO":
            # VACUUM says, in whatever language, how many dead rows it had to copy: the number that the detail begins with.
            found = LEADING_NUMBER.match(diagnostic.message_detail or "")
            self._still_seen += int(found[1]) if found else 0

    def _no_warnings(self) -> None:
        if self._warnings:
            states, self._warnings = ", ".join(self._warnings), []
            raise StoreFault("X104", f"{self.name} ({states})", help="Look the code up in the engine's manual.")

    def _guarded(self, commit: bool = False) -> _Guarded:
        return _Guarded(self, commit)


def _params(statement: Statement, values: Values) -> dict[str, object]:
    return {name: values(param) for name, param in statement.params.items()}


def _only(cursor: psycopg.Cursor[Any]) -> str:
    """The one value that it returned, as text."""
    row = cursor.fetchone()
    return str(row[0]) if row else ""


def _bearing(number: int, table: str, columns: Sequence[str], condition: str) -> str:
    """The rows of one table that meet the condition over `whole`, which is made before it is asked for."""
    cells = ", ".join(f"{quoted(column)} AS c{n}" for n, column in enumerate(columns))
    whole = ", ".join(f"{quoted(column)}::text" for column in columns)
    names = ", ".join(f"c{n}::text" for n in range(len(columns)))
    inner = f'SELECT {cells}, concat_ws(chr(9), {whole}) COLLATE "C" AS whole FROM {PostgreSQL().place(table)} OFFSET 0'
    return f"SELECT {number}, ARRAY[{names}] FROM ({inner}) AS put_together WHERE {condition}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _gathered(rows: Iterable[Buffer]) -> Iterator[bytes]:
    """COPY's rows come one by one; whoever reads them is quicker with many at once. Blocks end where rows end."""
    held: list[Buffer] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row)  # type: ignore[arg-type]
        if size >= BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _answered(cursor: psycopg.Cursor[Any] | None) -> Answered:
    if cursor is None:
        return Answered()
    if cursor.description is None:
        return Answered((), max(cursor.rowcount, 0))
    return returned(cursor.fetchall())


class _Guarded:
    """Errors of the driver leave as faults; nothing of their text does."""

    def __init__(self, store: PostgreSQLStore, commit: bool) -> None:
        self._store = store
        self._commit = commit

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if not isinstance(error, psycopg.Error):
            return
        connection = self._store._connection
        lost = connection is None or connection.closed or isinstance(error, psycopg.InterfaceError)
        place = error.diag.constraint_name or error.diag.table_name or ""
        if error.sqlstate == "42501":
            raise _forbidden(error, self._store.name) from None
        raise from_sqlstate(error.sqlstate, self._store.name, place, lost=bool(lost)) from None


_NAMED_BY = ("check_enable_rls", "aclcheck_error", "ExecWithCheckOptions")


def _forbidden(error: psycopg.Error, store: str) -> StoreFault:
    """X106 or X161. Where the server itself says so, the message names an object of the schema last, whatever its language; what a trigger
    raises under the same code may quote a row, and is not read."""
    said = (error.diag.message_primary or "") if error.diag.source_function in _NAMED_BY else ""
    named = re.search(r"[\w.]+$", said.rstrip(' "”»“.'))  # "… for table orders", "… for table \"orders\"": the name stands last
    return forbidden(store, named.group() if named else "", policies=error.diag.source_function == "check_enable_rls")
