"""Sessions wait for the next ask of the process, and only good ones do; statistics are taken of what changed."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.execution.shop import Shop, shop_of
from upheld.engine.estate.model import StoreMap
from upheld.engine.stores import KeptOpen, Store, StoreFault, Timeouts, open_store
from upheld.engine.stores.session_postgresql import PostgreSQLStore
from upheld.faces.app.asks.statistics import all_tables, changed_tables


def _backend(shop: Shop, kept: KeptOpen) -> int:
    """The server's number of the session that an ask is given."""
    with kept.sessions(shop.estate, shop.addresses) as stores:
        session = stores["shop"]
        assert isinstance(session, PostgreSQLStore)
        session.begin()
        session.rollback()
        assert session._connection is not None
        return session._connection.info.backend_pid


def test_a_session_waits_for_the_next_ask_and_a_dead_one_or_one_that_failed_does_not(
    fresh_database: str, tmp_path: Path
) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        kept = KeptOpen(open_store)
        first = _backend(shop, kept)
        assert _backend(shop, kept) == first
        with kept.sessions(shop.estate, shop.addresses) as one, kept.sessions(shop.estate, shop.addresses) as other:
            assert one["shop"] is not other["shop"]
        with psycopg.connect(fresh_database, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [first])
        second = _backend(shop, kept)
        assert second != first
        with pytest.raises(ValueError), kept.sessions(shop.estate, shop.addresses):
            raise ValueError
        assert _backend(shop, kept) != second
        kept.close()
        assert not kept._waiting
        # One store that cannot be opened leaves no other's session open.
        opened = []

        def until_the_second(store: StoreMap, url: str, timeouts: Timeouts | None = None) -> Store:
            if opened:
                raise StoreFault("X102", store.store)
            opened.append(open_store(store, url, timeouts))
            opened[0].begin()
            return opened[0]

        with pytest.raises(StoreFault), KeptOpen(until_the_second).sessions(shop.estate, shop.addresses):
            pass
        (session,) = opened
        assert getattr(session, "_connection", None) is None


def test_a_schema_that_changed_while_a_session_waited_is_noticed(fresh_database: str, tmp_path: Path) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        kept = KeptOpen(open_store)
        with kept.sessions(shop.estate, shop.addresses) as stores:
            before = stores["shop"].fingerprint()
        shop.sql("shop", "ALTER TABLE customers ADD COLUMN nickname text")
        with kept.sessions(shop.estate, shop.addresses) as stores:
            assert stores["shop"].fingerprint() != before
        kept.close()


def test_statistics_are_taken_of_tables_in_which_a_row_was_changed(fresh_database: str, tmp_path: Path) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        plan = shop.plan()
        nothing_ordered = shop.erase("cem@example.test")
        everything = shop.erase("ada@example.test")
        assert changed_tables(plan, [nothing_ordered]) == {"shop": ["customers"]}
        assert (
            changed_tables(plan, [nothing_ordered, everything])
            == all_tables(plan)
            == {"shop": ["customers", "lines", "orders"]}
        )
        assert changed_tables(plan, []) == {}
