"""The bookshop, filled once; each test gets a copy with an installation of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.harbour import Harbour, Installation
from tests.cli.preloaded import Preloaded
from upheld.records.own import EmbeddedServer


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preloaded]:
    process = Preloaded(tmp_path_factory.mktemp("commands"))
    yield process
    process.close()


@pytest.fixture(scope="session")
def harbour(
    pg: EmbeddedServer, own_template: str, preloaded: Preloaded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harbour]:
    made = Harbour(pg, own_template, preloaded, tmp_path_factory.mktemp("harbour"))
    yield made
    pg.drop_database(made.template)


@pytest.fixture
def shop(harbour: Harbour) -> Iterator[Installation]:
    """A bookshop of this test alone."""
    made = harbour.installation()
    yield made
    harbour.drop(made)
