"""Erasure: a plan that an operator sees and approves, carried out over every store, read back; what stays is told with its ground and end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of
from upheld.duties.requests.cases import add_ask
from upheld.faces.app.asks import plan_ask, run_erasure_ask
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.works.accessing import _quietly
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.errors import OutOfReach

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

AGAIN = timedelta(minutes=15)


class ErasureWork:
    """What cannot be undone is approved by a person, by the digest of the plan that was shown."""

    rights = frozenset({"erasure", "data-broker-delete"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        try:
            planned = plan_ask(desk.app, desk.folder, "erasure", [subject_line(desk, case)], case.regime or None)
        except OutOfReach:
            return Prepared(approval=True, waits="a store is out of reach", again=desk.now + AGAIN)
        with desk.own.transaction() as connection:
            add_ask(connection, case.number, planned.ask, "erasure")
        return Prepared(approval=True, ask=planned.ask, digest=planned.digest)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        with desk.own.connection() as connection:
            shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)[right]
        try:
            ended = run_erasure_ask(desk.app, desk.folder, shown.ask, shown.digest, True, _quietly)
        except OutOfReach:
            return Done(waits="a store is out of reach", again=desk.now + AGAIN)
        if not ended.document.get("clean") and not ended.document.get("fulfilled"):
            return Done(waits="the erasure is not at its end", again=desk.now + AGAIN)
        return Done("answer", values={"document": dict(ended.document)}, tell="erase")
