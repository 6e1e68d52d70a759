"""Settings become our own database: the embedded one, or the one whose URL is given.

Only this room sees the URL. Two roles: the app role does the daily work and has no DDL; the owner role runs migrations.
Must never: hand out the superuser of the embedded server.
"""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg

from upheld.records.own import migrate
from upheld.records.own.embedded import APP, OWNER, EmbeddedServer
from upheld.records.own.errors import OwnDatabaseFault
from upheld.records.own.pool import Pool

NAME = "upheld"
Opened = TypeVar("Opened")
LASTING = 32  # connections that runs hold from their first guard to their last record


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """UPHELD_DATABASE_URL, UPHELD_OWNER_DATABASE_URL, UPHELD_DATA; all None: embedded, in the default folder.

    `owner_url` without `url` is refused; `url` alone serves as both, and then the ledger's insert-only rule rests on triggers.
    """

    url: str | None = None
    owner_url: str | None = None
    folder: Path | None = None
    pool_size: int = 10


class OwnDatabase:
    """Our own database, migrated by `migrate`, closed by `close` (or at exit). Threads may share it."""

    def __init__(
        self,
        url: str,
        owner_url: str | None = None,
        *,
        server: EmbeddedServer | None = None,
        stops_server: bool = False,
        pool_size: int = 10,
    ) -> None:
        self._url = url
        self._owner_url = owner_url or url
        self._server = server
        self._stops_server = stops_server
        self._pool = Pool(url, pool_size)
        self._lasting = Pool(url, LASTING)
        self._app_role = str(psycopg.conninfo.conninfo_to_dict(url).get("user") or "")
        atexit.register(self.close)

    @property
    def embedded(self) -> bool:
        """True: one machine, one OS user. `serve` refuses a public bind on it."""
        return self._server is not None

    @contextlib.contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """A borrowed connection in autocommit: each statement is its own transaction."""
        with self._pool.connection() as connection:
            yield connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A borrowed connection inside one transaction: committed when the block ends, rolled back if it raises."""
        with self._pool.connection() as connection, connection.transaction():
            yield connection

    def connect(self) -> psycopg.Connection:
        """A connection of our own, in autocommit, outside the pool; the caller closes it."""
        return self._pool.connect()

    @contextlib.contextmanager
    def lasting(self) -> Iterator[psycopg.Connection]:
        """A borrowed connection that is held while others are borrowed: of a pool of its own, so that neither starves the other."""
        with self._lasting.connection() as connection:
            yield connection

    def handed(self, opener: Callable[[str], Opened]) -> Opened:
        """What `opener` makes of our address, for a library that keeps connections of its own. It holds a password: nothing may show it."""
        return opener(self._url)

    def migrate(self) -> None:
        """The schema is this version's. Nothing happens when it is already (one statement, no import of alembic)."""
        migrate.migrate(self._owner_url, self._app_role)

    def database(self, name: str) -> str:
        """URL of one more database in the embedded server, made if missing, for a firm's store of the demo or a test.

        Its role owns that database and may not enter ours. Holds a password. X901 when our database is not embedded.
        """
        if self._server is None:
            help = "Give the store a URL of its own."
            raise OwnDatabaseFault("X901", "More databases are only made in the embedded server.", help)
        self._server.create_database(name)
        return self._server.url(name, "upheld_firm")

    def let_go(self) -> None:
        """Connections are closed; the server goes on, for whoever else was given it."""
        atexit.unregister(self.close)
        self._pool.close()
        self._lasting.close()

    @property
    def server(self) -> EmbeddedServer | None:
        """The embedded server that it lies in; None where a URL was given."""
        return self._server

    def close(self) -> None:
        """Connections are closed; the embedded server stops if it is ours to stop and nobody else holds it. May be called twice."""
        atexit.unregister(self.close)
        self._pool.close()
        self._lasting.close()
        if self._server is not None and self._stops_server:
            self._server.close()


def open_own(settings: OwnSettings) -> OwnDatabase:
    """Our own database, with the schema of this version. Starts the embedded server where no URL is given."""
    if settings.url is None and settings.owner_url is not None:
        raise OwnDatabaseFault("X902", "There is an owner's URL without the app's.", "Set UPHELD_DATABASE_URL too.")
    if settings.url is not None:
        own = OwnDatabase(settings.url, settings.owner_url, pool_size=settings.pool_size)
    else:
        own = on_server(EmbeddedServer(settings.folder), NAME, settings.pool_size, stops_server=True)
    own.migrate()
    return own


def on_server(
    server: EmbeddedServer, name: str, pool_size: int = 10, template: str | None = None, *, stops_server: bool = False
) -> OwnDatabase:
    """Database `name` of an embedded server as our own, made if missing, not yet migrated. Whoever started the server stops it."""
    server.create_database(name, OWNER, template)
    server.grant_connect(name, APP)
    urls = server.url(name, APP), server.url(name, OWNER)
    return OwnDatabase(*urls, server=server, stops_server=stops_server, pool_size=pool_size)
