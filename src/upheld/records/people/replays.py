"""Replays on record: which restored store was looked through for which backup, what was found, and when it was erased again. Counts only."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg


@dataclass(frozen=True, slots=True)
class Replay:
    """One look through a restored store. `ask` None: nobody was found. `done_at`: when that ask was at its end."""

    store: str
    backup_taken_at: datetime
    looked_at: datetime
    identities: int
    ask: str | None
    done_at: datetime | None = None

    def command(self, folder: Path) -> str:
        """What a person types to look again."""
        return f"upheld replay {shlex.quote(str(folder))} {self.store} --backup-taken {self.backup_taken_at.isoformat()}"


def record_replay(connection: psycopg.Connection, replay: Replay) -> None:
    """The look is on record if the caller's transaction commits."""
    connection.execute(
        "INSERT INTO replay (store, backup_taken_at, looked_at, identities, ask, done_at) VALUES (%s, %s, %s, %s, %s, %s)",
        [replay.store, replay.backup_taken_at, replay.looked_at, replay.identities, replay.ask, replay.done_at],
    )


UNDONE = """
SELECT DISTINCT ask.id FROM chunk JOIN plan ON plan.digest = chunk.plan JOIN ask ON ask.id = plan.ask
WHERE chunk.store = %s AND chunk.at > %s AND ask.kind = ANY(%s) ORDER BY ask.id
"""


def undone(connection: psycopg.Connection, store: str, backup_taken_at: datetime, kinds: Sequence[str]) -> tuple[str, ...]:
    """Asks of these kinds that wrote to the store after the backup was taken: its restore undid them. One statement."""
    return tuple(ask for (ask,) in connection.execute(UNDONE, [store, backup_taken_at, list(kinds)]).fetchall())


BEGUN = """
SELECT DISTINCT ask.id FROM chunk JOIN plan ON plan.digest = chunk.plan JOIN ask ON ask.id = plan.ask
WHERE chunk.store = %s AND chunk.state = 'prepared' AND ask.state <> 'done' AND ask.kind = ANY(%s) ORDER BY ask.id
"""


def begun(connection: psycopg.Connection, store: str, kinds: Sequence[str]) -> tuple[str, ...]:
    """Asks of these kinds of which a chunk was begun in the store, and nobody knows yet that it was done: no tombstone stands for it. One statement."""
    return tuple(ask for (ask,) in connection.execute(BEGUN, [store, list(kinds)]).fetchall())


def replay_done(connection: psycopg.Connection, ask: str, now: datetime) -> None:
    """The ask of this replay is at its end."""
    connection.execute("UPDATE replay SET done_at = %s WHERE ask = %s AND done_at IS NULL", [now, ask])


def replay_of(connection: psycopg.Connection, ask: str) -> Replay | None:
    """The look that made this ask, or None."""
    row = connection.execute(
        "SELECT store, backup_taken_at, looked_at, identities, ask, done_at FROM replay WHERE ask = %s", [ask]
    ).fetchone()
    return Replay(*row) if row else None


def was_replayed(connection: psycopg.Connection, store: str, backup_taken_at: datetime) -> bool:
    """Whether a replay of this backup came to its end before: the store may have been opened since.

    People name the moment of one backup in several ways (rounded, its end, another zone): a day more or less is the same one, unless the replay was over
    before this backup was taken.
    """
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM replay WHERE store = %s AND done_at >= %s AND backup_taken_at BETWEEN %s - interval '1 day' AND %s + interval '1 day')",
        [store, backup_taken_at, backup_taken_at, backup_taken_at],
    ).fetchone()
    return bool(row and row[0])
