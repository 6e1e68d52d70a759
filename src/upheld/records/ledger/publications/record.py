"""A notice that is published becomes a numbered version, its files and a leaf, in the caller's one transaction.

The leaf's detail names every file with its digest, and the leaf is committed to the detail: who alters a version afterwards, even as
owner of the tables, has the leaf against them. Numbers have no gaps: publications of one notice wait for one another. Must never:
change or take back what was published. Not taken: the files in a folder beside the database; they would not be in its transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import psycopg

from upheld.records.ledger.append import append
from upheld.records.ledger.leaf import Detail, Json, Leaf

EVENT = "notice:published"
PUBLISHING = 0x7075_626C  # with the notice's name: one publication of a notice after the other


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published. `files`: name → text, all that the version consists of. `by`: a role. `because`: what for, or empty."""

    notice: str
    updated: date
    effective: date
    program_digest: str
    files: Mapping[str, str]
    by: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """A version on record. Digests in hex: of all files but the program (`text_digest`), and of the program. `leaf`: its id."""

    notice: str
    number: int
    updated: date
    effective: date
    text_digest: str
    program_digest: str
    published_at: datetime
    by: str
    because: str
    leaf: str


def register(
    connection: psycopg.Connection, given: Publication, at: datetime, unpinned: frozenset[str] = frozenset()
) -> Registered:
    """The next version of the notice is on record if the caller's transaction commits, with its leaf. 5 statements.

    `unpinned`: names of files that say nothing new, derived from the others; they are kept and pinned, and left out of `text_digest`.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [PUBLISHING, given.notice])
    row = connection.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM publication WHERE notice = %s", [given.notice]
    ).fetchone()
    assert row is not None
    text = text_digest({name: content for name, content in given.files.items() if name not in unpinned})
    made = Registered(
        given.notice, row[0], given.updated, given.effective, text, given.program_digest, at, given.by, given.because, ""
    )
    digests = {name: file_digest(content) for name, content in given.files.items()}
    leaf = Leaf(EVENT, at, counts={"version": made.number, "files": len(digests)}, detail=Detail(pinned(made, digests)))
    (id,) = append(connection, [leaf])
    connection.execute(
        "INSERT INTO publication (notice, number, updated, effective, text_digest, program_digest, published_at, published_by, because, leaf) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [made.notice, made.number, made.updated, made.effective, text, made.program_digest, at, made.by, made.because, id],
    )
    connection.execute(
        "INSERT INTO publication_file (notice, number, name, digest, content) SELECT %s, %s, * FROM unnest(%s::text[], %s::text[], %s::text[])",
        [made.notice, made.number, list(digests), list(digests.values()), list(given.files.values())],
    )
    return replace(made, leaf=id)


def pinned(made: Registered, digests: Mapping[str, str]) -> dict[str, Json]:
    """What the leaf is committed to: the whole row but the leaf's own id, and every file's digest. Nothing of a person in it."""
    return {
        "notice": made.notice,
        "number": made.number,
        "updated": made.updated.isoformat(),
        "effective": made.effective.isoformat(),
        "text": made.text_digest,
        "program": made.program_digest,
        "by": made.by,
        "because": made.because,
        "files": dict(digests),
    }


def file_digest(content: str) -> str:
    """SHA-256 over the text in UTF-8, in hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def text_digest(files: Mapping[str, str]) -> str:
    """SHA-256 (hex) over a line a file, in order of their names: digest, two spaces, name. As `sha256sum` prints it."""
    lines = (f"{file_digest(files[name])}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
