"""Rights that change or stop something: what was corrected, what a person says beside her data, disputes, objections that are weighed, reviews of decisions."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"

TABLES = """
CREATE TABLE corrected (
    ask text NOT NULL REFERENCES ask,
    store text NOT NULL,
    subject text NOT NULL REFERENCES person,
    cells bytea NOT NULL,
    corrected_at timestamptz NOT NULL,
    PRIMARY KEY (ask, store, subject)
);
CREATE INDEX corrected_subject ON corrected (subject);
CREATE TABLE person_statement (
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL REFERENCES person,
    about text NOT NULL,
    words bytea NOT NULL,
    stated_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    leaf uuid NOT NULL
);
CREATE INDEX person_statement_subject ON person_statement (subject);
CREATE TABLE person_dispute (
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL REFERENCES person,
    about text NOT NULL,
    disputed_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text,
    leaf uuid NOT NULL
);
CREATE INDEX person_dispute_subject ON person_dispute (subject);
ALTER TABLE person_restriction
    ADD COLUMN purposes text[],
    ADD COLUMN data text[],
    ADD COLUMN announced_at timestamptz,
    ADD COLUMN announced_how text;
ALTER TABLE person_objection
    ADD COLUMN decision text,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN decided_by text,
    ADD COLUMN excepted_until date,
    ADD COLUMN excepted_by text;
CREATE SEQUENCE review_number;
CREATE TABLE decision_review (
    id text PRIMARY KEY,
    subject text NOT NULL REFERENCES person,
    point text NOT NULL,
    proposed bytea NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided bytea,
    decided_at timestamptz,
    decided_by text,
    leaf uuid NOT NULL
);
CREATE INDEX decision_review_subject ON decision_review (subject);
"""


def upgrade() -> None:
    op.execute(TABLES)
