"""A firm's folder that checks clean becomes its program, estate and catalogue, with its stores open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.plan.model import Refused
from upheld.engine.stores import Store, Timeouts, open_stores
from upheld.engine.stores.objects import ObjectStore, open_objects
from upheld.faces.app.addresses import objects_urls_of, urls_of
from upheld.faces.app.checking import Checked, check_folder
from upheld.faces.app.errors import NotNow
from upheld.faces.app.installation import Installation
from upheld.language.promises.model import Program

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Firm:
    """A folder that checks clean, with its stores open."""

    checked: Checked
    program: Program
    estate: Estate
    catalogue: Catalogue
    stores: dict[str, Store]
    objects: dict[str, ObjectStore]


@contextmanager
def opened_firm(app: Installation, folder: Path, timeouts: Timeouts | None = None, only: str = "", *, reading: bool = False,
                ) -> Iterator[Firm]:  # fmt: skip
    """The folder, checked clean and compared with its lock; its stores are closed when the block ends.

    `reading`: replicas are opened where stores have them. `only`: the estate is this one store, as if there were no other. KeyError if the estate has none of that name.
    """
    checked = check_folder(folder)
    if checked.program is None or checked.errors:
        reason = f"{folder} has {checked.errors} errors, and an error is a promise that cannot be kept."
        raise NotNow("X120", reason, f"Run: upheld check {folder}")
    if checked.estate is None or checked.catalogue is None:
        reason = f"{folder} has no estate, or no estate.lock."
        raise NotNow("X121", reason, f"Scan each store: upheld scan env:NAME --to {folder} --store NAME")
    estate = Estate({only: checked.estate.stores[only]}, checked.estate.objects) if only else checked.estate
    stores = open_stores(estate, urls_of(estate, app.settings.environment, reading=reading), timeouts)
    objects = open_objects(estate, objects_urls_of(estate, app.settings.environment))
    try:
        yield Firm(checked, checked.program, estate, checked.catalogue, stores, objects)
    finally:
        for store in stores.values():
            store.close()


def or_refuse(found: T | Refused) -> T:
    """The value, unless it is a refusal."""
    if isinstance(found, Refused):
        raise NotNow(found.code, f"{found.reason}.", found.help)
    return found
