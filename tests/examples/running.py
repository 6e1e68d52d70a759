"""An example firm with its stores filled, small, and an installation of its own: what its README promises is run on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from types import ModuleType

from tests.examples.firms import NOW, folder_of
from upheld.faces.app import App, Settings
from upheld.records.own import EmbeddedServer, on_server

SMALL = 60


@dataclass(frozen=True, slots=True)
class Running:
    """A filled firm: its folder, the counts that its generator printed, and an app with records of its own."""

    folder: Path
    counts: dict[str, int]
    app: App
    packages: Path


@contextmanager
def running(
    example: str, pg: EmbeddedServer, template: str, here: Path, database: str, file: str, people: int = SMALL
) -> Iterator[Running]:
    """The firm while the block runs; `database` and `file` are the variables that name its PostgreSQL and its SQLite store."""
    firm, own = f"firm_of_{example}", f"own_of_{example}"
    pg.create_database(firm)
    on_server(pg, own, template=template).close()
    urls = {database: pg.url(firm, "upheld_firm"), file: f"sqlite:///{here / 'firm.sqlite'}"}
    counts = _filler(example).fill(urls[database], urls[file], people)
    settings = Settings(
        own_url=pg.url(own, "upheld_app"), owner_url=pg.url(own, "upheld_owner"), data_folder=here / "data", environment=urls,
        origin=f"ledger.example.test/{example}", now=lambda: NOW,
    )  # fmt: skip
    app = App(settings)
    try:
        yield Running(folder_of(example), counts, app, here / "packages")
    finally:
        app.close()
        pg.drop_database(own)
        pg.drop_database(firm)


def _filler(example: str) -> ModuleType:
    """The firm's own program; its neighbour `generate` is this firm's and no other's."""
    here = folder_of(example) / "firm"
    sys.modules.pop("generate", None)
    sys.path.insert(0, str(here))
    try:
        spec = util.spec_from_file_location(f"fill_{example}", here / "fill.py")
        assert spec is not None and spec.loader is not None
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(here))
        sys.modules.pop("generate", None)


def silent(*_: object, **__: object) -> None:
    return None
