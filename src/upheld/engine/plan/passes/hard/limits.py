"""What an engine's dialect cannot carry out yet becomes a refusal, before a plan is shown."""

from __future__ import annotations

from upheld.engine.estate.model import JsonPaths, StoreCatalogue, StoreMap
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Refused

DOCUMENTS = (10, 7)  # MariaDB's first version with JSON_EQUALS, by which a document is read back


def beyond(store: StoreMap, live: StoreCatalogue) -> Refused | None:
    """The first thing of this map that the store's engine is not asked to do; None if there is none."""
    for name, table in sorted(store.tables.items()) if store.engine == "mariadb" else ():
        for column in table.columns:
            if not isinstance(column.role, JsonPaths):
                continue
            place = f"{store.store}.{name}.{column.name}"
            # MySQL shares MariaDB's dialect, and no test has met such a server: what it would make of an array nobody has seen.
            if live.version.startswith("mysql") and any("[*]" in path for path in column.role.paths):
                what = f"{place} has paths through arrays, and the store is MySQL"
                return refused("L111", what, "Declare the array itself as a path: it is removed as a whole.")
            if _older(live.version):
                what = f"{place} is a document with paths, and MariaDB {live.version} cannot compare documents"
                return refused("L111", what, "Upgrade the server to MariaDB 10.7 or later, or map the column as a whole.")
    return None


def _older(version: str) -> bool:
    number = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return len(number) == 2 and number < DOCUMENTS
