"""A connected store becomes a Condition, in the words of its engine; an engine without a reader has an empty one."""

from __future__ import annotations

from upheld.engine.estate.drift.condition import Condition
from upheld.engine.stores.condition import postgresql, sqlite
from upheld.engine.stores.session import Store

READERS = {"postgresql": postgresql.read, "sqlite": sqlite.read}


def condition_of(store: Store) -> Condition:
    """Settings, owners, roles, functions and views as the catalogue tells them. Six statements at most; StoreFault where one fails."""
    reader = READERS.get(store.engine)
    return reader(store) if reader else Condition()
