"""The disclosure ledger: what of a person was given to whom, when and for what. Names of the notice alone; it goes with the person."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"

TABLES = """
CREATE TABLE person_disclosure (
    subject text NOT NULL REFERENCES person,
    recipient text NOT NULL,
    data text NOT NULL,
    given_on date NOT NULL,
    purpose text NOT NULL,
    how text NOT NULL CHECK (how IN ('reported', 'order', 'handed-over')),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (subject, recipient, data, given_on, purpose)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
