"""The register beside the leaves that pin it: empty when no version was altered, lost, put in or renumbered.

Assumes that leaves and details were checked themselves (`ledger.check`). One read of all files; memory holds one version at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg

from upheld.records.ledger.leaf import Json
from upheld.records.ledger.publications.read import publication_files, publications
from upheld.records.ledger.publications.record import EVENT, Registered, file_digest, pinned

SUMMARIES = {
    "V301": "a published version was altered",
    "V302": "a published version is missing",
    "V303": "a version is on record that was never published",
    "V304": "the numbers of versions have a gap",
}
# A leaf takes no free text, so that these letters stand in no other.
LEAVES = f'%"event":"{EVENT}"%'
PINNED = """
SELECT replace(leaf.id::text, '-', ''), detail.detail
FROM ledger_leaf AS leaf LEFT JOIN ledger_detail AS detail ON detail.leaf = leaf.id
WHERE leaf.leaf LIKE %s
"""


@dataclass(frozen=True, slots=True)
class PublicationFault:
    """A code of V301 … V304 at a version (`qualer 2`), or at a leaf's id where no version is left to name."""

    code: str
    at: str

    @property
    def summary(self) -> str:
        return SUMMARIES[self.code]


def verify_publications(connection: psycopg.Connection) -> tuple[int, tuple[PublicationFault, ...]]:
    """How many versions are on record, and what is wrong with them."""
    rows = publications(connection)
    leaves: dict[str, Mapping[str, Json] | None] = dict(connection.execute(PINNED, [LEAVES]).fetchall())
    return len(rows), tuple(sorted(_faults(connection, rows, leaves), key=lambda one: (one.at, one.code)))


def _faults(
    connection: psycopg.Connection, rows: tuple[Registered, ...], leaves: dict[str, Mapping[str, Json] | None]
) -> Iterator[PublicationFault]:
    numbers: dict[str, list[int]] = {}
    for row in rows:
        numbers.setdefault(row.notice, []).append(row.number)
        at = f"{row.notice} {row.number}"
        if row.leaf not in leaves:
            yield PublicationFault("V303", at)
            continue
        digests = {name: file_digest(text) for name, text in publication_files(connection, row.notice, row.number).items()}
        detail = leaves.pop(row.leaf)
        if detail is None:
            yield PublicationFault("V302", at)
        elif detail != pinned(row, digests):
            yield PublicationFault("V301", at)
    for leaf, detail in leaves.items():
        # Without its detail a leaf still says that something was published, and nobody can tell what.
        yield PublicationFault("V302", f"{detail['notice']} {detail['number']}" if detail else leaf)
    for notice, found in numbers.items():
        if found != list(range(1, len(found) + 1)):
            yield PublicationFault("V304", notice)
