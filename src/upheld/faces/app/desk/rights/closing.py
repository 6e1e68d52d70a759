"""Account closing and removal from view: nobody signs in and nobody sees her within minutes; what remains ends by the calendar.

The estate says which columns close an account. Where it does not, an operator closes it by hand and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of
from upheld.duties.requests.cases import add_ask
from upheld.faces.app.asks import plan_ask, run_change_ask
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, watched_by_nobody
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.desk.works.unended import unended
from upheld.faces.app.errors import Unusable

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

NOBODY = ("X201", "X204")


class ClosingWork(AtOnce):
    """Undone by setting the same columns back, so nobody approves; it does not wait for a person's hour."""

    rights = frozenset({"account-closing"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        try:
            planned = plan_ask(desk.app, desk.folder, "closing", [subject_line(desk, case)], case.regime or None)
        except AWAY:
            return Prepared(approval=False, waits=UNREACHED, again=desk.now + AGAIN)
        except Unusable as refusal:
            if refusal.code in NOBODY:
                return Prepared(approval=False, note="nobody found")
            return Prepared(approval=True, note=f"{refusal.code}: {refusal.reason} {refusal.help}")
        with desk.own.transaction() as connection:
            add_ask(connection, case.number, planned.ask, "closing")
        return Prepared(approval=False, ask=planned.ask, digest=planned.digest)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        with desk.own.connection() as connection:
            shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)[right]
        if not shown.ask:
            return Done("nothing-found") if not shown.approval else Done(waits="a person closes it by hand")
        try:
            ended = run_change_ask(desk.app, desk.folder, shown.ask, shown.digest, True, watched_by_nobody, "closing")
        except AWAY:
            return Done(waits=UNREACHED, again=desk.now + AGAIN)
        if not ended.document.get("clean") and not ended.document.get("fulfilled"):
            return unended(ended.troubles, "the closing is not at its end", desk.now + AGAIN)
        rows = sum(one["changed"] for one in ended.document.get("stores", ()))
        return Done("account-closed", values={"closed_on": desk.now.date().isoformat()}, counts={"rows": rows})
