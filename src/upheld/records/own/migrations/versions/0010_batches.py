"""An ask may wait for the daily batch: empty while it waits, then the number of the batch that carries it, its own if it is one."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE ask ADD COLUMN batch text")
    op.execute("CREATE INDEX ask_batch ON ask (batch) WHERE batch IS NOT NULL")
