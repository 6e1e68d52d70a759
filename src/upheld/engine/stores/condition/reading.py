"""A connected store becomes a Condition, in the words of its engine; an engine without a reader has an empty one."""

from __future__ import annotations

from upheld.engine.estate.drift.condition import Condition
from upheld.engine.stores.condition import mariadb, postgresql, sqlite
from upheld.engine.stores.session import Store

READERS = {"postgresql": postgresql.read, "sqlite": sqlite.read, "mariadb": mariadb.read}


def condition_of(store: Store) -> Condition:
    """Settings, owners, roles, functions and views as the catalogue tells them. Eight statements, and in MariaDB its catalogue's and one a foreign key; StoreFault where one fails."""
    reader = READERS.get(store.engine)
    return reader(store) if reader else Condition()
