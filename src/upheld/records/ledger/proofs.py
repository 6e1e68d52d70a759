"""A numbered leaf becomes a proof that it is in the tree, and an older tree that it is the beginning of the newer.

Reads kept nodes; writes nothing. A proof costs about two statements per level of the tree.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from upheld.records.ledger.sequence import checkpoint
from upheld.records.ledger.tree import consistency_path, inclusion_path


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Leaf `n` with `hash` is in the tree of the checkpoint `note`. Hashes from the leaf up."""

    n: int
    size: int
    hash: bytes
    path: tuple[bytes, ...]
    note: str
    leaf: str

    def as_json(self) -> dict[str, object]:
        """For answers: hashes in base64, as `docs/ledger-format.md` says."""
        path = [base64.b64encode(hash_).decode() for hash_ in self.path]
        return {"n": self.n, "size": self.size, "path": path, "checkpoint": self.note, "leaf": self.leaf}


class StoredNodes:
    """Complete nodes as our tables keep them: leaf hashes with the entries, every eighth level beside them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def read(self, level: int, start: int, end: int) -> list[bytes]:
        if level == 0:
            statement, place = "SELECT hash FROM ledger_entry WHERE n >= %s AND n < %s ORDER BY n", [start, end]
        else:
            statement = "SELECT hash FROM ledger_node WHERE level = %s AND place >= %s AND place < %s ORDER BY place"
            place = [level, start, end]
        hashes = [row[0] for row in self._connection.execute(statement, place).fetchall()]
        if len(hashes) != end - start:
            raise LookupError("the tree has a hole; upheld verify says where")
        return hashes


def entry_of(connection: psycopg.Connection, ids: Sequence[str]) -> dict[str, int]:
    """The numbers of these leaves, by id (32 hex digits); those not yet numbered are left out. One statement."""
    rows = connection.execute("SELECT id, n FROM ledger_entry WHERE id = ANY(%s::uuid[])", [list(ids)]).fetchall()
    return {id.hex: n for id, n in rows}


def inclusion_proof(connection: psycopg.Connection, n: int, size: int | None = None) -> InclusionProof:
    """Proof of leaf `n` in the tree of the last checkpoint, or of the checkpoint of `size`. ValueError: none such."""
    if size is None:
        last = checkpoint(connection)
        size, note = last.size, last.note
    else:
        row = connection.execute("SELECT note FROM ledger_checkpoint WHERE size = %s", [size]).fetchone()
        if row is None:
            raise ValueError("no checkpoint was signed at this size")
        note = row[0]
    path = inclusion_path(StoredNodes(connection), n, size)
    row = connection.execute("SELECT hash, leaf FROM ledger_entry JOIN ledger_leaf USING (id) WHERE n = %s", [n]).fetchone()
    assert row is not None
    return InclusionProof(n, size, row[0], tuple(path), note, row[1])


def consistency_proof(connection: psycopg.Connection, old: int, new: int) -> tuple[bytes, ...]:
    """That the first `old` of `new` leaves are unchanged. ValueError unless 0 < old ≤ new."""
    return tuple(consistency_path(StoredNodes(connection), old, new))
