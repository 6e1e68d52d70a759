"""An engine's name becomes its dialect."""

from __future__ import annotations

from upheld.engine.estate.model import Engine
from upheld.engine.stores.sql.mariadb import MariaDB
from upheld.engine.stores.sql.postgresql import PostgreSQL
from upheld.engine.stores.sql.sqlite import SQLite

AnyDialect = PostgreSQL | SQLite | MariaDB
_DIALECTS: dict[str, type[PostgreSQL] | type[SQLite] | type[MariaDB]] = {
    "postgresql": PostgreSQL,
    "sqlite": SQLite,
    "mariadb": MariaDB,
}


def dialect_of(engine: Engine) -> AnyDialect:
    """The dialect in which this engine's statements are written."""
    return _DIALECTS[engine]()
