"""Where mails that were taken lie in the mailbox's folder, so that they go with the case that they belong to."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"

TABLES = """
CREATE TABLE mail_place (
    box bytea NOT NULL,
    validity bigint NOT NULL,
    uid bigint NOT NULL,
    message bytea NOT NULL REFERENCES mail_taken,
    PRIMARY KEY (box, validity, uid)
);
CREATE INDEX mail_place_message ON mail_place (message);
CREATE INDEX mail_taken_ref ON mail_taken (ref);
"""


def upgrade() -> None:
    op.execute(TABLES)
