"""A MariaDB store becomes its shadow on a private server of this machine: a socket, no port, gone with the block.

The schema is what the firm's server says of itself (SHOW CREATE). Needs `mariadbd` and `mariadb-install-db` on the PATH; without them there is no shadow,
and the probe that wanted it proves nothing. Not taken: a database beside the firm's own; a probe that does harm has no business on that server.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pymysql

from upheld.engine.estate.model import Engine
from upheld.engine.stores.faults import StoreFault
from upheld.engine.stores.mariadb.connecting import MODES, connected
from upheld.engine.stores.session import Timeouts

PROGRAMS = ("mariadb-install-db", "mariadbd")
DATABASE = "shadow"
# What is gone with the block need not outlive a power cut, and a small log is soon written.
PASSING = ("--innodb-log-file-size=8M", "--debug-no-sync", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0")
START_S = 30
DUMP_S = 120


class NoServer(Exception):
    """No private server could be started, or the schema did not fit it. Holds no address and no value."""


class MariaDBShadow:
    """A database of the private server."""

    engine: Engine = "mariadb"

    def __init__(self, socket: Path) -> None:
        self._socket = str(socket)
        self.url = f"mariadb://root@localhost/{DATABASE}?unix_socket={quote(self._socket, safe='')}"

    def execute(self, statement: str) -> None:
        with closing(self._open()) as db, db.cursor() as cursor:
            cursor.execute(statement)

    def insert(self, table: str, columns: Sequence[str], values: Sequence[object]) -> str:
        """Empty when the row stands; else the engine's class of error, without its message (that quotes values)."""
        names, marks = ", ".join(map(_ticked, columns)), ", ".join(["%s"] * len(columns))
        with closing(self._open()) as db, db.cursor() as cursor:
            try:
                cursor.execute(f"INSERT INTO {_ticked(table)} ({names}) VALUES ({marks})", list(values))
            except pymysql.Error as error:
                return type(error).__name__
        return ""

    def found(self, token: str) -> dict[tuple[str, str], int]:
        """Cells by table and column that hold `token` anywhere in their text form."""
        counts: dict[tuple[str, str], int] = {}
        with closing(self._open()) as db, db.cursor() as cursor:
            cursor.execute(
                "SELECT c.TABLE_NAME, c.COLUMN_NAME FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME) "
                "WHERE TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE <> 'VIEW' ORDER BY 1, c.ORDINAL_POSITION"
            )
            for table, column in cursor.fetchall():
                sql = f"SELECT COUNT(*) FROM {_ticked(table)} WHERE LOCATE(%s, CONVERT({_ticked(column)} USING utf8mb4)) > 0"
                cursor.execute(sql, [token])
                [(count,)] = cursor.fetchall()
                if count:
                    counts[table, column] = int(count)
        return counts

    def dumped(self) -> bytes:
        """The whole database by the engine's own dump, with triggers and routines. NoServer where it has none here."""
        return self._program(
            "mariadb-dump", ("--routines", "--triggers", "--hex-blob", "--single-transaction", "--skip-comments"), b""
        )

    def filled(self, dump: bytes) -> None:
        """The dump is played into this database, which is empty. NoServer where that did not end well."""
        self._program("mariadb", ("--batch",), dump)

    def _program(self, program: str, words: Sequence[str], given: bytes) -> bytes:
        line = [
            program,
            "--no-defaults",
            f"--socket={self._socket}",
            "--user=root",
            "--default-character-set=utf8mb4",
            *words,
            DATABASE,
        ]
        try:
            return subprocess.run(line, input=given, capture_output=True, timeout=DUMP_S, check=True).stdout
        except (OSError, subprocess.SubprocessError) as error:  # its message may quote a row
            raise NoServer(f"{program} did not end well ({type(error).__name__})") from None

    def _open(self) -> pymysql.Connection:
        """Names in double quotes and texts without backslashes, as in the other engines' shadows."""
        return pymysql.connect(
            unix_socket=self._socket, user="root", database=DATABASE, autocommit=True, charset="utf8mb4", ssl_disabled=True,
            init_command=f"SET SESSION sql_mode = '{MODES}'",
        )  # fmt: skip


