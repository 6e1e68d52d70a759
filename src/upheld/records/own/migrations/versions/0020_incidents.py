"""Incidents: that something went against a promise or a law, what of, and how it was closed."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"

TABLES = """
CREATE TABLE incident (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    about text NOT NULL,
    clauses text[] NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by text NOT NULL DEFAULT '',
    cause text NOT NULL DEFAULT '',
    leaf text NOT NULL,
    UNIQUE (kind, about)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
