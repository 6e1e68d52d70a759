"""One PostgreSQL database per module, for tests that only look at schemas."""

from __future__ import annotations

import uuid

import psycopg
import pytest


@pytest.fixture(scope="module")
def postgres(pg):
    """An open transaction in an empty database of this module; tests that change it roll back."""
    name = f"firm_{uuid.uuid4().hex[:12]}"
    pg.create_database(name)
    with psycopg.connect(pg.url(name, "upheld_firm")) as connection:
        yield connection
    pg.drop_database(name)
