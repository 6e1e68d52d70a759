"""Requests of people: the register, its timeline, what says who (sealed under each case's own key), and one-shot tokens.

The register outlives its people: dates, rights, manner and outcome of a request name nobody once the case's key is destroyed.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

TABLES = """
CREATE TABLE request (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    notice text NOT NULL,
    rights text[] NOT NULL,
    clauses text[] NOT NULL,
    regime text NOT NULL,
    country text NOT NULL,
    language text NOT NULL,
    channel text NOT NULL,
    received_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    state text NOT NULL,
    promised text NOT NULL DEFAULT '',
    acknowledge_by date,
    extend_by date,
    answer_by date,
    still boolean NOT NULL DEFAULT false,
    owner text NOT NULL DEFAULT '',
    subject text REFERENCES person ON DELETE SET NULL,
    origin bytea UNIQUE,
    link bytea NOT NULL UNIQUE,
    ended_at timestamptz,
    purged_at timestamptz
);
CREATE INDEX request_open ON request (answer_by) WHERE ended_at IS NULL;
CREATE INDEX request_subject ON request (subject);
CREATE TABLE request_event (
    serial bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    request bigint NOT NULL REFERENCES request ON DELETE CASCADE,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    note bytea,
    leaf text NOT NULL
);
CREATE INDEX request_event_request ON request_event (request, serial);
CREATE TABLE request_detail (
    request bigint NOT NULL REFERENCES request ON DELETE CASCADE,
    kind text NOT NULL,
    sealed bytea NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (request, kind)
);
CREATE TABLE request_ask (
    request bigint NOT NULL REFERENCES request ON DELETE CASCADE,
    ask text NOT NULL,
    purpose text NOT NULL,
    PRIMARY KEY (request, ask)
);
CREATE TABLE request_token (
    hash bytea PRIMARY KEY,
    request bigint NOT NULL REFERENCES request ON DELETE CASCADE,
    purpose text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX request_token_request ON request_token (request);
"""


def upgrade() -> None:
    op.execute(TABLES)
