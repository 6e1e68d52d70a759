"""Papers that prove who somebody is, or for whom: sealed under a key of their own, which goes with the decision."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"

TABLES = """
CREATE TABLE request_paper (
    serial bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    request bigint NOT NULL REFERENCES request ON DELETE CASCADE,
    item text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    file text NOT NULL,
    received_at timestamptz NOT NULL,
    destroyed_at timestamptz
);
CREATE INDEX request_paper_request ON request_paper (request);
"""


def upgrade() -> None:
    op.execute(TABLES)
