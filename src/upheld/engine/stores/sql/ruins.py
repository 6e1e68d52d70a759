"""The standing half-erased query: rows with personal data whose person is gone or blank.

Needs no identifier and no ask, so it finds what other tools left as well as what we did. A row counts if it says something of a person, hangs on
somebody by at least one link, and every person it hangs on is missing or blank. Shared rows are left out: another owner keeps them.
"""

from __future__ import annotations

from upheld.engine.estate.model import OwningLink, StoreCatalogue, StoreMap, Table
from upheld.engine.plan.passes.fates import personal_columns
from upheld.engine.plan.steps import ByLink
from upheld.engine.stores.sql.postgresql import PostgreSQL
from upheld.engine.stores.sql.sqlite import SQLite
from upheld.engine.stores.sql.statements import Statement
from upheld.engine.stores.sql.writer import any_of, quoted, when_of


def ruins_of(store: StoreMap, table: Table, live: StoreCatalogue) -> Statement | None:
    """Counts the half-erased rows of one table; None where the table has no owner or nothing personal that may be NULL."""
    dialect = PostgreSQL() if store.engine == "postgresql" else SQLite()
    personal = _nullable(table, live)
    if table.shared or table.root is not None or not table.owning or not personal:
        return None
    says = any_of(f"t.{quoted(c)} IS NOT NULL" for c in personal)
    hangs = any_of(_hangs(link) for link in table.owning)
    alone = " AND ".join(f"NOT ({_hangs(link)} AND {_somebody(store, live, dialect, link)})" for link in table.owning)
    sql = f"SELECT count(*) FROM {dialect.place(table.name)} AS t WHERE {says} AND {hangs} AND {alone}"
    return Statement(sql, {})


def _nullable(table: Table, live: StoreCatalogue) -> list[str]:
    return [c for c in personal_columns(table) if live.tables[table.name].column(c).nullable]


def _hangs(link: OwningLink) -> str:
    parts = [f"t.{quoted(c)} IS NOT NULL" for c in link.columns]
    if link.when:
        parts.append(when_of(ByLink(link.columns, link.parent, link.parent_columns, when=link.when), "t"))
    return " AND ".join(parts)


def _somebody(store: StoreMap, live: StoreCatalogue, dialect: PostgreSQL | SQLite, link: OwningLink) -> str:
    """The parent is there and, if it is a person, says something of one."""
    on = [f"q.{quoted(p)} = t.{quoted(c)}" for c, p in zip(link.columns, link.parent_columns, strict=True)]
    parent = store.tables[link.parent]
    personal = _nullable(parent, live)
    if parent.root is not None and personal:
        on.append(any_of(f"q.{quoted(c)} IS NOT NULL" for c in personal))
    return f"EXISTS (SELECT 1 FROM {dialect.place(link.parent)} AS q WHERE {' AND '.join(on)})"
