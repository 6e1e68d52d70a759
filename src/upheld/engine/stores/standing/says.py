"""A personal column becomes the condition that it still says something: it holds what no erasure of ours, and no blank, would have left.

The mirror image of `choose`: NULL says nothing, nor does the neutral value, the token or the pruned document that blanking would have put there,
nor an empty text or a declared placeholder, which is what other tools leave. Not promised: that a token is told from a person's own text
of the same length and letters, nor anything of a uuid, since every uuid looks like a token.
"""

from __future__ import annotations

from typing import assert_never

from upheld.engine.estate.model import LiveColumn, Role, StoreCatalogue, StoreMap, Table
from upheld.engine.estate.replacements import Blanking, rekeying
from upheld.engine.plan.model import Coarser, Mark, Put, Refused, RemovePaths, SetNull, SetToken, SetValue
from upheld.engine.plan.passes.replacements import choose
from upheld.engine.stores.sql.postgresql import PostgreSQL, base_type
from upheld.engine.stores.sql.sqlite import SQLite
from upheld.engine.stores.sql.writer import Build, quoted


def says(build: Build, store: StoreMap, table: Table, live: StoreCatalogue, name: str, alias: str) -> str:
    """True, and never NULL, where the column of this row says something of a person. A generated column never does: its sources do."""
    found = live.tables[table.name]
    column, role = found.column(name), table.column(name).role
    sql = f"{alias}.{quoted(name)}"
    replacement = choose(f"{store.store}.{table.name}.{name}", found, column, role, _referenced(live, table.name))
    if isinstance(replacement, Refused) and name in found.primary_key:
        token = rekeying(live.tables, table.name, name, store.engine)
        replacement = SetToken(token.length) if isinstance(token, Blanking) else replacement
    match replacement:
        case None:
            return ""
        case Refused() | SetNull():
            return f"({sql} IS NOT NULL{_filled(build, store, table, column, sql)})"
        case SetToken(length=length):
            if column.family == "uuid":
                return ""
            return f"({sql} IS NOT NULL AND {_no_token(build, sql, length or 32)}{_filled(build, store, table, column, sql)})"
        case SetValue(value=value):
            constant = str(int(value)) if isinstance(value, int) else _text(build, value)
            if isinstance(build.dialect, PostgreSQL):
                bare = {True: "true", False: "false"}.get(value, constant) if isinstance(value, bool) else constant
                constant = f"{bare}::{base_type(column)}"
            return f"({sql} IS NOT NULL AND {build.dialect.differs(sql, constant)})"
        case RemovePaths():
            return _document(build, column, role, sql, alias, replacement)
        case Coarser() | Mark() | Put():
            return ""  # of an anonymised row, which is nobody's
        case _:
            assert_never(replacement)


def _referenced(live: StoreCatalogue, name: str) -> frozenset[str]:
    keys = (key for table in live.tables.values() for key in table.foreign_keys if key.target == name)
    return frozenset(column for key in keys for column in key.target_columns)


def _filled(build: Build, store: StoreMap, table: Table, column: LiveColumn, sql: str) -> str:
    """Neither empty nor a placeholder of the estate; only texts can be either."""
    if column.family != "text":
        return ""
    words = sorted({"", *(word.strip().lower() for word in (*store.placeholders, *table.placeholders))})
    return f" AND lower(trim({sql})) NOT IN ({', '.join(_text(build, word) for word in words)})"


def _no_token(build: Build, sql: str, length: int) -> str:
    if isinstance(build.dialect, SQLite):
        return f"NOT (length({sql}) = {length} AND {sql} NOT GLOB '*[^0-9a-f]*')"
    matches = "~" if isinstance(build.dialect, PostgreSQL) else "REGEXP"
    return f"NOT ({sql} {matches} '^[0-9a-f]{{{length}}}$')"


def _document(build: Build, column: LiveColumn, role: Role, sql: str, alias: str, removal: RemovePaths) -> str:
    """Blanking it would change it. The dialect names the column `t`, so the row is looked at under that name."""
    pruned = build.dialect.replaced(build, "", [], column, removal)
    if alias != "t":
        pruned = pruned.replace(f"t.{quoted(column.name)}", sql)
    if not isinstance(build.dialect, PostgreSQL):
        # A text that JSON cannot read is undeclared as a whole, and differs from what would stand in its place.
        return f"({sql} IS NOT NULL AND {build.dialect.differs(sql, pruned)})"
    return f"({sql} IS NOT NULL AND {build.dialect.differs(f'{sql}::jsonb', f'({pruned})::jsonb')})"


def _text(build: Build, value: str) -> str:
    escaped = value.replace("'", "''")
    # psycopg reads a lone % as the beginning of a parameter.
    return f"'{escaped.replace('%', '%%')}'" if isinstance(build.dialect, PostgreSQL) else f"'{escaped}'"
