"""By which engine: connected stores, their live schemas, and steps in each engine's SQL."""

from collections.abc import Mapping

from upheld.engine.estate.model import Estate, StoreMap
from upheld.engine.stores.faults import StoreFault
from upheld.engine.stores.kept_open import KeptOpen
from upheld.engine.stores.mariadb.session import MariaDBStore
from upheld.engine.stores.session import Store, Timeouts
from upheld.engine.stores.session_postgresql import PostgreSQLStore
from upheld.engine.stores.session_sqlite import SQLiteStore


def open_store(store: StoreMap, url: str, timeouts: Timeouts | None = None) -> Store:
    """A session with this store; it connects at its first use. StoreFault for an engine without one."""
    if store.engine == "postgresql":
        return PostgreSQLStore(store.store, url, timeouts)
    if store.engine == "sqlite":
        return SQLiteStore(store.store, url, timeouts)
    if store.engine == "mariadb":
        return MariaDBStore(store.store, url, timeouts)
    raise StoreFault("X102", f"{store.store}: no session for {store.engine}", help="Use PostgreSQL, SQLite or MariaDB.")


def open_stores(estate: Estate, urls: Mapping[str, str], timeouts: Timeouts | None = None) -> dict[str, Store]:
    """A session per store of the estate that has a URL; where one cannot be opened, none stays open."""
    opened: dict[str, Store] = {}
    try:
        for name, store in estate.stores.items():
            if name in urls:
                opened[name] = open_store(store, urls[name], timeouts)
    except BaseException:
        for session in opened.values():
            session.close()
        raise
    return opened


__all__ = ["KeptOpen", "Store", "StoreFault", "Timeouts", "open_store", "open_stores"]