@contextlib.contextmanager
def mariadb_shadow(url: str) -> Iterator[MariaDBShadow]:
    """The schema of the store at `url`, without a row, on a server of its own. NoServer says why not. Cost: some three seconds."""
    made = _schema_of(url)
    with _server() as socket:
        shadow = MariaDBShadow(socket)
        try:
            with closing(shadow._open()) as db, db.cursor() as cursor:
                cursor.execute("SET SESSION foreign_key_checks = 0, sql_mode = ''")
                for statement in made:
                    cursor.execute(statement)
        except pymysql.Error as error:
            raise NoServer(f"the schema does not fit the private server ({error.args[0] if error.args else ''})") from None
        yield shadow


@contextlib.contextmanager
def mariadb_restored(dump: bytes) -> Iterator[MariaDBShadow]:
    """What was dumped, on a server of its own. NoServer says why not."""
    with _server() as socket:
        shadow = MariaDBShadow(socket)
        shadow.filled(dump)
        yield shadow


def _schema_of(url: str) -> list[str]:
    """CREATE statements of routines, tables, views and triggers, in an order in which they can be run without checks of keys."""
    made: list[str] = []
    try:
        connection, _ = connected("shadow", url, Timeouts())
        with closing(connection), connection.cursor() as cursor:
            # As the firm's own programs see it: names in backticks, texts as they were written.
            cursor.execute("SET SESSION sql_mode = ''")
            cursor.execute(
                "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() "
                "AND ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE') ORDER BY 1, 2"
            )
            for kind, name in cursor.fetchall():
                cursor.execute(f"SHOW CREATE {kind} {_ticked(name)}")
                _, modes, source, *_ = cursor.fetchall()[0]
                # Without its source, which the role may not see, a trigger that calls it fails, and the row that it was for is not there.
                made += _under(modes, source) if source else []
            cursor.execute("SHOW FULL TABLES")
            tables = sorted(cursor.fetchall(), key=lambda row: (row[1] == "VIEW", row[0]))
            for name, _kind in tables:
                cursor.execute(f"SHOW CREATE TABLE {_ticked(name)}")
                made.append(_ours(cursor.fetchall()[0][1]))
            cursor.execute(
                "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY ACTION_ORDER, TRIGGER_NAME"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"SHOW CREATE TRIGGER {_ticked(name)}")
                _, modes, source, *_ = cursor.fetchall()[0]
                made += _under(modes, source)
    except (pymysql.Error, OSError, ValueError, StoreFault) as error:
        raise NoServer(f"the store's schema could not be read ({type(error).__name__})") from None
    return made


def _under(modes: str, source: str) -> list[str]:
    """What has a body is read by the modes that it was written under."""
    return [f"SET SESSION sql_mode = '{modes}'", _ours(source), "SET SESSION sql_mode = ''"]


def _ours(statement: str) -> str:
    """Owners are left behind, and how far a counter of the firm's has come."""
    bare = re.sub(r"\bDEFINER=([`\"]).*?\1@\1.*?\1 ?", "", statement, count=1)
    return re.sub(r" AUTO_INCREMENT=\d+", "", bare)


@contextlib.contextmanager
def _server() -> Iterator[Path]:
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise NoServer(f"no {program} on this machine")
    folder = Path(tempfile.mkdtemp(prefix="ush"))
    as_root = ["--user=mysql"] if os.geteuid() == 0 else []
    running: subprocess.Popen[bytes] | None = None
    try:
        scratch = folder / "t"
        scratch.mkdir()
        if as_root:
            for place in (folder, scratch):
                shutil.chown(place, "mysql")
        data, socket = folder / "d", folder / "s"
        common = ["--no-defaults", *as_root, f"--datadir={data}", *PASSING]
        subprocess.run(
            ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=START_S,
        )  # fmt: skip
        running = subprocess.Popen(
            ["mariadbd", *common, f"--socket={socket}", f"--tmpdir={scratch}", "--skip-networking", "--skip-log-bin"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _wait(socket, running)
        yield socket
    except (subprocess.SubprocessError, OSError, LookupError) as error:
        raise NoServer(f"the private server did not start ({type(error).__name__})") from None
    finally:
        if running is not None:
            running.kill()  # nothing of it is wanted, so that nothing need be written out first
            running.wait(START_S)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(socket: Path, running: subprocess.Popen[bytes]) -> None:
    for _ in range(START_S * 20):
        if running.poll() is not None:
            break
        with contextlib.suppress(pymysql.Error):
            with (
                pymysql.connect(unix_socket=str(socket), user="root", autocommit=True, ssl_disabled=True) as db,
                db.cursor() as cursor,
            ):
                cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
            return
        time.sleep(0.05)
    raise NoServer("the private server did not answer")


def _ticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
