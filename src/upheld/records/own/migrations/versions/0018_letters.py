"""The outbox: letters on their way, sealed under keys of their cases; and which mails of the mailbox were taken."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"

TABLES = """
CREATE TABLE letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ref text NOT NULL,
    sealed_under text NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('mail', 'print')),
    state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'bounced', 'failed', 'to-post', 'posted')),
    sealed bytea NOT NULL,
    message bytea NOT NULL UNIQUE,
    tries integer NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL,
    next_at timestamptz,
    ended_at timestamptz,
    code text NOT NULL DEFAULT '',
    reply integer NOT NULL DEFAULT 0,
    twice boolean NOT NULL DEFAULT false,
    posted_by text NOT NULL DEFAULT ''
);
CREATE INDEX letter_ref ON letter (ref);
CREATE INDEX letter_open ON letter (next_at) WHERE state NOT IN ('sent', 'posted');
CREATE TABLE mail_taken (
    message bytea PRIMARY KEY,
    box bytea NOT NULL,
    validity bigint NOT NULL,
    uid bigint NOT NULL,
    ref text,
    taken_at timestamptz NOT NULL,
    moved_at timestamptz
);
CREATE INDEX mail_taken_place ON mail_taken (box, validity, uid);
"""


def upgrade() -> None:
    op.execute(TABLES)
