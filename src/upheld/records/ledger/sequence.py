"""Recorded leaves become numbered ones under a signed checkpoint.

One sequencer at a time (advisory lock); any process may try, several times a second. Which leaves are new is told by the
transaction snapshot of the last checkpoint: what it saw is numbered, what it did not see may be new. So nothing is updated or
deleted, and a transaction that stays open for an hour delays its own leaves only.

Not taken: a queue table (its dead rows grow faster than vacuum removes them), numbers from a sequence (holes), an `id > last` watermark
(skips what commits late).
"""

from __future__ import annotations

import base64
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.records.keys import MasterKey
from upheld.records.keys.signing import SigningKey, add_signing_key, signing_key
from upheld.records.ledger.append import append
from upheld.records.ledger.leaf import KEY_CHANGED, Leaf
from upheld.records.ledger.tree import Frontier, unpacked
from upheld.records.ledger.uses import gather
from upheld.records.own import OwnDatabase

LOCK = 0x6C_6564_6765_72  # "ledger"
PERIOD_S = 0.2
CLUSTER = "SELECT system_identifier::text FROM pg_control_system()"

NUMBER = """
WITH numbered AS (
    INSERT INTO ledger_entry (n, id, hash)
    SELECT %(size)s - 1 + row_number() OVER (ORDER BY transaction, id), id, sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'))
    FROM ledger_leaf AS leaf
    WHERE ({unseen}) AND NOT EXISTS (SELECT FROM ledger_entry AS entry WHERE entry.id = leaf.id)
    RETURNING n, hash
)
SELECT hash FROM numbered ORDER BY n
"""
UNSEEN = (
    "transaction >= pg_snapshot_xmax(%(seen)s::pg_snapshot) OR transaction IN (SELECT pg_snapshot_xip(%(seen)s::pg_snapshot))"
)
LAST = "SELECT size, root, note, frontier, seen::text, cluster, signed_at FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree at a size, signed. `note` is the C2SP text that answers and pages carry."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


class LedgerNotBegun(RuntimeError):
    """`begin` was never called on this database."""


def begin(connection: psycopg.Connection, master: MasterKey, origin: str, now: datetime) -> str:
    """The ledger exists and has its first key; the vkey of that key, to be written down outside. Again: the same vkey.

    ValueError for an origin with a space, `+` or line break.
    """
    if not origin or any(letter.isspace() or letter == "+" or not letter.isprintable() for letter in origin):
        raise ValueError("an origin is printable text without spaces and '+'")
    with _alone(connection), connection.transaction():
        if signing_key(connection, master) is None:
            key = add_signing_key(connection, master, origin, now)
            _sign(connection, key, Frontier(), now)
    row = connection.execute("SELECT vkey FROM signing_key ORDER BY serial LIMIT 1").fetchone()
    assert row is not None
    return str(row[0])


def sequence(connection: psycopg.Connection, master: MasterKey, now: datetime, *, wait: bool = True) -> int:
    """All leaves that were committed before the call are numbered and signed for; how many are new.

    Needs a connection in autocommit, outside a transaction. With `wait=False` returns 0 at once when another one is at it. About
    five statements, whatever the number of leaves.
    """
    with _alone(connection, wait) as ours:
        return _number(connection, master, now) if ours else 0


def change_key(connection: psycopg.Connection, master: MasterKey, now: datetime) -> str:
    """A new key signs from now on, and the ledger says so by a leaf that the old key signed. The new vkey."""
    with _alone(connection):
        _number(connection, master, now)
        with connection.transaction():
            old = signing_key(connection, master)
            if old is None:
                raise LedgerNotBegun
            new = add_signing_key(connection, master, old.name, now)
            said = f"upheld-ledger/1 key change\n{old.vkey}\n{new.vkey}\n".encode()
            signature = base64.b64encode(old.sign(said)).decode()
            key = {"old": old.vkey, "new": new.vkey, "signature": signature}
            append(connection, [Leaf(KEY_CHANGED, now, key=key)])
        # A crash here is harmless: whoever numbers next sees leaf and new key together.
        _number(connection, master, now)
    return new.vkey


def checkpoint(connection: psycopg.Connection) -> Checkpoint:
    """The last signed checkpoint. LedgerNotBegun before the first."""
    row = connection.execute(LAST).fetchone()
    if row is None:
        raise LedgerNotBegun
    return Checkpoint(row[0], row[1], row[2], row[6])


class Sequencer:
    """Numbers leaves five times a second in a thread of its own, and gathers counted uses; ends when the block ends.

    A lost connection is tried anew each period; `fault` is then the last exception's class name, None while all is well.
    """

    def __init__(self, own: OwnDatabase, master: MasterKey, now: Callable[[], datetime], period_s: float = PERIOD_S) -> None:
        self._own, self._master, self._now, self._period_s = own, master, now, period_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        self.fault: str | None = None

    def __enter__(self) -> Sequencer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._own.connection() as connection:
                    self._serve(connection)
            except Exception as error:
                self.fault = type(error).__name__
                self._stop.wait(self._period_s)

    def _serve(self, connection: psycopg.Connection) -> None:
        last_minute = None
        while not self._stop.is_set():
            now = self._now()
            if (now.hour, now.minute) != last_minute:
                with connection.transaction():
                    gather(connection, now)
                last_minute = (now.hour, now.minute)
            sequence(connection, self._master, now, wait=False)
            self.fault = None
            self._stop.wait(self._period_s)
        sequence(connection, self._master, self._now(), wait=False)


@contextlib.contextmanager
def _alone(connection: psycopg.Connection, wait: bool = True) -> Iterator[bool]:
    """The advisory lock of this ledger, held by the session: it must be ours before the snapshot is taken."""
    if wait:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        ours = True
    else:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        ours = bool(row and row[0])
    try:
        yield ours
    finally:
        if ours and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _number(connection: psycopg.Connection, master: MasterKey, now: datetime) -> int:
    with connection.transaction():
        # One snapshot for what is seen, which key is in force, and what is written down as seen.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        last = connection.execute(LAST).fetchone()
        if last is None:
            raise LedgerNotBegun
        size, _, _, packed, seen, cluster, _ = last
        here = connection.execute(CLUSTER).fetchone()
        # After a dump is restored elsewhere its transaction numbers mean nothing: then all leaves are looked at once.
        unseen = UNSEEN if here and here[0] == cluster else "true"
        hashes = connection.execute(NUMBER.format(unseen=unseen), {"size": size, "seen": seen}).fetchall()
        if not hashes:
            return 0
        frontier = unpacked(size, packed)
        kept = [node for (hash_,) in hashes for node in frontier.add(hash_)]
        if kept:
            with connection.cursor() as cursor, cursor.copy("COPY ledger_node (level, place, hash) FROM STDIN") as copy:
                for node in kept:
                    copy.write_row(node)
        key = signing_key(connection, master)
        assert key is not None
        _sign(connection, key, frontier, now)
    return len(hashes)


def _sign(connection: psycopg.Connection, key: SigningKey, frontier: Frontier, now: datetime) -> None:
    root = frontier.root()
    note = key.sign_note(f"{key.name}\n{frontier.size}\n{base64.b64encode(root).decode()}\n")
    connection.execute(
        "INSERT INTO ledger_checkpoint (size, root, note, frontier, seen, cluster, signed_at) "
        f"VALUES (%s, %s, %s, %s, pg_current_snapshot(), ({CLUSTER}), %s)",
        [frontier.size, root, note, frontier.packed(), now],
    )
