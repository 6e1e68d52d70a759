"""A person's supplementary statement becomes a row beside her data: sealed, shown in every access answer, gone with her.

GDPR Art. 16: data that are incomplete are completed, also by means of a supplementary statement. The firm's stores are not touched by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import psycopg

from upheld.records.keys import MasterKey
from upheld.records.people.rights.told import opened_words, sealed_words, tell


def record_statement(
    connection: psycopg.Connection, master: MasterKey, subject: str, about: str, words: str, at: datetime, clauses: tuple[str, ...] = ()
) -> int:  # fmt: skip
    """The statement stands beside what it is `about` (a category, or store.table.column); its number."""
    leaf = tell(connection, "statement:recorded", at, clauses, subject, {"about": about})
    row = connection.execute(
        "INSERT INTO person_statement (subject, about, words, stated_at, leaf) VALUES (%s, %s, %s, %s, %s) RETURNING serial",
        [subject, about, sealed_words(connection, master, subject, words), at, leaf],
    ).fetchone()
    assert row is not None
    return int(row[0])


def withdraw_statement(connection: psycopg.Connection, subject: str, serial: int, at: datetime) -> bool:
    """The person takes this statement of hers back: it is shown no more; True if it stood."""
    row = connection.execute(
        "UPDATE person_statement SET withdrawn_at = %s WHERE subject = %s AND serial = %s AND withdrawn_at IS NULL RETURNING about",
        [at, subject, serial],
    ).fetchone()
    if row is not None:
        tell(connection, "statement:withdrawn", at, (), subject, {"about": row[0]})
    return row is not None


def opened_statements(connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str]) -> list[tuple[object, ...]]:
    """(ref, about, words, since when, until when) of each statement of these people, for their own eyes."""
    rows = connection.execute(
        "SELECT subject, about, words, stated_at, withdrawn_at FROM person_statement WHERE subject = ANY(%s) ORDER BY serial",
        [list(subjects)],
    ).fetchall()
    return [(ref, about, opened_words(connection, master, ref, words), at, until) for ref, about, words, at, until in rows]
