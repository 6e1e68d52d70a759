"""Accounts that are closed are asks like any other."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"

KINDS = """
ALTER TABLE ask DROP CONSTRAINT ask_kind_check;
ALTER TABLE ask ADD CONSTRAINT ask_kind_check CHECK (kind IN (
    'access', 'portability', 'rectification', 'erasure', 'restriction', 'objection', 'objection-direct-marketing', 'retention', 'child-found',
    'replay-after-restore', 'closing'
));
"""


def upgrade() -> None:
    op.execute(KINDS)
