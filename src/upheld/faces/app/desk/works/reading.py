"""A case's person is read from every store into one package, for whatever right reads: access, a copy, portability.

The ask is planned once for a case and run until it is done; a store that is away leaves the case waiting. Who is known nowhere is told so, after
the tombstones were asked.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.duties.requests import Case
from upheld.duties.requests.cases import add_ask, asks_of
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks import Ended, plan_ask, run_access_ask
from upheld.faces.app.asks.answering import Through
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.errors import Exit, NotNow, OutOfReach

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

AGAIN = timedelta(minutes=15)
AWAY = "a store is out of reach"
NOBODY = ("X201", "X204")  # nobody of these identifiers; she was erased before
ANSWERED = "X206"
WORK = "answers"


def asked(desk: Desk, case: Case, purpose: str) -> str | None:
    """The newest ask of the case for this purpose."""
    with desk.own.connection() as connection:
        of_purpose = (ask for ask, what in asks_of(connection, case.number) if what == purpose)
        return max(of_purpose, key=lambda ask: (len(ask), ask), default=None)  # A-10000 comes after A-9999


def planned(desk: Desk, case: Case, purpose: str, anew: bool = False) -> str | None:
    """The ask that reads the person for this purpose, made at the first call; None where no store knows her. OutOfReach, StoreFault."""
    known = asked(desk, case, purpose)
    if known is not None and not anew:
        return known
    try:
        made = plan_ask(desk.app, desk.folder, "access", [subject_line(desk, case)], case.regime or None)
    except NotNow as refusal:
        if refusal.code in NOBODY:
            return None
        raise
    with desk.own.transaction() as connection:
        add_ask(connection, case.number, made.ask, purpose)
    return made.ask


def read(
    desk: Desk, case: Case, ask: str, purpose: str, through: Through | None = None, ours: bool = True
) -> tuple[Ended, Path] | None:
    """What the ask found and the package's zip; None where a store is away. The folder holds nothing else. `ours`: with what we ourselves hold of her."""
    place = desk.app.data_folder / WORK / f"{case.id}-{purpose}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700, parents=True)
    lives, wronged = case.country, desk.firm.country
    try:
        try:
            ended = run_access_ask(
                desk.app,
                desk.folder,
                ask,
                place,
                quietly,
                zipped=True,
                through=through,
                ours=ours,
                lives=lives,
                wronged=wronged,
            )
        except NotNow as refusal:
            if refusal.code != ANSWERED:
                raise
            # It was answered by a worker that died before the case knew, or what followed failed: its copies are gone, so it is read anew.
            again = planned(desk, case, purpose, anew=True)
            ended = run_access_ask(
                desk.app,
                desk.folder,
                str(again),
                place,
                quietly,
                zipped=True,
                through=through,
                ours=ours,
                lives=lives,
                wronged=wronged,
            )
    except (OutOfReach, StoreFault):
        ended = None
    if ended is None or ended.exit is Exit.WORLD:
        shutil.rmtree(place, ignore_errors=True)
        return None
    return ended, Path(ended.document["packages"][0]["path"])


def quietly(*_: object, **__: object) -> None:
    """Nobody watches a worker."""
