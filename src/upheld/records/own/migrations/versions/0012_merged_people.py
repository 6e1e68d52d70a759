"""Whom a merge makes one: the references of people who were known apart, so that what they chose is read together.

No reference to the merge: it goes with one of its people, and this row with the other; a row whose merge is gone joins nobody.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = """
CREATE TABLE merge_person (
    merge text NOT NULL,
    subject text NOT NULL REFERENCES person ON DELETE CASCADE,
    PRIMARY KEY (subject, merge)
);
CREATE INDEX merge_person_merge ON merge_person (merge);
"""


def upgrade() -> None:
    op.execute(TABLES)
