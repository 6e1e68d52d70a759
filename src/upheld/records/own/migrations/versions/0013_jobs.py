"""Jobs that wait to be done: the tables, functions and triggers of Procrastinate 3.10, and what went wrong with a job last.

The library's own file is run as it lies in the package; a test pins its text, so that another release of it comes with a migration.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = """
CREATE TABLE job_fault (
    job bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    fault text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX job_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing');
"""


def schema_file() -> Path:
    """Where the library keeps its schema. It is found, not imported: importing it takes longer than the migration."""
    spec = find_spec("procrastinate")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "sql" / "schema.sql"


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(
        schema_file().read_text("utf-8")
    )  # several statements, without parameters: past SQLAlchemy's reading of them
    op.execute(TABLES)
