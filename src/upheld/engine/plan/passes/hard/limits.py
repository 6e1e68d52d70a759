"""What an engine's dialect cannot carry out yet becomes a refusal, before a plan is shown."""

from __future__ import annotations

from upheld.engine.estate.model import JsonPaths, StoreMap
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Refused


def beyond(store: StoreMap) -> Refused | None:
    """The first thing of this map that the store's engine is not asked to do; None if there is none."""
    for name, table in sorted(store.tables.items()) if store.engine == "mariadb" else ():
        for column in table.columns:
            if isinstance(column.role, JsonPaths) and any("[*]" in path for path in column.role.paths):
                place = f"{store.store}.{name}.{column.name} has paths through arrays, and the store is MariaDB"
                return refused("L111", place, "Declare the array itself as a path: it is removed as a whole.")
    return None
