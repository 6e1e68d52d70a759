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
from upheld.records.ledger.leaf import Json, canonical
from upheld.records.ledger.publications.check import LEAVES
from upheld.records.ledger.publications.read import publication_files, publications
from upheld.records.ledger.publications.record import pinned
from upheld.records.ledger.sequence import LedgerNotBegun, checkpoint

FORMAT = "upheld-ledger/1"
FETCH_ROWS = 5_000
ROWS = """
SELECT entry.n, entry.hash, leaf.leaf, point.note, detail.nonce, detail.detail, replace(leaf.id::text, '-', '')
FROM ledger_entry AS entry JOIN ledger_leaf AS leaf USING (id)
LEFT JOIN ledger_checkpoint AS point ON point.size = entry.n + 1
LEFT JOIN ledger_detail AS detail
  ON detail.leaf = entry.id AND (%(details)s OR leaf.leaf LIKE %(published)s)
WHERE entry.n < %(size)s ORDER BY entry.n
"""


def export(connection: psycopg.Connection, path: Path, *, details: bool = False) -> int:
    """The file holds all numbered leaves and all checkpoints; the number of leaves. OSError leaves no file behind.

    Versions of notices go out whole: their details, which name nobody, and their files as the register holds them now. With `details` it
    holds personal data: nonces and details that still exist are opened.
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
    published = _publications(connection)
    with connection.cursor("ledger_export") as rows:
        rows.itersize = FETCH_ROWS
        given = {"details": details, "size": size, "published": LEAVES}
        for n, hash_, leaf, note, nonce, detail, id in rows.execute(ROWS, given):
            # The leaf is canonical already and goes out as the bytes that were hashed, never parsed and written anew.
            yield f'{{"hash":"{base64.b64encode(hash_).decode()}","kind":"leaf","leaf":{leaf},"n":{n}}}'.encode()
            if nonce is not None:
                yield canonical({"kind": "detail", "n": n, "nonce": base64.b64encode(nonce).decode(), "detail": detail})
            if id in published:
                yield canonical({"kind": "publication", "n": n, **published[id]})
            if note is not None:
                yield canonical({"kind": "checkpoint", "note": note})


def _publications(connection: psycopg.Connection) -> dict[str, dict[str, Json]]:
    """By leaf: the row of the register and the version's files, as they stand now."""
    found: dict[str, dict[str, Json]] = {}
    for row in publications(connection):
        files = publication_files(connection, row.notice, row.number)
        record = {name: value for name, value in pinned(row, {}).items() if name != "files"}
        found[row.leaf] = {"record": record, "files": dict(files)}
    return found


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
