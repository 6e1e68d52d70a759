"""Evidence of controls, when their twins last went red, causes, attestations, and the state of each clause by day."""

from __future__ import annotations

from alembic import op

from upheld.records.own.insert_only import insert_only

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE board_evidence (
    leaf uuid PRIMARY KEY,
    notice text NOT NULL,
    control text NOT NULL,
    probe text NOT NULL,
    at timestamptz NOT NULL,
    exercised bigint NOT NULL,
    outcome text NOT NULL,
    canary text NOT NULL,
    scope text[] NOT NULL,
    bypasses text[] NOT NULL,
    coverage jsonb,
    detail json NOT NULL,
    says text NOT NULL,
    mend text NOT NULL,
    serial bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX board_evidence_newest ON board_evidence (notice, control, at DESC, serial DESC);
CREATE TABLE board_twin (
    notice text NOT NULL,
    control text NOT NULL,
    probe text NOT NULL,
    at timestamptz NOT NULL,
    red boolean NOT NULL,
    says text NOT NULL,
    PRIMARY KEY (notice, control, probe, at)
);
CREATE TABLE board_cause (
    id text PRIMARY KEY,
    notice text NOT NULL,
    control text NOT NULL,
    scope text[] NOT NULL,
    opened timestamptz NOT NULL,
    says text NOT NULL,
    closed timestamptz,
    because text NOT NULL DEFAULT '',
    closed_by text NOT NULL DEFAULT '',
    serial bigint GENERATED ALWAYS AS IDENTITY
);
CREATE UNIQUE INDEX board_cause_open ON board_cause (notice, control, scope) WHERE closed IS NULL;
CREATE TABLE board_attestation (
    leaf uuid PRIMARY KEY,
    clause text NOT NULL,
    signed_by text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL
);
CREATE TABLE board_day (
    notice text NOT NULL,
    clause text NOT NULL,
    day date NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (notice, clause, day)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    insert_only(op, "board_evidence", "board_twin")
