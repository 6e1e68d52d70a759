"""The example firm, filled once for the tests of the board that only read it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.board import larkspur
from tests.board.firm import context_of, end_what_is_late, fill
from upheld.faces.board import Board, prove
from upheld.faces.board.probes import ProbeContext
from upheld.records.own import EmbeddedServer, OwnDatabase, on_server


@pytest.fixture(scope="package")
def stores(pg: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    name = "board_platform"
    pg.create_database(name)
    web = tmp_path_factory.mktemp("board") / "web.sqlite"
    platform = pg.url(name, "upheld_firm")
    fill(platform, f"sqlite:///{web}")
    end_what_is_late(platform, f"sqlite:///{web}", larkspur.NOW)
    yield platform, f"sqlite:///{web}"
    pg.drop_database(name)


@pytest.fixture(scope="module")
def proved(pg: EmbeddedServer, own_template: str, stores: tuple[str, str]) -> Iterator[tuple[ProbeContext, Board]]:
    """The example firm and its board after one run, for tests that only look."""
    name = f"own_{uuid.uuid4().hex[:12]}"
    database = on_server(pg, name, template=own_template)
    context = context_of(database, pg, *stores)
    yield context, prove(context)
    database.let_go()
    pg.drop_database(name)


@pytest.fixture
def firm(own: OwnDatabase, pg: EmbeddedServer, stores: tuple[str, str]) -> ProbeContext:
    """The example firm; its stores are shared, so a test must not change them."""
    return context_of(own, pg, *stores)
