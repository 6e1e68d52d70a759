"""A firm's folder that checks clean becomes its program, estate and catalogue, with its stores open.

What was published is what people were promised: where a version is in force, its program is the firm's, and the folder's text waits to be
published. The estate is the folder's: it says where data lies today. Not taken: refusing while the two differ; a text in work would stop erasures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.plan.model import Refused
from upheld.engine.stores import Store, Timeouts
from upheld.engine.stores.objects import ObjectStore, open_objects
from upheld.faces.app.addresses import objects_urls_of, urls_of
from upheld.faces.app.checking import Checked, check_folder, misfits
from upheld.faces.app.errors import NotNow
from upheld.faces.app.installation import Installation
from upheld.faces.app.versions import files_of, in_force
from upheld.language.promises.model import Program
from upheld.records.own import OwnDatabase

T = TypeVar("T")


@contextmanager
def _nothing_beside(name: str) -> Iterator[Store]:
    raise KeyError(name)
    yield


@dataclass(frozen=True, slots=True)
class Firm:
    """A folder that checks clean, with its stores open.

    `version`: the published one whose program this is (`qualer 2`); empty where none is in force. `ahead`: the folder's text is another one.
    """

    checked: Checked
    program: Program
    estate: Estate
    catalogue: Catalogue
    stores: dict[str, Store]
    objects: dict[str, ObjectStore]
    version: str = ""
    ahead: bool = False
    beside: Callable[[str], AbstractContextManager[Store]] = (
        _nothing_beside  # one more session with a store, for another thread
    )


@contextmanager
def opened_firm(app: Installation, folder: Path, timeouts: Timeouts | None = None, only: str = "", *, reading: bool = False,
                on: date | None = None) -> Iterator[Firm]:  # fmt: skip
    """The folder, checked clean and compared with its lock; its stores are given back when the block ends.

    `reading`: replicas are opened where stores have them. `only`: the estate is this one store, as if there were no other. KeyError if the estate has none of that name.
    `on`: the day whose version counts; today's without it.
    """
    checked = check_folder(folder)
    if checked.program is None or checked.errors:
        reason = f"{folder} has {checked.errors} errors, and an error is a promise that cannot be kept."
        raise NotNow("X120", reason, f"Run: upheld check {folder}")
    if checked.estate is None or checked.catalogue is None:
        reason = f"{folder} has no estate, or no estate.lock."
        raise NotNow("X121", reason, f"Scan each store: upheld scan env:NAME --to {folder} --store NAME")
    program, version, ahead = promised(app.own, checked, on or app.settings.today)
    estate = alone(checked.estate, only) if only else checked.estate
    urls = urls_of(estate, app.settings.environment, reading=reading)
    objects = open_objects(estate, objects_urls_of(estate, app.settings.environment))
    with app.firm_sessions.sessions(estate, urls, timeouts) as stores:

        @contextmanager
        def beside(name: str) -> Iterator[Store]:
            another = Estate({name: {**estate.beside, **estate.stores}[name]})
            there = urls if name in urls else urls_of(another, app.settings.environment)
            with app.firm_sessions.sessions(another, there, timeouts) as apart:
                yield apart[name]

        yield Firm(checked, program, estate, checked.catalogue, stores, objects, version, ahead, beside)


def alone(estate: Estate, store: str) -> Estate:
    """This one store of the estate; the others stand beside it."""
    others = {name: one for name, one in estate.stores.items() if name != store}
    return Estate({store: estate.stores[store]}, estate.objects, others)


def promised(own: OwnDatabase, checked: Checked, today: date) -> tuple[Program, str, bool]:
    """The program that counts today, the version it is of, and whether the folder's text is another. NotNow (X123) where the estate does not fit it.

    `checked` has a program. One statement.
    """
    program = checked.program
    assert program is not None
    standing = in_force(own, program.notices[0].notice, today)
    if standing is None:
        return program, "", False
    if standing.program.digest == program.digest:
        return program, standing.named, False
    for one in misfits(checked, standing.program):
        raise NotNow(
            "X123",
            f"{standing.named} is in force and does not fit the estate: {one.code}, {one.detail}",
            "Publish the text that fits it, or let the estate say what the published one needs.",
        )
    return standing.program, standing.named, standing.sources != files_of(checked)


def by_version(version: str, ahead: bool) -> list[str]:
    """The line of a plan that says whose promises it keeps; none where nothing was published."""
    if not version:
        return []
    notice, _, number = version.rpartition(" ")
    waits = " The folder's text is another one, and counts once it is published and in force." if ahead else ""
    return [f"Kept are the promises of version {number} of {notice}.{waits}"]


def or_refuse(found: T | Refused) -> T:
    """The value, unless it is a refusal."""
    if isinstance(found, Refused):
        raise NotNow(found.code, f"{found.reason}.", found.help)
    return found
