"""Versions of notices as they were published, with their files. Rows are only ever added."""

from __future__ import annotations

from alembic import op

from upheld.records.own.insert_only import insert_only

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE TABLE publication (
    notice text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    updated date NOT NULL,
    effective date NOT NULL,
    text_digest text NOT NULL,
    program_digest text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    because text NOT NULL,
    leaf uuid NOT NULL UNIQUE REFERENCES ledger_leaf,
    PRIMARY KEY (notice, number)
);
CREATE TABLE publication_file (
    notice text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (notice, number, name),
    FOREIGN KEY (notice, number) REFERENCES publication
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    insert_only(op, "publication", "publication_file")
