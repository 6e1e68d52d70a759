"""Account closing and removal from view: nobody signs in and nobody sees her within minutes; what remains ends by the calendar.

The letter lists what would stay even if all of it were erased, with ground and end. The estate says which columns close an account. Where it does not, an operator closes it by hand and says so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of, note_details
from upheld.duties.requests.cases import add_ask
from upheld.faces.app.asks import plan_ask, run_change_ask
from upheld.faces.app.asks.staying import Staying, what_stays
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, watched_by_nobody
from upheld.faces.app.desk.works.erasing import ENDLESS, ground, kinds_in_words
from upheld.faces.app.desk.works.nobody import nobody
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.desk.works.unended import unended
from upheld.faces.app.errors import Unusable

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

NOBODY = ("X201", "X204")
STAYS = "stays"


class ClosingWork(AtOnce):
    """Undone by setting the same columns back, so nobody approves; it does not wait for a person's hour."""

    rights = frozenset({"account-closing"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        try:
            planned = plan_ask(desk.app, desk.folder, "closing", [subject_line(desk, case)], case.regime or None)
            # Before it is carried out: when the ask has ended, nobody knows any more whose it was.
            stays = [_said(desk, case, one) for one in what_stays(desk.app, desk.folder, planned.ask)]
        except AWAY:
            return Prepared(approval=False, waits=UNREACHED, again=desk.now + AGAIN)
        except Unusable as refusal:
            if refusal.code in NOBODY:
                return Prepared(approval=False, note="nobody found")
            return Prepared(approval=True, note=f"{refusal.code}: {refusal.reason} {refusal.help}")
        with desk.own.transaction() as connection:
            add_ask(connection, case.number, planned.ask, "closing")
            note_details(connection, desk.master, case.number, {STAYS: json.dumps(stays)}, desk.now)
        return Prepared(approval=False, ask=planned.ask, digest=planned.digest)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        with desk.own.connection() as connection:
            shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)[right]
        if not shown.ask:
            return nobody(desk, case) if not shown.approval else Done(waits="a person closes it by hand")
        try:
            ended = run_change_ask(desk.app, desk.folder, shown.ask, shown.digest, True, watched_by_nobody, "closing")
        except AWAY:
            return Done(waits=UNREACHED, again=desk.now + AGAIN)
        if not ended.document.get("clean") and not ended.document.get("fulfilled"):
            return unended(ended.troubles, "the closing is not at its end", desk.now + AGAIN)
        rows = sum(one["changed"] for one in ended.document.get("stores", ()))
        with desk.own.connection() as connection:
            stays = json.loads(details_of(connection, desk.master, case.number, [STAYS]).get(STAYS, "[]"))
        values: dict[str, object] = {"closed_on": desk.now.date().isoformat(), **({"kept": stays} if stays else {})}
        return Done("account-closed", values=values, counts={"rows": rows})


def _said(desk: Desk, case: Case, one: Staying) -> list[object]:
    """What stays, as a letter's table says it."""
    return [
        kinds_in_words(desk, case.language, one.table, one.columns),
        one.until.isoformat() if one.until else ENDLESS,
        ground(one.ground),
    ]
