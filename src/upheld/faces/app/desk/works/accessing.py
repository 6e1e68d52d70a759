"""Access and copy: the person's rows of every store become a package that she alone fetches, with what the law says an answer holds."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.duties.requests import Case
from upheld.duties.requests.cases import add_ask, asks_of
from upheld.faces.app.asks import plan_ask, run_access_ask
from upheld.faces.app.desk.model import Delivery, Done, Prepared
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.errors import Exit, OutOfReach

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

AGAIN = timedelta(minutes=15)
WORK = "answers"


class AccessWork:
    """Reads and packs; nothing of a store is touched, so nobody has to approve what is read of the person alone."""

    rights = frozenset({"access", "confirm", "information"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        with desk.own.connection() as connection:
            known = dict((purpose, ask) for ask, purpose in asks_of(connection, case.number))
        if "access" in known:
            return Prepared(approval=False, ask=known["access"])
        try:
            planned = plan_ask(desk.app, desk.folder, "access", [subject_line(desk, case)], case.regime or None)
        except OutOfReach:
            return Prepared(approval=False, waits="a store is out of reach", again=desk.now + AGAIN)
        with desk.own.transaction() as connection:
            add_ask(connection, case.number, planned.ask, "access")
        return Prepared(approval=False, ask=planned.ask)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        with desk.own.connection() as connection:
            ask = dict((purpose, ask) for ask, purpose in asks_of(connection, case.number))["access"]
        place = desk.app.data_folder / WORK / case.id
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            ended = run_access_ask(desk.app, desk.folder, ask, place, quietly, zipped=True)
        except OutOfReach:
            return Done(waits="a store is out of reach", again=desk.now + AGAIN)
        if ended.exit is Exit.WORLD:
            shutil.rmtree(place, ignore_errors=True)
            return Done(waits="a store is out of reach", again=desk.now + AGAIN)
        return self._answer(ended.document, case)

    def conclude(self, desk: Desk, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        return None

    def _answer(self, document: Mapping[str, object], case: Case) -> Done:
        packages = document["packages"]
        assert isinstance(packages, list)
        files = tuple(Delivery(Path(one["path"]), f"{case.id}-data.zip", "application/zip") for one in packages)
        rows = int(str(document["rows"]))
        return Done("answer", values={"rows": rows}, files=files, counts={"rows": rows})


def quietly(*_: object, **__: object) -> None:
    """Nobody watches a worker."""
