"""How the last turn of reading the mailbox came out, so that the desk can say when it is not read."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"

TABLES = """
CREATE TABLE mail_box (
    box bytea PRIMARY KEY,
    code text NOT NULL,
    looked_at timestamptz NOT NULL,
    read_at timestamptz
);
"""


def upgrade() -> None:
    op.execute(TABLES)
