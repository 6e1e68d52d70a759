"""A table of a restored store becomes the statement that streams its keys and identifying columns out.

Whether a row still says anything of a person is asked of the store, so that frames which an erasure left are told from people. Reads only; no
key of ours and no hash is ever in the text or among the parameters.
"""

from __future__ import annotations

from upheld.engine.estate.model import Event, IdentityLink, StoreCatalogue, StoreMap, Table
from upheld.engine.plan.passes.fates import personal_columns
from upheld.engine.stores.sql.dialects import dialect_of
from upheld.engine.stores.sql.statements import Statement
from upheld.engine.stores.sql.writer import Build, any_of, quoted
from upheld.engine.stores.standing.says import says


def roots_of(store: StoreMap, table: Table, live: StoreCatalogue) -> Statement:
    """Every root row: the key's columns, the identifying columns in the order of the estate, the columns of `events_of`, and whether it says anything."""
    build = Build(live, dialect_of(store.engine))
    parts = [part for name in personal_columns(table) if (part := says(build, store, table, live, name, "t"))]
    names = [f"t.{quoted(c)}" for c in (*table.key, *(i.column for i in table.identifies), *events_of(table))]
    speaks = any_of(parts) if parts else "1 = 1"
    sql = f"SELECT {', '.join(names)}, CASE WHEN {speaks} THEN 1 ELSE 0 END FROM {build.dialect.place(table.name)} AS t"
    return Statement(sql, build.params)


def events_of(table: Table) -> tuple[str, ...]:
    """The columns that say when something happened to the row."""
    return tuple(c.name for c in table.columns if isinstance(c.role, Event))


def linking_of(store: StoreMap, table: Table, link: IdentityLink) -> Statement:
    """Every different value of an identity link's column."""
    dialect = dialect_of(store.engine)
    column = f"t.{quoted(link.column)}"
    sql = f"SELECT DISTINCT {column} FROM {dialect.place(table.name)} AS t WHERE {column} IS NOT NULL"
    return Statement(sql, {})
