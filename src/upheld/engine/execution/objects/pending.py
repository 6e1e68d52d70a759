"""Files that must go, on record from before the store's commit until they are gone.

A run that is killed between the commit and the file goes on from this record: nothing in the store leads to the file any more. Names of files may name people: they are
sealed under the ask's key, and gone with it. Noting twice is noting once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString, Protocol

from upheld.records.keys import MasterKey, ask_key, seal, unseal
from upheld.records.own import OwnDatabase

_OF_ASK: LiteralString = "plan IN (SELECT digest FROM plan WHERE ask = %s)"
Named = tuple[str, str]  # object store, file below its prefix


class Pending(Protocol):
    """Each call is one commit of its own."""

    def note(self, store: str, chunk: int, files: Sequence[Named]) -> None: ...
    def pending(self) -> list[Named]: ...
    def gone(self) -> None: ...


@dataclass(slots=True)
class MemoryPending:
    """One process's record, for a library call without our own database, and for tests."""

    files: dict[Named, None] = field(default_factory=dict)

    def note(self, store: str, chunk: int, files: Sequence[Named]) -> None:
        self.files |= dict.fromkeys(files)

    def pending(self) -> list[Named]:
        return sorted(self.files)

    def gone(self) -> None:
        self.files.clear()


@dataclass(frozen=True, slots=True)
class OwnPending:
    """The record of one ask in our own database: what an earlier plan of it committed must go under a later one too."""

    own: OwnDatabase
    master: MasterKey
    plan: str
    ask: str
    now: Callable[[], datetime]

    def note(self, store: str, chunk: int, files: Sequence[Named]) -> None:
        """The files of one chunk, beside those that an earlier attempt noted, which may have been committed. 3 statements."""
        about = f"{self.plan}/{store}/{chunk}"
        with self.own.transaction() as connection:
            key = ask_key(connection, self.master, self.ask, self.now())
            row = connection.execute(
                "SELECT files FROM chunk_file WHERE plan = %s AND store = %s AND chunk = %s FOR UPDATE",
                [self.plan, store, chunk],
            ).fetchone()
            known = _opened(key, row[0], about) if row else ()
            sealed = seal(key, json.dumps(sorted({*known, *files})).encode(), about)
            connection.execute(
                "INSERT INTO chunk_file (plan, store, chunk, files) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (plan, store, chunk) DO UPDATE SET files = excluded.files",
                [self.plan, store, chunk, sealed],
            )

    def pending(self) -> list[Named]:
        """Every file of this ask that is not known to be gone, whichever of its plans noted it."""
        with self.own.transaction() as connection:
            rows = connection.execute(
                f"SELECT plan, store, chunk, files FROM chunk_file WHERE {_OF_ASK}", [self.ask]
            ).fetchall()
            if not rows:
                return []
            key = ask_key(connection, self.master, self.ask, self.now())
        return sorted(
            {named for plan, store, chunk, sealed in rows for named in _opened(key, sealed, f"{plan}/{store}/{chunk}")}
        )

    def gone(self) -> None:
        """All of them are gone, and so is what names them."""
        with self.own.transaction() as connection:
            connection.execute(f"DELETE FROM chunk_file WHERE {_OF_ASK}", [self.ask])


def _opened(key: bytes, sealed: bytes, about: str) -> Iterable[Named]:
    return ((store, name) for store, name in json.loads(unseal(key, bytes(sealed), about)))
