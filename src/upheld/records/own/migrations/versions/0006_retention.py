"""The calendar's plans stand beside those that people ask for: a third kind of ask, of nobody."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("ALTER TABLE ask DROP CONSTRAINT ask_kind_check")
    op.execute("ALTER TABLE ask ADD CONSTRAINT ask_kind_check CHECK (kind IN ('access', 'erasure', 'retention'))")
