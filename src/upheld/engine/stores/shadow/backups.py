"""A shadow becomes a backup, and the backup a second shadow: by the engine's own dump and restore, or a copy of the file.

Holds generated people only: whoever lies in a shadow was put there by a probe. Not taken: a database copied as a template; what a dump leaves out would stand
in it all the same.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from upheld.engine.estate.model import Engine
from upheld.engine.stores.shadow.copies import (
    PostgreSQLShadow,
    Shadow,
    ShadowRefused,
    SQLiteShadow,
    run_program,
)
from upheld.engine.stores.shadow.mariadb import MariaDBShadow, NoServer, mariadb_restored
from upheld.records.own import EmbeddedServer


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup, whole, in memory."""

    engine: Engine
    content: bytes


def backup_of(shadow: Shadow, lent: Callable[[], EmbeddedServer]) -> Taken:
    """The shadow as it is now. ShadowRefused where its engine has no backup here. `lent` is asked for PostgreSQL alone."""
    if shadow.engine == "postgresql":
        words = [str(lent().programs / "pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
        return Taken("postgresql", run_program(words, shadow.url, b""))
    if shadow.engine == "sqlite":
        return Taken("sqlite", Path(shadow.url.removeprefix("sqlite:///")).read_bytes())
    if isinstance(shadow, MariaDBShadow):
        try:
            return Taken("mariadb", shadow.dumped())
        except NoServer as error:
            raise ShadowRefused(str(error)) from None
    raise ShadowRefused(f"no backup is taken of a {shadow.engine} shadow")


@contextlib.contextmanager
def restored(backup: Taken, lent: Callable[[], EmbeddedServer]) -> Iterator[Shadow]:
    """The backup in a fresh database, a fresh file, or on a fresh server (MariaDB); gone when the block ends. `lent` as in `backup_of`."""
    if backup.engine == "mariadb":
        with contextlib.ExitStack() as stack:
            try:
                shadow = stack.enter_context(mariadb_restored(backup.content))
            except NoServer as error:
                raise ShadowRefused(str(error)) from None
            yield shadow
        return
    if backup.engine == "postgresql":
        server, name = lent(), f"shadow_{secrets.token_hex(6)}"
        server.create_database(name)
        try:
            there = server.url(name, "upheld_firm")
            run_program(
                [str(server.programs / "pg_restore"), "--exit-on-error", "--no-owner", "--dbname", name], there, backup.content
            )
            yield PostgreSQLShadow(there)
        finally:
            server.drop_database(name)
        return
    with tempfile.TemporaryDirectory(prefix="uph-restored-") as folder:
        place = Path(folder) / "restored.sqlite"
        place.write_bytes(backup.content)
        yield SQLiteShadow(place)
