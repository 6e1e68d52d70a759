"""The example firm, filled once for the tests of the board that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.board.firm import context_of, fill
from upheld.faces.board.probes import ProbeContext
from upheld.records.own import EmbeddedServer, OwnDatabase


@pytest.fixture(scope="package")
def stores(pg: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    name = "board_platform"
    pg.create_database(name)
    web = tmp_path_factory.mktemp("board") / "web.sqlite"
    platform = pg.url(name, "upheld_firm")
    fill(platform, f"sqlite:///{web}")
    yield platform, f"sqlite:///{web}"
    pg.drop_database(name)


@pytest.fixture
def firm(own: OwnDatabase, pg: EmbeddedServer, stores: tuple[str, str], tmp_path: Path) -> ProbeContext:
    """The example firm; its stores are shared, so a test must not change them."""
    return context_of(own, pg, *stores)
