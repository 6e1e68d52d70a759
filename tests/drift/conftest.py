"""The bookshop of the command line's tests, with a folder of each test's own, so that files and stores may drift apart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.cli.conftest import harbour, shop
from tests.cli.harbour import Installation
from tests.drift.firm import Firm
from upheld.records.own import EmbeddedServer

__all__ = ["harbour", "shop"]


@pytest.fixture
def firm(shop: Installation, pg: EmbeddedServer) -> Iterator[Firm]:
    """The shop on PostgreSQL and its letters on SQLite, with what the test server's settings need attested."""
    folder = shop.data / "firm"
    shutil.copytree(shop.folder, folder)
    made = Firm(shop, folder, pg)
    made.edit("shop", "max-shared: 3", "max-shared: 3\nattested: {fsync: a server of tests, full_page_writes: the same}")
    yield made
