"""Rectification: what a person says is wrong is marked as disputed at once, planned, approved, corrected everywhere, and told to whoever got it.

Her statement stands beside her data whether or not anything is corrected. A correction that cannot be carried out (its code says why) waits for an operator,
who answers by hand; the mark stays until somebody decides. GDPR Art. 16, 18(1)(a), 19.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, details_of, note_details
from upheld.duties.requests.cases import add_ask
from upheld.engine.estate.model import leaves_of
from upheld.engine.execution.corrections import corrections_of
from upheld.faces.app.asks import plan_again, plan_ask, run_change_ask
from upheld.faces.app.desk import telling
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, ask_of, person_of, watched_by_nobody
from upheld.faces.app.desk.rights.profile import is_own_change, rules_of
from upheld.faces.app.desk.works.by_hand import BY_HAND
from upheld.faces.app.desk.works.nobody import nobody
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.desk.works.unended import unended
from upheld.faces.app.errors import Unusable
from upheld.language.terms import ALIASES
from upheld.records.people.rights import mark_disputed, record_statement

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

PURPOSE = "rectification"
CORRECTIONS, STATEMENT, STATED = "corrections", "statement", "statement-noted"


class RectificationWork(AtOnce):
    """An operator sees which columns and how many cells, and where a value stands that the person did not name, and approves by digest; a statement alone
    needs nobody's yes."""

    rights = frozenset({"rectification"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        said = _said(desk, case)
        corrections = _corrections(said)
        if not corrections:
            return Prepared(approval=not said.get(STATEMENT), note="" if said.get(STATEMENT) else BY_HAND)
        try:
            ref = person_of(desk, case)
            if ref is None:
                return Prepared(approval=False, note="nobody found")
            _mark(desk, ref, corrections)
            line = json.loads(subject_line(desk, case)) | {"correct": corrections}
            known = ask_of(desk, case, PURPOSE)
            if known:
                planned = plan_again(desk.app, desk.folder, known)
            else:
                planned = plan_ask(desk.app, desk.folder, "rectification", [json.dumps(line)], case.regime or None)
        except AWAY:
            return Prepared(approval=True, waits=UNREACHED, again=desk.now + AGAIN)
        except Unusable as refusal:
            return Prepared(approval=True, note=f"{refusal.code}: {refusal.reason} {refusal.help}")
        with desk.own.transaction() as connection:
            add_ask(connection, case.number, planned.ask, PURPOSE)
        own = is_own_change(rules_of(desk), case, [str(one.get("column", "")) for one in corrections])
        # Who does not say what stands there may not know that something does: nobody's own screen is enough to replace it.
        note = f"replaces a value that was not named: {planned.replaced}" if planned.replaced else ""
        return Prepared(approval=bool(note) or not own, ask=planned.ask, digest=planned.digest, note=note)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        said = _said(desk, case)
        with desk.own.connection() as connection:
            shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)[right]
        try:
            ref = person_of(desk, case)
            if ref is None:
                return nobody(desk, case)
            _state(desk, case, ref, said)
            if not shown.ask:
                return _stated(said) if said.get(STATEMENT) else Done(waits="a person decides what can be corrected")
            ended = _run(desk, case, right, told=telling.nobody_to_tell(desk))
        except AWAY:
            return Done(waits=UNREACHED, again=desk.now + AGAIN)
        if not ended.get("clean") and not ended.get("fulfilled"):
            return unended(ended["troubles"], "the correction is not at its end", desk.now + AGAIN)
        return _corrected(desk, ref, shown.ask, said, case.language)

    def conclude(self, desk: Desk, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        ask = ask_of(desk, case, PURPOSE)
        if not ask:
            return None
        try:
            ended = _run(desk, case, right, told=True)
        except AWAY:
            ended = {}
        if not ended.get("fulfilled"):
            return Done(waits="the correction is not at its end", again=desk.now + AGAIN)
        answered = telling.told_rows(desk, case)
        return Done("rectified", values={**values, **({"recipients": answered} if answered else {})})


def _run(desk: Desk, case: Case, right: str, *, told: bool) -> Mapping[str, Any]:
    with desk.own.connection() as connection:
        shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)[right]
    ended = run_change_ask(desk.app, desk.folder, shown.ask, shown.digest, True, watched_by_nobody, "rectification", told=told)
    return {**ended.document, "troubles": ended.troubles}


def _said(desk: Desk, case: Case) -> dict[str, str]:
    with desk.own.connection() as connection:
        return details_of(connection, desk.master, case.number, [CORRECTIONS, STATEMENT, STATED, "about"])


def _corrections(said: Mapping[str, str]) -> list[dict[str, Any]]:
    """The person's corrections, one JSON object a line; what is no such line is left to a person."""
    try:
        found = [json.loads(line) for line in said.get(CORRECTIONS, "").splitlines() if line.strip()]
    except ValueError:
        return []
    return found if all(isinstance(one, dict) for one in found) else []


def _about(one: Mapping[str, Any]) -> str:
    data = str(one.get("data", ""))
    return ALIASES.get(("data", data), data) if data else str(one.get("column", ""))


def _mark(desk: Desk, ref: str, corrections: list[dict[str, Any]]) -> None:
    """Until it is decided, whoever uses the data can know that the person says it is wrong."""
    with desk.own.transaction() as connection:
        for about in dict.fromkeys(_about(one) for one in corrections):
            mark_disputed(connection, ref, about, desk.now)


def _state(desk: Desk, case: Case, ref: str, said: Mapping[str, str]) -> None:
    """The statement stands beside the data, once."""
    if not said.get(STATEMENT) or said.get(STATED):
        return
    with desk.own.transaction() as connection:
        about = said.get("about") or ", ".join(dict.fromkeys(_about(one) for one in _corrections(said))) or "all"
        serial = record_statement(connection, desk.master, ref, about, said[STATEMENT], desk.now, case.clauses)
        note_details(connection, desk.master, case.number, {STATED: str(serial)}, desk.now)


def _stated(said: Mapping[str, str]) -> Done:
    return Done(
        "statement-added",
        values={"about_what": list(filter(None, [said.get("about")])), "statement": said[STATEMENT]},
        counts={"statements": 1},
    )


def _corrected(desk: Desk, ref: str, ask: str, said: Mapping[str, str], language: str) -> Done:
    with desk.own.connection() as connection:
        cells = corrections_of(connection, desk.master, [ref], ask)
    leaves = _leaves(desk)
    told = {leaves.get(_about(one), _about(one)): str(one.get("now") or "") for one in _corrections(said)}
    shown = [[desk.labels.word(leaf, language), now or "–"] for leaf, now in sorted(told.items())] if cells else []
    values: dict[str, object] = {"changes": shown or [[{"say": "what-you-named"}, {"say": "already-so"}]]}
    if said.get(STATEMENT):
        values["statement"] = said[STATEMENT]
    return Done("rectified", values=values, tell="rectify", told=told, counts={"cells": len(cells)})


def _leaves(desk: Desk) -> dict[str, str]:
    """The category of each column (store.table.column), as recipients and letters call it."""
    estate = desk.estate
    return {
        f"{store.store}.{table.name}.{column.name}": leaf
        for store in (estate.stores.values() if estate else ())
        for table in store.tables.values()
        for column in table.columns
        for leaf in leaves_of(column.role)[:1]
    }
