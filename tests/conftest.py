"""Real engines for all tests: one PostgreSQL server per test process, databases that are fresh in milliseconds."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import mariadb
from tests.chromium import CHROMIUM, FLAGS, missing, needed
from tests.cli.preloaded import Preloaded
from upheld.records.own import EmbeddedServer, OwnDatabase, on_server

# The long profile has one switch, `--hypothesis-profile=long` (`make check LONG=1`). Rooms that count their own cases read what
# it sets here, before any of their modules is imported; workers of pytest-xdist get the option, too.
LONG_CASES = 5_000
settings.register_profile("long", max_examples=LONG_CASES, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("hypothesis_profile", None) == "long":
        os.environ["HYPOTHESIS_PROFILE"] = "long"
        os.environ.setdefault("UPHELD_CASES", str(LONG_CASES))


def pytest_collection_finish() -> None:
    """What stands once all modules are imported stays to the end: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def pg() -> Iterator[EmbeddedServer]:
    """An embedded PostgreSQL of this test process (xdist: of this worker), gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="uph-", dir="/tmp" if os.path.isdir("/tmp") else None))
    folder.chmod(0o711)  # as root the server's user must enter
    server = EmbeddedServer(folder, durable=False)
    yield server
    server.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def own_template(pg: EmbeddedServer) -> str:
    """Name of a migrated own database that others are copied from; nobody connects to it."""
    template = on_server(pg, "own_template")
    template.migrate()
    template.close()
    return "own_template"


@pytest.fixture
def own(pg: EmbeddedServer, own_template: str) -> Iterator[OwnDatabase]:
    """Our own database, migrated and empty, of this test alone."""
    name = f"own_{uuid.uuid4().hex[:12]}"
    database = on_server(pg, name, template=own_template)
    yield database
    database.close()
    pg.drop_database(name)


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preloaded]:
    """A process that has imported the product, and forks for each command."""
    process = Preloaded(tmp_path_factory.mktemp("commands"))
    yield process
    process.close()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the scan's corpus is made, once for all test processes of a run. Nobody alters its files."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "corpus"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def make_database(pg: EmbeddedServer) -> Iterator[Callable[[], str]]:
    """Makes empty PostgreSQL databases for firms' stores; each call gives the URL of one more. Its role owns it."""
    made: list[str] = []

    def make() -> str:
        made.append(f"firm_{uuid.uuid4().hex[:12]}")
        pg.create_database(made[-1])
        return pg.url(made[-1], "upheld_firm")

    yield make
    for name in made:
        pg.drop_database(name)


@pytest.fixture
def fresh_database(make_database: Callable[[], str]) -> str:
    """URL of an empty PostgreSQL database for a firm's store."""
    return make_database()


@pytest.fixture
def make_mariadb() -> Iterator[Callable[..., str]]:
    """Makes empty MariaDB databases for firms' stores; each call gives the URL of one more. Skips where there is no server."""
    mariadb.needed()
    made: list[str] = []

    def make(collation: str = "utf8mb4_general_ci") -> str:
        made.append(mariadb.create_database(collation))
        return mariadb.address(made[-1])

    yield make
    for name in made:
        mariadb.drop_database(name)


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Path of a SQLite store that does not exist yet."""
    return tmp_path / "store.sqlite"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's chromium, one of it for all tests of a process: two cannot be driven in one thread."""
    if CHROMIUM is None:
        missing("no chromium on this machine")
    sync = needed("playwright.sync_api")
    with sync.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()
