"""Files that an erasure must take along are on record, sealed, from before the store's commit until they are gone."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = """
CREATE TABLE chunk_file (
    plan text NOT NULL REFERENCES plan,
    store text NOT NULL,
    chunk integer NOT NULL,
    files bytea NOT NULL,
    PRIMARY KEY (plan, store, chunk)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
