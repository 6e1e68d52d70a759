"""Backups of the bookshop as a firm takes them: a dump of PostgreSQL restored into a fresh database, a copy of the SQLite file."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.cli.harbour import Harbour, Installation, database_of
from upheld.records.own import EmbeddedServer

WORDS = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}


@dataclass(frozen=True, slots=True)
class Backup:
    """`taken` is the moment at which it began, as a person would give it."""

    dump: Path
    letters: Path
    taken: str


def moment() -> str:
    return datetime.now(UTC).isoformat()


def back_up(harbour: Harbour, shop: Installation) -> Backup:
    """Both stores, as they are now."""
    taken, place = moment(), shop.data / f"backup-{uuid.uuid4().hex[:8]}"
    place.mkdir()
    program(harbour.server, "pg_dump", shop.shop, "--format=custom", "--file", str(place / "shop.dump"))
    shutil.copy(shop.letters, place / "letters.sqlite")
    return Backup(place / "shop.dump", place / "letters.sqlite", taken)


def restore(harbour: Harbour, shop: Installation, backup: Backup, *stores: str) -> None:
    """The named stores are those of the backup: the shop in a fresh database under its old name."""
    if "shop" in stores:
        name = database_of(shop.shop)
        harbour.server.drop_database(name)
        harbour.server.create_database(name)
        program(harbour.server, "pg_restore", shop.shop, "--exit-on-error", "--no-owner", "--dbname", name, str(backup.dump))
    if "letters" in stores:
        shutil.copy(backup.letters, shop.letters)


def program(server: EmbeddedServer, name: str, url: str, *words: str) -> None:
    """One of the server's client programs; the address goes by the environment."""
    known = conninfo_to_dict(url)
    environment = {
        "PATH": os.environ["PATH"],
        **{variable: str(known[word]) for word, variable in WORDS.items() if known.get(word)},
    }
    done = subprocess.run([str(server.programs / name), *words], env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
