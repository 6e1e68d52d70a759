"""Whose the kept rows were: names as keyed hashes, places in the sealed lists of keys; both go with the rows."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
CREATE TABLE kept_name (
    hash bytea NOT NULL,
    person bytea NOT NULL,
    epoch text NOT NULL,
    PRIMARY KEY (hash, person)
);
CREATE INDEX kept_name_person ON kept_name (person);
CREATE TABLE kept_share (
    person bytea NOT NULL,
    plan text NOT NULL,
    store text NOT NULL,
    chunk integer NOT NULL,
    serial integer NOT NULL,
    places bytea NOT NULL,
    PRIMARY KEY (person, plan, store, chunk, serial),
    FOREIGN KEY (plan, store, chunk, serial) REFERENCES kept_row ON DELETE CASCADE
);
CREATE INDEX kept_share_row ON kept_share (plan, store, chunk, serial);
"""


def upgrade() -> None:
    op.execute(TABLES)
