"""Rows of the register become versions and their files, as they stand there now."""

from __future__ import annotations

import psycopg

from upheld.records.ledger.publications.record import Registered

ROWS = """
SELECT notice, number, updated, effective, text_digest, program_digest, published_at, published_by, because, replace(leaf::text, '-', '')
FROM publication WHERE %(notice)s::text IS NULL OR notice = %(notice)s ORDER BY notice, number
"""


def publications(connection: psycopg.Connection, notice: str | None = None) -> tuple[Registered, ...]:
    """Every version of the notice (None: of every notice), the first first. One statement."""
    rows = connection.execute(ROWS, {"notice": notice}).fetchall()
    return tuple(Registered(*row) for row in rows)


def published(connection: psycopg.Connection, notice: str) -> tuple[tuple[Registered, dict[str, str]], ...]:
    """Every version of the notice with its files, the first first. A statement, and one a version."""
    found = publications(connection, notice)
    return tuple((each, publication_files(connection, each.notice, each.number)) for each in found)


def publication_files(connection: psycopg.Connection, notice: str, number: int) -> dict[str, str]:
    """Name → text of one version's files, in order of their names; empty where there is no such version. One statement."""
    return dict(
        connection.execute(
            "SELECT name, content FROM publication_file WHERE notice = %s AND number = %s ORDER BY name", [notice, number]
        ).fetchall()
    )
