"""Erasure: a plan that an operator sees and approves, carried out over every store, read back; what stays is told with its ground and end.

It is fulfilled when every store was read back and every recipient has answered: the second run, from the bindings, settles and sweeps once more
and finds nothing, and then all that we knew of the person goes. Must never: end while anything is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, details_of
from upheld.duties.requests.cases import add_ask, asks_of
from upheld.engine.estate.model import Table, leaves_of
from upheld.engine.plan.steps import HoldRows
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks import Planned, plan_again, plan_ask, run_erasure_ask
from upheld.faces.app.desk import telling
from upheld.faces.app.desk.going_on import PLANNED, prepared_of
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.works.accessing import quietly
from upheld.faces.app.desk.works.nobody import nobody
from upheld.faces.app.desk.works.reading import AWAY, NOBODY
from upheld.faces.app.desk.works.subjects import subject_line
from upheld.faces.app.desk.works.together import carried, joined, let_go
from upheld.faces.app.desk.works.unended import unended
from upheld.faces.app.errors import NotNow, OutOfReach
from upheld.records.staff import needs_second

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

AGAIN = timedelta(minutes=15)
PURPOSE = "erasure"
ENDLESS = {"say": "without-end"}


class ErasureWork:
    """What cannot be undone is approved by a person, by the digest of the plan that was shown."""

    rights = frozenset({"erasure", "data-broker-delete"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        with desk.own.connection() as connection:
            known = next((ask for ask, purpose in asks_of(connection, case.number) if purpose == PURPOSE), "")
        try:
            if known:
                planned = plan_again(desk.app, desk.folder, known)
            else:
                planned = plan_ask(desk.app, desk.folder, "erasure", [subject_line(desk, case)], case.regime or None)
        except (OutOfReach, StoreFault):
            return Prepared(approval=True, waits=AWAY, again=desk.now + AGAIN)
        except NotNow as refusal:
            if refusal.code in NOBODY:
                return Prepared(approval=False, note="no store knows anybody of these identifiers")
            raise
        with desk.own.transaction() as connection:
            add_ask(connection, case.number, planned.ask, PURPOSE)
        second = bool(needs_second(desk.program, "carry-out", right, _grounds(planned)))
        return Prepared(approval=True, ask=planned.ask, digest=planned.digest, second=second)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        ask = self._shown(desk, case, right).ask
        if not ask:
            return nobody(desk, case)
        ended = carried(desk, ask)
        if ended is None and joined(desk, case, ask):
            return Done(waits="it is carried out together with others", again=desk.now + AGAIN, soon=True)
        ended = ended or self._run(desk, case, right, told=telling.nobody_to_tell(desk))
        if ended is None:
            return Done(waits=AWAY, again=desk.now + AGAIN)
        if not ended.get("clean") and not ended.get("fulfilled"):
            return unended(ended.get("troubles", ()), "the erasure is not at its end", desk.now + AGAIN)
        rows = sum(int(store.get("rows", 0)) for store in ended["stores"])
        return Done(values=answer_of(desk, case, ended), letter=letter_of(ended), tell="erase", counts={"rows": rows})

    def conclude(self, desk: Desk, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        if values.get("fulfilled"):  # nobody was to be told, and the first run was the last
            return None
        if not self._shown(desk, case, right).ask:
            return None
        ended = self._run(desk, case, right, told=True)
        if ended is None or not ended.get("fulfilled"):
            return Done(waits="the erasure is not at its end", again=desk.now + AGAIN)
        answered = telling.told_rows(desk, case)
        return Done(values={**answer_of(desk, case, ended), "recipients": answered}, letter=letter_of(ended))

    def _shown(self, desk: Desk, case: Case, right: str) -> Prepared:
        with desk.own.connection() as connection:
            return prepared_of(details_of(connection, desk.master, case.number, [PLANNED + right]), [right])[right]

    def _run(self, desk: Desk, case: Case, right: str, *, told: bool) -> Mapping[str, Any] | None:
        shown = self._shown(desk, case, right)
        if told:
            let_go(desk, shown.ask)
        try:
            ended = run_erasure_ask(desk.app, desk.folder, shown.ask, shown.digest, True, quietly, told=told)
        except (OutOfReach, StoreFault):
            return None
        return {**ended.document, "troubles": ended.troubles}


def letter_of(document: Mapping[str, Any]) -> str:
    """Whole, or in part where something is kept."""
    return "answer-partial" if any(store.get("kept") for store in document["stores"]) else "answer"


def answer_of(desk: Desk, case: Case, document: Mapping[str, Any]) -> dict[str, object]:
    """What the answer says: entries by store, what stays until when and why, when backups are gone; in words, not in names of tables and columns."""
    stores = document["stores"]
    kept = [
        (kinds_in_words(desk, case.language, one["table"], one["columns"], store["store"]), one)
        for store in stores
        for one in store.get("kept", ())
    ]
    days = [one["due"] for one in document.get("overwriting", ()) if one.get("due")]
    values: dict[str, object] = {
        "fulfilled": document.get("fulfilled") is True,
        "done": [
            [desk.labels.word(store["store"], case.language, first=True), _rows(int(store.get("rows", 0)))] for store in stores
        ],
    }
    if days:
        values["backups_gone"] = max(days)
    if kept:
        values["kept"] = [[said, one["until"] or ENDLESS, ground(one["ground"])] for said, one in kept]
        values["refused"] = [said for said, _ in kept]
        values["reasons"] = [ground(id) for id in dict.fromkeys(one["ground"] for _, one in kept)]
        values["cites"] = list(dict.fromkeys(cite for _, one in kept for cite in one["cites"]))
    return values


def _rows(count: int) -> dict[str, object]:
    return {"say": "rows-erased", "count": count} if count else {"say": "nothing-there"}


def ground(id: str) -> dict[str, str]:
    """A ground as the letter's language says it."""
    return {"say": f"ground/{id}"}


def kinds_in_words(desk: Desk, language: str, table: str, columns: Iterable[str], store: str = "") -> str:
    """The kinds of data in columns of a table, as the person's language reads them. Columns that hold no kind of data (keys) are left out; where all are
    such, the table's name is read aloud. Without `store` the first table of this name that has all the columns."""
    named = set(columns)
    found = next((one for one in _tables(desk, table, store) if named <= {column.name for column in one.columns}), None)
    leaves = [leaf for column in found.columns if column.name in named for leaf in leaves_of(column.role)] if found else []
    said = ", ".join(desk.labels.word(leaf, language) for leaf in dict.fromkeys(leaves)) or desk.labels.word(table, language)
    return said[:1].upper() + said[1:]


def _tables(desk: Desk, table: str, store: str) -> Iterator[Table]:
    for one in desk.estate.stores.values() if desk.estate else ():
        if table in one.tables and store in ("", one.store):
            yield one.tables[table]


def _grounds(planned: Planned) -> frozenset[str]:
    """The grounds on which rows of hers stay."""
    return frozenset(
        step.rule.ground
        for part in planned.plan.stores
        for number, step in enumerate(part.steps)
        if isinstance(step, HoldRows) and planned.counts.rows.get((part.store, number))
    )
