"""Cases: numbers of holds, which kept rows a hold keeps, what an ask ends; a person's decisions about contested rows and merges."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
CREATE SEQUENCE hold_number;
CREATE SEQUENCE merge_number;
ALTER TABLE kept_row ADD COLUMN hold text;
CREATE INDEX kept_row_hold ON kept_row (hold) WHERE hold IS NOT NULL;
ALTER TABLE hold_subject ADD COLUMN binding bytea;
CREATE TABLE ending (
    ask text NOT NULL REFERENCES ask,
    plan text NOT NULL,
    store text NOT NULL,
    chunk integer NOT NULL,
    serial integer NOT NULL,
    PRIMARY KEY (ask, plan, store, chunk, serial),
    FOREIGN KEY (plan, store, chunk, serial) REFERENCES kept_row ON DELETE CASCADE
);
CREATE INDEX ending_row ON ending (plan, store, chunk, serial);
CREATE TABLE row_decision (
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL REFERENCES person,
    place text NOT NULL,
    key bytea NOT NULL,
    hers boolean NOT NULL,
    decided_at timestamptz NOT NULL,
    decided_by text NOT NULL,
    leaf uuid NOT NULL
);
CREATE INDEX row_decision_subject ON row_decision (subject);
CREATE TABLE merge (
    id text PRIMARY KEY,
    subject text NOT NULL REFERENCES person,
    roots bytea NOT NULL,
    merged_at timestamptz NOT NULL,
    merged_by text NOT NULL,
    parted_at timestamptz,
    parted_by text,
    leaf uuid NOT NULL
);
CREATE INDEX merge_subject ON merge (subject);
CREATE TABLE merge_name (
    merge text NOT NULL REFERENCES merge ON DELETE CASCADE,
    hash bytea NOT NULL,
    PRIMARY KEY (hash, merge)
);
CREATE INDEX merge_name_merge ON merge_name (merge);
"""


def upgrade() -> None:
    op.execute(TABLES)
