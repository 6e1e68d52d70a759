"""An example firm with its stores filled, small, and an installation of its own: what its README promises is run on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from types import ModuleType

from tests.examples.firms import NOW, estate_of, folder_of
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
def running(example: str, pg: EmbeddedServer, template: str, here: Path, people: int = SMALL) -> Iterator[Running]:
    """The firm while the block runs. Its stores are those of its estate, given to its program in the estate's order, folders of files last."""
    own = f"own_of_{example}"
    on_server(pg, own, template=template).close()
    urls, databases = _stores(example, pg, here)
    counts = _filler(example).fill(*urls.values(), people)
    settings = Settings(
        own_url=pg.url(own, "upheld_app"), owner_url=pg.url(own, "upheld_owner"), data_folder=here / "data", environment=urls,
        origin=f"ledger.example.test/{example}", now=lambda: NOW,
    )  # fmt: skip
    app = App(settings)
    try:
        yield Running(folder_of(example), counts, app, here / "packages")
    finally:
        app.close()
        for name in (own, *databases):
            pg.drop_database(name)


def _stores(example: str, pg: EmbeddedServer, here: Path) -> tuple[dict[str, str], list[str]]:
    """Environment variable → address of an empty store; the databases that were made for them."""
    estate = estate_of(example)
    assert estate is not None
    urls: dict[str, str] = {}
    databases = []
    for name, store in estate.stores.items():
        variable = store.url.removeprefix("env:")
        if store.engine == "postgresql":
            databases.append(f"firm_of_{example}_{name}")
            pg.create_database(databases[-1])
            urls[variable] = pg.url(databases[-1], "upheld_firm")
        else:
            urls[variable] = f"sqlite:///{here / name}.sqlite"
    return urls | {each.url.removeprefix("env:"): f"file://{here / name}" for name, each in estate.objects.items()}, databases


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
