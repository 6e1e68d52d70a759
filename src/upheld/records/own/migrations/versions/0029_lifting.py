"""The day on which a restriction ends, as the person was told it: from then on it is lifted by itself."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("ALTER TABLE person_restriction ADD COLUMN lift_on date")
