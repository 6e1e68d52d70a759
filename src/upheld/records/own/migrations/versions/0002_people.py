"""What is known of a person: identities, choices, objections, restrictions, age, facts, holds, tombstones, suppressions."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE person (
    ref text PRIMARY KEY,
    kind text NOT NULL,
    known_since timestamptz NOT NULL
);
CREATE TABLE person_identity (
    subject text NOT NULL REFERENCES person,
    form text NOT NULL,
    sought bytea NOT NULL,
    sealed bytea NOT NULL,
    verified_at timestamptz NOT NULL,
    verified_how text NOT NULL,
    PRIMARY KEY (sought, subject)
);
CREATE INDEX person_identity_subject ON person_identity (subject);
CREATE TABLE person_choice (
    subject text NOT NULL REFERENCES person,
    choice text NOT NULL,
    answer boolean NOT NULL,
    until date,
    answered_at timestamptz NOT NULL,
    version date NOT NULL,
    channel text NOT NULL,
    leaf uuid NOT NULL,
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX person_choice_latest ON person_choice (subject, choice, serial DESC);
CREATE TABLE person_objection (
    subject text NOT NULL REFERENCES person,
    purpose text NOT NULL,
    objected_at timestamptz NOT NULL,
    ended_at timestamptz,
    leaf uuid NOT NULL,
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX person_objection_subject ON person_objection (subject);
CREATE TABLE person_restriction (
    subject text NOT NULL REFERENCES person,
    ground text NOT NULL,
    restricted_at timestamptz NOT NULL,
    lifted_at timestamptz,
    leaf uuid NOT NULL,
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX person_restriction_subject ON person_restriction (subject);
CREATE TABLE person_age (
    subject text PRIMARY KEY REFERENCES person,
    born date,
    least integer,
    below integer,
    learned_at timestamptz NOT NULL,
    learned_how text NOT NULL,
    CHECK (born IS NOT NULL OR least IS NOT NULL OR below IS NOT NULL)
);
CREATE TABLE person_fact (
    subject text NOT NULL REFERENCES person,
    kind text NOT NULL,
    name text NOT NULL,
    truth boolean,
    day date,
    learned_at timestamptz NOT NULL,
    PRIMARY KEY (subject, kind, name),
    CHECK ((truth IS NULL) <> (day IS NULL))
);
CREATE TABLE hold (
    id text PRIMARY KEY,
    ground text NOT NULL,
    clause text NOT NULL,
    source text NOT NULL,
    at text NOT NULL,
    leaves text[] NOT NULL,
    until date NOT NULL,
    accepted_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE TABLE hold_guard (
    subject text PRIMARY KEY
);
CREATE TABLE hold_subject (
    hold text NOT NULL REFERENCES hold,
    subject text NOT NULL REFERENCES hold_guard,
    PRIMARY KEY (subject, hold)
);
CREATE TABLE tombstone (
    epoch text NOT NULL,
    hash bytea NOT NULL,
    store text NOT NULL,
    kind text NOT NULL,
    form text NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (hash, store)
);
CREATE INDEX tombstone_erased_at ON tombstone (erased_at);
CREATE TABLE suppression (
    hash bytea NOT NULL,
    about text NOT NULL,
    chain integer NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (hash, about)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
