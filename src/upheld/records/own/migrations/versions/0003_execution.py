"""Asks, plans, bindings, chunks, leases, kept rows. Bindings and kept keys are sealed; all else is counts and references."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE SEQUENCE ask_number;
CREATE TABLE ask (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('access', 'erasure')),
    regime text,
    subjects integer NOT NULL,
    asked_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'running', 'waiting', 'done')),
    ended_at timestamptz,
    answer jsonb
);
CREATE TABLE ask_subject (
    ask text NOT NULL REFERENCES ask,
    subject text NOT NULL,
    position integer NOT NULL,
    binding bytea NOT NULL,
    PRIMARY KEY (ask, subject)
);
CREATE INDEX ask_subject_subject ON ask_subject (subject);
CREATE TABLE plan (
    digest text PRIMARY KEY,
    ask text NOT NULL REFERENCES ask,
    content jsonb NOT NULL,
    preview jsonb NOT NULL,
    planned_at timestamptz NOT NULL
);
CREATE INDEX plan_ask ON plan (ask);
CREATE TABLE chunk (
    plan text NOT NULL REFERENCES plan,
    store text NOT NULL,
    chunk integer NOT NULL,
    state text NOT NULL CHECK (state IN ('prepared', 'done')),
    token text NOT NULL,
    record jsonb NOT NULL,
    epoch bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (plan, store, chunk)
);
CREATE TABLE kept_row (
    plan text NOT NULL REFERENCES plan,
    store text NOT NULL,
    chunk integer NOT NULL,
    serial integer NOT NULL,
    place text NOT NULL,
    rule jsonb NOT NULL,
    until date,
    rows integer NOT NULL,
    keys bytea NOT NULL,
    PRIMARY KEY (plan, store, chunk, serial)
);
CREATE INDEX kept_row_until ON kept_row (until);
CREATE TABLE lease (
    plan text PRIMARY KEY REFERENCES plan,
    epoch bigint NOT NULL,
    until timestamptz NOT NULL
);
"""


def upgrade() -> None:
    op.execute(TABLES)
