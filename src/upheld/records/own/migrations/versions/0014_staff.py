"""The firm's people at the desk: accounts, recovery codes, sessions, tries, API tokens, approvals."""

from __future__ import annotations

from alembic import op

from upheld.records.own.insert_only import insert_only

revision = "0014"
down_revision = "0013"

TABLES = """
CREATE TABLE staff (
    ref text PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    role text NOT NULL CHECK (role IN ('privacy-lead', 'verifier', 'operator', 'auditor')),
    password text,
    password_alone boolean NOT NULL DEFAULT false,
    password_set_at timestamptz,
    totp bytea,
    totp_on boolean NOT NULL DEFAULT false,
    totp_step bigint NOT NULL DEFAULT 0,
    added_at timestamptz NOT NULL,
    disabled_at timestamptz
);
CREATE TABLE staff_recovery (
    staff text NOT NULL REFERENCES staff ON DELETE CASCADE,
    hash bytea NOT NULL,
    PRIMARY KEY (staff, hash)
);
CREATE TABLE staff_session (
    hash bytea PRIMARY KEY,
    number text NOT NULL UNIQUE,
    staff text NOT NULL REFERENCES staff ON DELETE CASCADE,
    half boolean NOT NULL,
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX staff_session_staff ON staff_session (staff);
CREATE TABLE staff_try (
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    about bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX staff_try_about ON staff_try (about);
CREATE INDEX staff_try_at ON staff_try (at);
CREATE TABLE staff_token (
    hash bytea PRIMARY KEY,
    number text NOT NULL UNIQUE,
    staff text NOT NULL REFERENCES staff ON DELETE CASCADE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    made_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX staff_token_staff ON staff_token (staff);
CREATE TABLE staff_approval (
    about text NOT NULL,
    act text NOT NULL,
    what text NOT NULL,
    staff text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    leaf uuid NOT NULL REFERENCES ledger_leaf,
    PRIMARY KEY (about, act, what, staff)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    insert_only(op, "staff_approval")
