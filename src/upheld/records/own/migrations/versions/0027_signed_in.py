"""Sessions of people whom the firm's own application has signed in: who, sealed under the session's own key, and until when."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"

TABLES = """
CREATE TABLE person_session (
    token bytea PRIMARY KEY,
    handed bytea NOT NULL UNIQUE,
    sealed bytea NOT NULL,
    began_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX person_session_ends ON person_session (ends_at);
"""


def upgrade() -> None:
    op.execute(TABLES)
