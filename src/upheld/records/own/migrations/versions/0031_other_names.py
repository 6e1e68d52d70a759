"""A hold that covers a person under further names says which these are, so that it counts people and not names."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("ALTER TABLE hold_subject ADD COLUMN also boolean NOT NULL DEFAULT false")
