"""Files for one person alone: where the sealed file lies, its hash, until when it is kept, and that it was fetched."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

TABLES = """
CREATE TABLE request_delivery (
    token bytea PRIMARY KEY,
    request bigint NOT NULL REFERENCES request ON DELETE CASCADE,
    name text NOT NULL,
    media_type text NOT NULL,
    file text NOT NULL,
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    fetched_at timestamptz,
    fetches int NOT NULL DEFAULT 0,
    removed_at timestamptz
);
CREATE INDEX request_delivery_request ON request_delivery (request);
"""


def upgrade() -> None:
    op.execute(TABLES)
