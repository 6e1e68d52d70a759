"""A table becomes one to which rows are only ever added.

Twice over: the app role loses UPDATE, DELETE and TRUNCATE, and a trigger refuses them to everybody, the owner included, so that an
installation with one role is not left open by mistake. Used by migrations alone.
"""

from __future__ import annotations

from typing import Protocol


class Operations(Protocol):
    """What a migration's `op` offers."""

    def execute(self, sqltext: str) -> None: ...


FUNCTION = """
CREATE FUNCTION upheld_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$
"""

REVOKE = """
DO $$ BEGIN
  IF current_setting('upheld.app_role', true) NOT IN ('', current_user) THEN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', '{table}', current_setting('upheld.app_role', true));
  END IF;
END $$
"""


def insert_only(op: Operations, *tables: str) -> None:
    """From now on rows of `tables` can be inserted and read, and nothing else."""
    for table in tables:
        op.execute(REVOKE.format(table=table))
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION upheld_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION upheld_refuse_change()"
        )
