"""Counts of how often somebody did a thing, shared by all processes; and whether a password was handed over by somebody else."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"

# Unlogged: what a crash forgets here nobody misses, and no count waits for the disk.
TABLES = """
CREATE UNLOGGED TABLE rate_count (
    about bytea PRIMARY KEY,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    count integer NOT NULL
);
CREATE INDEX rate_count_until ON rate_count (until);
ALTER TABLE staff ADD COLUMN password_handed boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(TABLES)
