"""An empty or older database becomes one of this version's schema.

Versions are a linear chain `0001_…`, `0002_…`; all that are missing run in one transaction, under a lock, as the owner. Alembic is
imported only when there is something to do: it takes longer to import than the check.
"""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
from psycopg import sql

from upheld.records.own.errors import OwnDatabaseFault

FOLDER = Path(__file__).parent / "migrations"
_ONE_THREAD = threading.Lock()  # alembic keeps its context in module globals
LOCK = 0x7570_6865_6C64  # "upheld"


def head() -> str:
    """The last version of the chain, by file name: `0004`."""
    return max(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def migrate(owner_url: str, app_role: str | None) -> None:
    """The schema is this version's. X902 when out of reach, X903 when the database is newer than this version."""
    try:
        with psycopg.connect(owner_url, connect_timeout=10) as connection:
            if _is_current(connection):
                return
    except psycopg.OperationalError:
        help = "Start it, or correct UPHELD_OWNER_DATABASE_URL."
        raise OwnDatabaseFault("X902", "It does not answer or does not let the owner in.", help) from None
    with _ONE_THREAD:
        _upgrade(owner_url, app_role)


def _is_current(connection: psycopg.Connection) -> bool:
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return False
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    version = str(row[0]) if row else ""
    if version > head():
        help = "Install the newer version of Upheld."
        raise OwnDatabaseFault("X903", f"It has version {version}, this program knows {head()}.", help)
    return version == head()


def _grant_by_default(connection: psycopg.Connection, app_role: str | None) -> None:
    """What migrations make from now on, the app role may read and write; insert-only tables take some of it back."""
    if not app_role or app_role == connection.info.user:
        return
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {}",
    ):
        connection.execute(sql.SQL(statement).format(sql.Identifier(app_role)))  # type: ignore[arg-type]


def _upgrade(owner_url: str, app_role: str | None) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    scripts = ScriptDirectory.from_config(config)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url), poolclass=NullPool)

    def steps(version: object, _: object) -> object:
        return scripts._upgrade_revs("head", version)  # type: ignore[arg-type]

    # One transaction for the whole chain: a migration that fails leaves the database as it was.
    with EnvironmentContext(config, scripts, fn=steps) as environment, engine.begin() as bound:  # type: ignore[arg-type]
        connection = bound.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _grant_by_default(connection, app_role)
        connection.execute("SELECT set_config('upheld.app_role', %s, true)", [app_role or ""])
        environment.configure(connection=bound, transactional_ddl=False)
        environment.run_migrations()
