"""The shop on each engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(params=["postgresql", "sqlite", "mariadb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    make: Callable[[], str] = request.getfixturevalue("make_database" if request.param == "postgresql" else "make_mariadb")
    return make()
