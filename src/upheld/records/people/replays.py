"""Replays on record: which restored store was looked through for which backup, what was found, and when it was erased again. Counts only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


def record_replay(connection: psycopg.Connection, replay: Replay) -> None:
    """The look is on record if the caller's transaction commits."""
    connection.execute(
        "INSERT INTO replay (store, backup_taken_at, looked_at, identities, ask, done_at) VALUES (%s, %s, %s, %s, %s, %s)",
        [replay.store, replay.backup_taken_at, replay.looked_at, replay.identities, replay.ask, replay.done_at],
    )


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
    """Whether a replay of this very backup came to its end before: the store may have been opened since."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM replay WHERE store = %s AND backup_taken_at = %s AND done_at IS NOT NULL)",
        [store, backup_taken_at],
    ).fetchone()
    return bool(row and row[0])
