"""Asks of every kind that the product knows; people who are forgotten once their last hold ends; replays; the second date of an erasure."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
ALTER TABLE ask DROP CONSTRAINT ask_kind_check;
ALTER TABLE ask ADD CONSTRAINT ask_kind_check CHECK (kind IN (
    'access', 'rectification', 'erasure', 'restriction', 'portability', 'objection', 'objection-direct-marketing', 'retention',
    'child-found', 'replay-after-restore'));
ALTER TABLE person ADD COLUMN erased_at timestamptz;
CREATE INDEX person_erased_at ON person (erased_at) WHERE erased_at IS NOT NULL;
CREATE TABLE replay (
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store text NOT NULL,
    backup_taken_at timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    identities bigint NOT NULL,
    ask text REFERENCES ask,
    done_at timestamptz
);
CREATE INDEX replay_store ON replay (store, backup_taken_at);
CREATE INDEX replay_ask ON replay (ask);
CREATE TABLE overwriting (
    ask text NOT NULL REFERENCES ask,
    store text NOT NULL,
    unreachable_since timestamptz NOT NULL,
    tables text[] NOT NULL,
    due date,
    clauses text[] NOT NULL,
    overwritten_since timestamptz,
    PRIMARY KEY (ask, store)
);
CREATE INDEX overwriting_open ON overwriting (store) WHERE overwritten_since IS NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)
