"""Orders to recipients: who is told what of a case, how far it is, and which answers were taken.

Who is meant, what to correct and what came back lie sealed under the case's key: destroying that leaves numbers and dates. The key of an
order is what a recipient knows it again by. `recipient_callback` remembers answers that were taken, so that none counts twice.
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"

TABLES = """
CREATE TABLE recipient_order (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL,
    recipient text NOT NULL,
    connector text NOT NULL,
    reached text NOT NULL,
    act text NOT NULL,
    regime text NOT NULL,
    key uuid NOT NULL UNIQUE,
    same bytea NOT NULL,
    sealed bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'told', 'acknowledged', 'done', 'refused', 'failed', 'waits-for-person')),
    code text NOT NULL DEFAULT '',
    tries integer NOT NULL DEFAULT 0,
    faults integer NOT NULL DEFAULT 0,
    reminders integer NOT NULL DEFAULT 0,
    placed_at timestamptz NOT NULL,
    told_at timestamptz,
    next_at timestamptz,
    remind_at timestamptz,
    claimed_until timestamptz,
    ended_at timestamptz,
    handle bytea,
    answer bytea,
    receipt bytea,
    real boolean NOT NULL DEFAULT false,
    answered_by text NOT NULL DEFAULT '',
    UNIQUE (reference, recipient, act, same)
);
CREATE INDEX recipient_order_waiting ON recipient_order (next_at) WHERE ended_at IS NULL;
CREATE INDEX recipient_order_reached ON recipient_order (recipient) WHERE real;
CREATE TABLE recipient_callback (
    digest bytea PRIMARY KEY,
    received_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    op.execute(TABLES)
