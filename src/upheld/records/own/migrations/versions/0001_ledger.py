"""Keys, the ledger, the counters of allowed uses. The ledger's tables only grow."""

from __future__ import annotations

from alembic import op

from upheld.records.own.insert_only import FUNCTION, insert_only

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE ask_key (
    ask text PRIMARY KEY,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE TABLE signing_key (
    name text NOT NULL,
    vkey text PRIMARY KEY,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL,
    serial integer GENERATED ALWAYS AS IDENTITY
);
CREATE TABLE hash_key (
    use text NOT NULL,
    epoch text NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (use, epoch)
);
CREATE TABLE ledger_leaf (
    id uuid PRIMARY KEY,
    leaf text NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX ledger_leaf_transaction ON ledger_leaf (transaction);
CREATE TABLE ledger_entry (
    n bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE REFERENCES ledger_leaf,
    hash bytea NOT NULL
);
CREATE TABLE ledger_node (
    level smallint NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, place)
);
CREATE TABLE ledger_checkpoint (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    note text NOT NULL,
    frontier bytea NOT NULL,
    seen pg_snapshot NOT NULL,
    cluster text NOT NULL,
    signed_at timestamptz NOT NULL
);
CREATE TABLE ledger_detail (
    leaf uuid PRIMARY KEY,
    nonce bytea NOT NULL,
    detail jsonb NOT NULL,
    subject text
);
CREATE INDEX ledger_detail_subject ON ledger_detail (subject);
CREATE TABLE ledger_use (
    gate text NOT NULL,
    clause text NOT NULL,
    minute timestamptz NOT NULL,
    uses bigint NOT NULL,
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX ledger_use_minute ON ledger_use (minute);
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(FUNCTION)
    insert_only(op, "ledger_leaf", "ledger_entry", "ledger_node", "ledger_checkpoint", "signing_key")
