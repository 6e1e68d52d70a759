"""Access and copy: the person's rows of every store become a package that she alone fetches, with what the law says an answer holds.

Under Californian law a report by category goes with it, of the twelve months before the request. Reading is all it does, so nobody approves,
but for a further copy, which an operator may charge for beforehand.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.words import whole_recipients
from upheld.faces.app.desk.disclosures.knowing import on_record
from upheld.faces.app.desk.model import Delivery, Done, Prepared
from upheld.faces.app.desk.works.categories import Watched, report_html, report_json
from upheld.faces.app.desk.works.copies import FEE, may_cost, note_copy
from upheld.faces.app.desk.works.nobody import nobody
from upheld.faces.app.desk.works.reading import AGAIN, AWAY, asked, planned, quietly, read
from upheld.faces.app.errors import OutOfReach
from upheld.language.law.lookup import bound

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

__all__ = ["AccessWork", "quietly"]
PURPOSE = "access"
MONTHS = timedelta(days=365)
CALIFORNIA = "us-ca-ccpa"


class AccessWork:
    """Reads and packs; nothing of a store is touched."""

    rights = frozenset({"access", "confirm", "information"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        try:
            ask = planned(desk, case, PURPOSE)
        except (OutOfReach, StoreFault):
            return Prepared(approval=False, waits=AWAY, again=desk.now + AGAIN)
        with desk.own.connection() as connection:
            told = FEE in details_of(connection, desk.master, case.number, [FEE])
        costs = ask is not None and not told and may_cost(desk, case, right)
        return Prepared(
            approval=costs, ask=ask or "", note="a further copy: a fee may be asked before it is made" if costs else ""
        )

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        ask = asked(desk, case, PURPOSE)
        if ask is None:
            return nobody(desk, case)
        since = case.received_at.date() - MONTHS
        watched = None
        if CALIFORNIA in bound(case.regime) and desk.estate:
            with desk.own.connection() as connection:  # before it is answered, for then nobody is bound to the ask any more
                watched = Watched(desk.estate, since, on_record(desk, connection, case, since))
        found = read(desk, case, ask, PURPOSE, watched)
        if found is None:
            return Done(waits=AWAY, again=desk.now + AGAIN)
        ended, package = found
        if watched is not None:
            _add_report(desk, case, package, watched)
        note_copy(desk, case)
        rows = int(str(ended.document["rows"]))
        file = Delivery(package, f"{case.id}-copy.zip", "application/zip")
        return Done(
            values={"rows": rows}, files=(file,), counts={"rows": rows, "reviews": int(ended.document["waiting_for_review"])}
        )

    def conclude(self, desk: Desk, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        shutil.rmtree(desk.app.data_folder / "answers" / f"{case.id}-{PURPOSE}", ignore_errors=True)
        return None


def _add_report(desk: Desk, case: Case, package: Path, watched: Watched) -> None:
    since, until = case.received_at.date() - MONTHS, case.received_at.date()
    whole = whole_recipients(desk.program, desk.folder)
    with zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED) as archive:
        beside = archive.namelist()[0].rpartition("/")[0]
        place = f"{beside}/" if beside else ""
        archive.writestr(f"{place}categories.json", json.dumps(report_json(watched.categories, since, until, whole), indent=1))
        archive.writestr(f"{place}categories.html", report_html(watched.categories, since, until, desk.firm.name, whole))
