"""A SQLite store, connected: one writer at a time, foreign keys on, secure delete on.

A plan's fence is SQLite's own write lock: a transaction begins IMMEDIATE, and no other can. There is no asking what became of a commit
after a crash; the chunk runs again from its bindings and finds nothing. The file must exist: a typing error never makes an empty one.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from upheld.engine.estate.drift.contents import Content
from upheld.engine.estate.forms import sqlite_functions
from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.plan.plans import StorePlan
from upheld.engine.stores import catalogue_sqlite
from upheld.engine.stores.faults import StoreFault
from upheld.engine.stores.scanning import ScanResult, contents, scan
from upheld.engine.stores.scanning.model import OnTable
from upheld.engine.stores.session import Answered, Ended, Timeouts, Values, is_empty, returned
from upheld.engine.stores.sought import Sought, on_sqlite
from upheld.engine.stores.sql.reading import Reading
from upheld.engine.stores.sql.scripts import written, written_to_count, written_to_read
from upheld.engine.stores.sql.sqlite import SQLite, functions
from upheld.engine.stores.sql.statements import Script, Statement
from upheld.engine.stores.sql.writer import quoted

BLOCK_ROWS = 1_000
WORK_KB = 65_536  # of pages that a transaction holds; with the engine's own 2 MB a batch reads and writes many of its pages several times
MANY_ROWS = (
    1_000  # changed by one transaction: its pages go from the log to the file beside what follows, and not within its commit
)


class SQLiteStore:
    """See `session.Store`."""

    engine = "sqlite"

    def __init__(self, name: str, url: str, timeouts: Timeouts | None = None) -> None:
        self.name = name
        self._path = Path(url.removeprefix("sqlite:///"))
        self._timeouts = timeouts or Timeouts()
        self._connection: sqlite3.Connection | None = None
        self._texts: dict[
            int, tuple[object, str]
        ] = {}  # of lists by their place; each is held, so that the place stays its own
        self._page_cache = 0  # what the engine gives a connection by itself
        self._changed = 0
        self._tidying: threading.Thread | None = None

    def catalogue(self) -> StoreCatalogue:
        with self._guarded():
            return catalogue_sqlite.reflect(self._open(), self.name)

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
            return catalogue_sqlite.fingerprint(self._open())

    def script(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        return written(plan, catalogue, SQLite(), region)

    def counting(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        return written_to_count(plan, catalogue, SQLite(), region)

    def reading(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> tuple[Script, dict[int, list[Reading]]]:
        return written_to_read(plan, catalogue, SQLite(), region)

    def begin(self, fence: int | None = None, *, snapshot: bool = False, deferred: bool = False) -> None:
        self._texts.clear()
        self.rest()
        with self._guarded():
            connection = self._open()
            connection.execute("BEGIN" if snapshot else "BEGIN IMMEDIATE")
            self._changed = connection.total_changes
            if deferred:
                connection.execute("PRAGMA defer_foreign_keys = ON")
            if not snapshot:
                connection.execute(f"PRAGMA cache_size = -{WORK_KB}")

    def seal(self) -> str:
        return ""

    def commit(self) -> None:
        self._texts.clear()
        with self._guarded():
            connection = self._open()
            apart = self._checkpoints_apart(connection)
            if apart:
                connection.execute("PRAGMA wal_autocheckpoint = 0")
            try:
                connection.execute("COMMIT")
            finally:
                if apart:
                    connection.execute(f"PRAGMA wal_autocheckpoint = {apart}")
            connection.execute(f"PRAGMA cache_size = {self._page_cache}")
        if apart:
            self._tidying = threading.Thread(target=self._checkpoint)
            self._tidying.start()

    def _checkpoints_apart(self, connection: sqlite3.Connection) -> int:
        """After how many pages this connection's commits would empty the log, if this one should not; else 0."""
        if connection.total_changes - self._changed < MANY_ROWS:
            return 0
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            return 0
        return int(connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0])

    def _checkpoint(self) -> None:
        """What a commit does by itself once its log is long, and like it waits for nobody. The rows are safe in the log before."""
        with suppress(sqlite3.Error), closing(self._connected()) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def rest(self) -> None:
        tidying, self._tidying = self._tidying, None
        if tidying is not None:
            tidying.join()

    def rollback(self) -> None:
        self._texts.clear()
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
                self._connection.execute(f"PRAGMA cache_size = {self._page_cache}")

    def ended(self, token: str) -> Ended:
        return "unknown"

    def rows(self, statement: Statement, values: Values) -> list[tuple[object, ...]]:
        if is_empty(statement, values):
            return []
        with self._guarded():
            try:
                return self._execute(statement.sql, statement, values).fetchall()
            except sqlite3.OperationalError as error:
                self._read_whatever(error)
                return self._execute(statement.sql, statement, values).fetchall()

    def run(self, statement: Statement, values: Values) -> int:
        if is_empty(statement, values):
            return 0
        count = 0
        with self._guarded():
            for sql in (statement.sql, *statement.columns):
                count += max(self._execute(sql, statement, values).rowcount, 0)
        return count

    def together(
        self,
        statements: Sequence[Statement],
        values: Values,
        meanwhile: Callable[[], None] | None = None,
        seals: bool = False,
    ) -> list[Answered]:
        """The statements one after the other; no round trip is to be saved here. Ends at the first fault.

        `meanwhile` is done in a thread of its own, since the engine works in this one; what it raises is raised.
        """
        answers: list[Answered] = []
        with _beside(meanwhile):
            for statement in statements:
                try:
                    answers.append(self._answered(statement, values))
                except StoreFault as fault:
                    answers.append(Answered(fault=fault))
                    break
        return answers

    def _answered(self, statement: Statement, values: Values) -> Answered:
        reads = statement.sql.startswith(("SELECT", "WITH"))
        return returned(self.rows(statement, values)) if reads else Answered((), self.run(statement, values))

    def stream(self, statement: Statement, values: Values) -> Iterator[list[tuple[object, ...]]]:
        if is_empty(statement, values):
            return
        with self._guarded():
            yield from self._blocks(lambda: self._execute(statement.sql, statement, values))

    def texts(self, table: str, columns: Sequence[str], bearing: str = "") -> Iterator[bytes]:
        names = [f"CAST({quoted(c)} AS TEXT)" for c in columns]
        where = " WHERE " + " OR ".join(f"instr({name}, :bearing) > 0" for name in names) if bearing else ""
        with self._guarded():
            sql = f"SELECT {', '.join(names)} FROM {quoted(table)}{where}"
            for rows in self._blocks(lambda: self._open().execute(sql, {"bearing": bearing})):
                yield b"".join("\t".join(_line(v) for v in row).encode("utf-8", "replace") + b"\n" for row in rows)

    def bearing(self, tables: Mapping[str, Sequence[str]], sought: Sought) -> Iterator[tuple[str, list[str | None]]]:
        """Every row of these tables that may bear what is sought: its table, and the cells of the named columns."""
        marks: dict[str, str] = {}
        for table, columns in tables.items():
            names = [f"CAST({quoted(c)} AS TEXT)" for c in columns]
            where = on_sqlite(sought, names, lambda text: f":{marks.setdefault(text, f'p{len(marks)}')}")
            sql = f"SELECT {', '.join(names)} FROM {quoted(table)} WHERE {where}"
            with self._guarded():
                yield from ((table, list(row)) for row in self._every(sql, {name: text for text, name in marks.items()}))  # type: ignore[misc]

    def refresh(self, views: Sequence[tuple[str, bool]]) -> None:
        """Nothing to do: the engine has no materialised views."""

    def lag(self) -> float | None:
        """Nothing to say: no copy of this engine is asked how far it is behind."""
        return None

    def take_statistics(self, tables: Sequence[str]) -> None:
        """Nothing to do: SQLite's statistics are counts and quote no value."""

    def compact(self, tables: Sequence[str]) -> None:
        """The file is written anew, without free pages; nothing of before is left in it, in the write-ahead log or in a journal that stays.

        X103 while another connection reads: the log cannot be cut beneath it.
        """
        self.rest()
        with self._guarded():
            connection = self._open()
            mode = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
            connection.execute("VACUUM")
            if mode == "wal":
                # After, not before: VACUUM writes the new file into the log, and the old one stands until the log is cut.
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if busy:
                    raise StoreFault("X103", f"{self.name} (SQLITE_BUSY)", retry=True, help="Compact again when nobody reads.")
            elif mode in ("persist", "truncate"):
                connection.execute("PRAGMA journal_mode = DELETE")
                connection.execute(f"PRAGMA journal_mode = {mode}")

    def close(self) -> None:
        self.rest()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _every(self, sql: str, params: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
        for rows in self._blocks(lambda: self._open().execute(sql, params)):
            yield from rows

    def _blocks(self, execute: Callable[[], sqlite3.Cursor]) -> Iterator[list[tuple[object, ...]]]:
        """The rows in blocks. Where one of them cannot be read as it stands, the rows are read once more, and those that were given passed over."""
        given = 0
        while True:
            try:
                cursor = execute()
                passed = 0
                while rows := cursor.fetchmany(BLOCK_ROWS):
                    passed += len(rows)
                    if passed > given:
                        given = passed
                        yield rows
                return
            except sqlite3.OperationalError as error:
                self._read_whatever(error)

    def _read_whatever(self, error: sqlite3.OperationalError) -> None:
        """From here on texts in another encoding are read as far as they can be: one of them must not stop every ask. Whatever else went wrong is raised."""
        connection = self._open()
        if "decode to UTF-8" not in str(error) or connection.text_factory is not str:
            raise error
        connection.text_factory = misread

    def _execute(self, sql: str, statement: Statement, values: Values) -> sqlite3.Cursor:
        params = {name: self._encoded(values(param)) for name, param in statement.params.items()}
        return self._open().execute(sql, params)

    def _encoded(self, value: object) -> object:
        """A list as JSON, written once for all statements of a transaction that take the same list."""
        if not isinstance(value, list | tuple):
            return value
        known = self._texts.get(id(value))
        if known is None or known[0] is not value:
            known = self._texts[id(value)] = (value, json.dumps(value))
            if self._connection is not None and self._connection.text_factory is misread and "\\ufffd" in known[1]:
                # A key that was read so names no row: its row would be passed over, and called erased.
                help = "Write the keys of its tables anew in UTF-8; then run the same command again."
                raise StoreFault("X102", f"{self.name}, a key in another encoding than UTF-8", help=help)
        return known[1]

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = self._connected()
            self._page_cache = int(connection.execute("PRAGMA cache_size").fetchone()[0])
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            for name, (arguments, function) in functions().items():
                connection.create_function(name, arguments, function, deterministic=True)
            for name, form in sqlite_functions().items():
                connection.create_function(name, 1, form, deterministic=True)
            self._connection = connection
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(address, uri=True, isolation_level=None, timeout=self._timeouts.lock_ms / 1000)

    def _guarded(self) -> _Guarded:
        return _Guarded(self.name)


def misread(value: bytes) -> str:
    """A text that is not in UTF-8, as far as it can be read; the mark U+FFFD stands for the rest."""
    return value.decode("utf-8", "replace")


class _Guarded:
    def __init__(self, store: str) -> None:
        self._store = store

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if not isinstance(error, sqlite3.Error):
            return
        code = getattr(error, "sqlite_errorname", None) or type(error).__name__
        raise _fault(self._store, str(code)) from None


def _fault(store: str, code: str) -> StoreFault:
    where = f"{store} ({code})"
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreFault("X103", where, retry=True, help="Run the ask again when the store is quieter.")
    if code.startswith("SQLITE_CANTOPEN"):
        return StoreFault(
            "X101",
            where,
            lost=True,
            help="Correct the path, then run the same command again; an erasure that was begun goes on with --resume.",
        )
    if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return StoreFault(
            "X107", where, help="Make room, then run the same command again; an erasure that was begun goes on with --resume."
        )
    if code.startswith("SQLITE_CONSTRAINT"):
        return StoreFault("X108", where, help="Correct the estate or the constraint, then plan again.")
    return StoreFault("X102", where, help="Look the code up in the engine's manual.")


@contextmanager
def _beside(work: Callable[[], None] | None) -> Iterator[None]:
    """`work` is done in another thread while the block runs, and has ended when the block has."""
    if work is None:
        yield
        return
    failed: list[BaseException] = []

    def done() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=done)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise failed[0]


def _line(value: object) -> str:
    return "" if value is None else str(value).replace("\t", " ").replace("\n", " ")
