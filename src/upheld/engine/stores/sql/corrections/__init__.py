"""A correction's step in each engine's SQL: the cells as they stand, new values by key, and what does not hold them."""

from upheld.engine.stores.sql.corrections.write import VALUE, CorrectingSQL, changed_scope, correcting_sql

__all__ = ["VALUE", "CorrectingSQL", "changed_scope", "correcting_sql"]
