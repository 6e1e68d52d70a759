"""Columns that the calendar cannot end become one count of the rows that hold something in any of them."""

from __future__ import annotations

from upheld.engine.estate.model import Engine
from upheld.engine.stores.sql.dialects import dialect_of
from upheld.engine.stores.sql.statements import Statement
from upheld.engine.stores.sql.writer import quoted


def bare_rows(table: str, columns: tuple[str, ...], engine: Engine) -> Statement:
    """The count of rows of `table` in which any of `columns` is not NULL."""
    holds = " OR ".join(f"t.{quoted(c)} IS NOT NULL" for c in columns)
    return Statement(f"SELECT count(*) FROM {dialect_of(engine).place(table)} AS t WHERE {holds}", {})
