"""The bookshop, filled once; each test gets a copy with an installation of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.cli.harbour import Harbour, Installation
from tests.cli.preloaded import Preloaded
from upheld.records.own import EmbeddedServer


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


@pytest.fixture
def untroubled(harbour: Harbour) -> Iterator[Callable[[Installation, int], None]]:
    """Compares an installation after all its trouble with one in which the same person was erased without any."""
    made: list[Installation] = []

    def same(troubled: Installation, person: int) -> None:
        made.append(harbour.installation())
        assert made[-1].erase(made[-1].plan("erasure", person)).code == 0
        assert without_tokens(troubled.dump()) == without_tokens(made[-1].dump())

    yield same
    for one in made:
        harbour.drop(one)


def without_tokens(dump: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """A token that replaces a value hangs on the ask's own secret, so it differs between asks."""

    def cell(value: object) -> object:
        return "token" if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value) else value

    return {table: [tuple(map(cell, row)) for row in rows] for table, rows in dump.items()}
