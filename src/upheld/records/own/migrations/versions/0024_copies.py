"""Copies that people had: a keyed hash of what they proved, and when, for as long as a further copy may cost something."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"

TABLES = """
CREATE TABLE request_copy (
    person bytea NOT NULL,
    request bigint NOT NULL REFERENCES request ON DELETE CASCADE,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (person, request)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
