"""A private MariaDB for tests: one server a test process with a binary log, a socket and no port, databases that are fresh in milliseconds.

Needs `mariadbd` and `mariadb-install-db` on the PATH; without them a test is skipped, and red where CI is set. The server goes with the process
that started it, and its folder too, also when that is killed: a shell waits for the end of a pipe.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pymysql
import pytest
from pymysql.constants import CLIENT

PROGRAMS = ("mariadbd", "mariadb-install-db")
FIRM, PASSWORD = "upheld_firm", "not-a-secret"
START_S = 120
DURABLE = False  # a benchmark says otherwise before it starts the server
WATCHED = '"$@" & server=$!; cat > /dev/null; kill "$server" 2> /dev/null; wait "$server"; rm -rf "$0"'


def missing(what: str) -> None:
    """Skips, visibly; fails where CI is set, for there a skipped test is red."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


def needed() -> None:
    """Skips unless there is a MariaDB to start."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            missing(f"no {program} on this machine: Debian has it in mariadb-server")


@cache
def socket() -> Path:
    """The socket of this process's server, started at the first call."""
    needed()
    folder = Path(tempfile.mkdtemp(prefix="um"))
    as_root = ["--user=mysql"] if os.geteuid() == 0 else []
    if as_root:
        shutil.chown(folder, "mysql")
    # A folder for temporary tables of its own: a server that starts clears the shared one, under the feet of others.
    data, path, scratch = folder / "data", folder / "s", folder / "t"
    scratch.mkdir()
    if as_root:
        shutil.chown(scratch, "mysql")
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", *as_root, f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db"],
        check=True, capture_output=True,
    )  # fmt: skip
    words = ["mariadbd", "--no-defaults", *as_root, f"--datadir={data}", f"--socket={path}", f"--tmpdir={scratch}", "--skip-networking",
             *([] if DURABLE else ["--debug-no-sync", "--innodb-flush-log-at-trx-commit=0"]), "--innodb-buffer-pool-size=128M", "--log-bin-trust-function-creators=1",
             "--event-scheduler=ON", "--log-bin", "--server-id=7", "--binlog-format=MIXED"]  # fmt: skip
    with open(folder / "log", "wb") as log:
        running = subprocess.Popen(["sh", "-c", WATCHED, str(folder), *words], stdin=subprocess.PIPE, stdout=log, stderr=log)
    owner = os.getpid()

    def end() -> None:
        if os.getpid() == owner and running.stdin is not None:
            running.stdin.close()
            running.wait(START_S)
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    for _ in range(START_S * 10):
        if path.exists() and _greeted(path):
            return path
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text(errors="replace")[-2000:])


def _greeted(path: Path) -> bool:
    try:
        with (
            pymysql.connect(unix_socket=str(path), user="root", autocommit=True, ssl_disabled=True) as db,
            db.cursor() as cursor,
        ):
            cursor.execute(f"CREATE USER IF NOT EXISTS '{FIRM}'@'localhost' IDENTIFIED BY '{PASSWORD}'")
            cursor.execute(f"GRANT ALL ON `firm\\_%`.* TO '{FIRM}'@'localhost'")
        return True
    except pymysql.Error:
        return False


def administrator(database: str | None = None) -> pymysql.Connection:
    """A connection of the server's owner, who may set what a firm's role may not."""
    return pymysql.connect(
        unix_socket=str(socket()), user="root", database=database, autocommit=True, charset="utf8mb4", ssl_disabled=True
    )


def address(name: str) -> str:
    """The address of a database as a firm writes it down."""
    return f"mariadb://{FIRM}:{quote(PASSWORD)}@localhost/{name}?unix_socket={quote(str(socket()), safe='')}"


def create_database(collation: str = "utf8mb4_general_ci") -> str:
    """The name of a new, empty database; its role may do anything in it and nothing beside it."""
    name = f"firm_{uuid.uuid4().hex[:12]}"
    with administrator() as db, db.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE {collation}")
    return name


def drop_database(name: str) -> None:
    with administrator() as db, db.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


def connect(url: str, **more: object) -> pymysql.Connection:
    """A connection of the firm's own to an address, with the server's own modes."""
    said = urlsplit(url)
    path = parse_qs(said.query)["unix_socket"][0]
    return pymysql.connect(
        unix_socket=path, user=FIRM, password=PASSWORD, database=said.path[1:], autocommit=True, charset="utf8mb4",
        ssl_disabled=True, **more,
    )  # fmt: skip


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Statements one after the other; each may be several with semicolons. Names in double quotes. The rows of the last."""
    with connect(
        url,
        client_flag=CLIENT.MULTI_STATEMENTS,
        init_command="SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES', max_recursive_iterations = 1000000",
    ) as db:
        rows: list[tuple[object, ...]] = []
        with db.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
                while cursor.nextset():
                    rows = list(cursor.fetchall())
        return rows
