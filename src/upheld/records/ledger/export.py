"""The ledger becomes a file that anybody can verify without us. Source: `docs/ledger-format.md` §2.

One snapshot, streamed: memory does not grow with the ledger. The file appears whole or not at all. Details stay here unless asked for.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from upheld.records.keys.signing import public_keys
from upheld.records.ledger.leaf import canonical
from upheld.records.ledger.sequence import LedgerNotBegun, checkpoint

FORMAT = "upheld-ledger/1"
FETCH_ROWS = 5_000
ROWS = """
SELECT entry.n, entry.hash, leaf.leaf, point.note, detail.nonce, detail.detail
FROM ledger_entry AS entry JOIN ledger_leaf AS leaf USING (id)
LEFT JOIN ledger_checkpoint AS point ON point.size = entry.n + 1
LEFT JOIN ledger_detail AS detail ON %(details)s AND detail.leaf = entry.id
WHERE entry.n < %(size)s ORDER BY entry.n
"""


def export(connection: psycopg.Connection, path: Path, *, details: bool = False) -> int:
    """The file holds all numbered leaves and all checkpoints; the number of leaves. OSError leaves no file behind.

    With `details` it holds personal data: nonces and details that still exist are opened.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(draft, "wb", opener=_private) as out, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            size = checkpoint(connection).size
            for line in _lines(connection, size, details):
                out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return size


def first_key(connection: psycopg.Connection) -> str:
    """The vkey that a verifier must be given from outside. LedgerNotBegun before `begin`."""
    keys = public_keys(connection)
    if not keys:
        raise LedgerNotBegun
    return keys[0]


def _lines(connection: psycopg.Connection, size: int, details: bool) -> Iterator[bytes]:
    origin = first_key(connection).split("+")[0]
    yield canonical({"kind": "export", "format": FORMAT, "origin": origin, "size": size})
    if size == 0:
        yield canonical({"kind": "checkpoint", "note": checkpoint(connection).note})
    with connection.cursor("ledger_export") as rows:
        rows.itersize = FETCH_ROWS
        for n, hash_, leaf, note, nonce, detail in rows.execute(ROWS, {"details": details, "size": size}):
            # The leaf is canonical already and goes out as the bytes that were hashed, never parsed and written anew.
            yield f'{{"hash":"{base64.b64encode(hash_).decode()}","kind":"leaf","leaf":{leaf},"n":{n}}}'.encode()
            if nonce is not None:
                yield canonical({"kind": "detail", "n": n, "nonce": base64.b64encode(nonce).decode(), "detail": detail})
            if note is not None:
                yield canonical({"kind": "checkpoint", "note": note})


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
