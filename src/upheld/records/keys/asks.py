"""An ask becomes a key of its own: destroying that key is the purge of everything that was worked on for the ask.

The wrapped key lies in our database; without the row nothing opens. The row's bytes leave the database's files with its next
vacuum and its backups with their age; until then master key and old file together would still open it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg

from upheld.records.keys.master import MasterKey
from upheld.records.keys.sealing import new_key


def ask_key(connection: psycopg.Connection, master: MasterKey, ask: str, now: datetime) -> bytes:
    """The ask's key (32 bytes), made at the first call. Several callers at once get the same one. 1–2 statements."""
    found = find_ask_key(connection, master, ask)
    if found is not None:
        return found
    connection.execute(
        "INSERT INTO ask_key (ask, wrapped, made_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [ask, master.wrap(new_key(), _about(ask)), now],
    )
    made = find_ask_key(connection, master, ask)
    assert made is not None
    return made


def find_ask_key(connection: psycopg.Connection, master: MasterKey, ask: str) -> bytes | None:
    """The ask's key, or None: never made, or destroyed."""
    return ask_key_asked(connection, master, ask)()


def find_ask_keys(connection: psycopg.Connection, master: MasterKey, asks: Sequence[str]) -> dict[str, bytes]:
    """The keys of these asks, by ask; those without one are left out. One statement for any number."""
    rows = connection.execute("SELECT ask, wrapped FROM ask_key WHERE ask = ANY(%s)", [list(asks)]).fetchall()
    return {ask: master.unwrap(wrapped, _about(ask)) for ask, wrapped in rows}


def ask_key_asked(connection: psycopg.Connection, master: MasterKey, ask: str) -> Callable[[], bytes | None]:
    """`find_ask_key`, sent; the answer is taken when it is called for, perhaps after other statements of the same pipeline."""
    asked = connection.execute("SELECT wrapped FROM ask_key WHERE ask = %s", [ask])

    def answered() -> bytes | None:
        row = asked.fetchone()
        return master.unwrap(row[0], _about(ask)) if row else None

    return answered


WRAPPED = "(SELECT wrapped FROM ask_key WHERE ask = %s)"  # a column of a caller's own statement, for `unwrapped`


def unwrapped(master: MasterKey, ask: str, wrapped: bytes) -> bytes:
    """The ask's key from what a statement with `WRAPPED` answered."""
    return master.unwrap(wrapped, _about(ask))


def destroy_ask_key(connection: psycopg.Connection, ask: str) -> bool:
    """Nothing of the ask's working copies can be opened any more. True if there was a key."""
    return connection.execute("DELETE FROM ask_key WHERE ask = %s", [ask]).rowcount == 1


def _about(ask: str) -> str:
    return f"ask:{ask}"
