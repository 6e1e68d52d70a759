"""Agents of the Data Rights Protocol: the token of each, messages that were used once, and the requests that each manages."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"

TABLES = """
CREATE TABLE agent_token (
    hash bytea PRIMARY KEY,
    agent text NOT NULL,
    made_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX agent_token_agent ON agent_token (agent) WHERE ended_at IS NULL;
CREATE TABLE agent_message (
    hash bytea PRIMARY KEY,
    agent text NOT NULL,
    until timestamptz NOT NULL
);
CREATE TABLE agent_request (
    id text PRIMARY KEY,
    request bigint NOT NULL UNIQUE REFERENCES request ON DELETE CASCADE,
    agent text NOT NULL,
    meaning bytea NOT NULL,
    calls boolean NOT NULL,
    told text NOT NULL,
    tries int NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    op.execute(TABLES)
