"""Our own ledger tables become a list of what is wrong with them: empty when nothing was changed, lost or put in.

Every hash is made anew from the leaves' text. This is the house checking itself; whoever does not trust the house takes an export and
the independent verifier. Streams; memory does not grow with the ledger.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from upheld.records.keys.signing import is_signed, is_signed_note, public_keys
from upheld.records.ledger.leaf import KEY_CHANGED, Json, commitment
from upheld.records.ledger.tree import STEP, Frontier, leaf_hash

FETCH_ROWS = 5_000
SUMMARIES = {
    "V101": "a leaf of the ledger was changed",
    "V102": "the ledger's numbers have a hole",
    "V103": "a checkpoint does not fit the leaves",
    "V104": "a checkpoint is not signed by the ledger's key",
    "V105": "a detail does not fit its leaf",
    "V106": "a key change was not signed by the key before it",
    "V107": "the ledger has not begun",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A code of V101 … V107 at an entry (or a checkpoint's size)."""

    code: str
    at: int

    @property
    def summary(self) -> str:
        return SUMMARIES[self.code]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong. `unnumbered` leaves wait for the sequencer; that is no fault."""

    leaves: int
    checkpoints: int
    details: int
    unnumbered: int
    findings: tuple[Finding, ...]


ENTRIES = """
SELECT entry.n, entry.hash, leaf.leaf, point.root, point.note, detail.nonce, detail.detail
FROM ledger_entry AS entry JOIN ledger_leaf AS leaf USING (id)
LEFT JOIN ledger_checkpoint AS point ON point.size = entry.n + 1
LEFT JOIN ledger_detail AS detail ON detail.leaf = entry.id
ORDER BY entry.n
"""
FINDINGS_MAX = 100


def verify_tables(connection: psycopg.Connection, pinned: str | None = None) -> Verified:
    """All leaves, nodes, checkpoints and details of our own tables, checked. `pinned`: the first vkey, known from outside.

    At most 100 findings. One read-only snapshot.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        keys = public_keys(connection)
        if not keys:
            return Verified(0, 0, 0, 0, (Finding("V107", 0),))
        walk = _Walk(connection, keys, pinned or keys[0])
        findings = []
        for finding in walk.run():
            findings.append(finding)
            if len(findings) == FINDINGS_MAX:
                break
        row = connection.execute(
            "SELECT (SELECT count(*) FROM ledger_leaf) - (SELECT count(*) FROM ledger_entry), count(*) FROM ledger_checkpoint WHERE size > 0"
        ).fetchone()
        assert row is not None
        return Verified(walk.frontier.size, row[1], walk.details, max(row[0], 0), tuple(findings))


class _Walk:
    def __init__(self, connection: psycopg.Connection, keys: list[str], first: str) -> None:
        self.connection, self.key, self.keys = connection, first, keys
        self.frontier, self.details = Frontier(), 0

    def run(self) -> Iterator[Finding]:
        if self.key != self.keys[0]:
            yield Finding("V104", 0)
        yield from self._beginning()
        nodes = dict(self._kept())
        with self.connection.cursor("ledger_check") as rows:
            rows.itersize = FETCH_ROWS
            for n, hash_, leaf, root, note, nonce, detail in rows.execute(ENTRIES):
                if n != self.frontier.size:
                    yield Finding("V102", self.frontier.size)
                    return
                actual = leaf_hash(leaf.encode())
                if actual != hash_:
                    yield Finding("V101", n)
                for level, place, node in self.frontier.add(actual):
                    if nodes.pop((level, place), None) != node:
                        yield Finding("V103", n)
                body = _parsed(leaf)
                if body.get("event") == KEY_CHANGED:
                    yield from self._key_change(n, body)
                if nonce is not None:
                    self.details += 1
                    yield from self._detail(n, body, nonce, detail)
                if note is not None:
                    yield from self._checkpoint(n + 1, root, note)
        yield from self._ending(bool(nodes))

    def _kept(self) -> Iterator[tuple[tuple[int, int], bytes]]:
        for level, place, hash_ in self.connection.execute(
            "SELECT level, place, hash FROM ledger_node WHERE level %% %s = 0", [STEP]
        ):
            yield (level, place), hash_

    def _beginning(self) -> Iterator[Finding]:
        row = self.connection.execute("SELECT root, note FROM ledger_checkpoint WHERE size = 0").fetchone()
        if row is not None:
            yield from self._checkpoint(0, *row)

    def _ending(self, surplus: bool) -> Iterator[Finding]:
        row = self.connection.execute("SELECT coalesce(max(size), -1) FROM ledger_checkpoint").fetchone()
        if surplus or row is None or row[0] != self.frontier.size:
            yield Finding("V103", self.frontier.size)

    def _checkpoint(self, size: int, root: bytes, note: str) -> Iterator[Finding]:
        stated = f"{self.key.split('+')[0]}\n{size}\n{base64.b64encode(self.frontier.root()).decode()}\n"
        if root != self.frontier.root() or not note.startswith(f"{stated}\n"):
            yield Finding("V103", size)
        elif not is_signed_note(self.key, note):
            yield Finding("V104", size)

    def _detail(self, n: int, body: dict[str, object], nonce: bytes, detail: dict[str, Json]) -> Iterator[Finding]:
        if body.get("commitment") != base64.b64encode(commitment(nonce, detail)).decode():
            yield Finding("V105", n)

    def _key_change(self, n: int, body: dict[str, object]) -> Iterator[Finding]:
        key = body.get("key")
        old, new, signature = (str(key.get(word, "")) if isinstance(key, dict) else "" for word in ("old", "new", "signature"))
        said = f"upheld-ledger/1 key change\n{old}\n{new}\n".encode()
        try:
            signed = is_signed(self.key, said, base64.b64decode(signature))
        except ValueError:
            signed = False
        if old != self.key or not signed:
            yield Finding("V106", n)
        # Read on with the key that is named, so that one fault does not colour every checkpoint after it.
        self.key = new or self.key


def _parsed(leaf: str) -> dict[str, object]:
    try:
        body = json.loads(leaf)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
