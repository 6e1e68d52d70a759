"""Many approved erasures become one batch, each under the steps that it was shown; what each person is told comes from her own plan's counts.

A few are carried out one by one, for they are done sooner so; from some on, one statement for all is. Who cannot go along (another schema, a hold, an
ask that comes first) is carried out alone. Assumes that the batch's end is each member's; with recipients to tell, each is concluded alone afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, details_of, note_details
from upheld.duties.requests.cases import go_on
from upheld.engine.execution import asks
from upheld.engine.plan.explain import explain
from upheld.faces.app.batches.batching import run_batches
from upheld.faces.app.desk import telling
from upheld.faces.app.desk.works.reading import quietly
from upheld.records.jobs import defer

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

TOGETHER = "erase together"
FEW = 8  # up to so many at once are done sooner one by one
ALONE = "alone"
AT_ONCE = 50  # cases that go on in one transaction: the first begin while the others are still told
WORKING = (  # no more of them are counted than it takes to be many
    "SELECT count(*) FROM (SELECT FROM request WHERE state = 'working' AND rights && ARRAY['erasure', 'data-broker-delete'] "
    f"LIMIT {FEW + 1}) AS working"
)

JOINED = (
    "SELECT request_ask.request, ask.id FROM ask JOIN request_ask ON request_ask.ask = ask.id "
    "WHERE ask.batch = '' AND ask.state = 'planned' ORDER BY request_ask.request"
)
CARRIED = (
    "SELECT request_ask.request, ask.id FROM request JOIN request_ask ON request_ask.request = request.number "
    "JOIN ask ON ask.id = request_ask.ask WHERE request.state = 'working' AND ask.batch <> '' AND ask.batch <> ask.id "
    "AND ask.answer IS NOT NULL"
)


def joined(desk: Desk, case: Case, ask: str) -> bool:
    """Whether the ask waits for a batch now: many do, it was not begun, and it could go along."""
    with desk.own.transaction() as connection:
        row = connection.execute(WORKING).fetchone()
        if row is None or row[0] <= FEW or len(case.rights) > 1:
            return False
        if details_of(connection, desk.master, case.number, [ALONE]).get(ALONE):
            return False
        waits = connection.execute(
            "UPDATE ask SET batch = '' WHERE id = %s AND state = 'planned' AND batch IS NULL OR id = %s AND batch = '' RETURNING id",
            [ask, ask],
        ).fetchone()
        if waits is not None:
            defer(connection, TOGETHER, {}, lock=TOGETHER, queueing_lock=TOGETHER)
        return waits is not None


def carried(desk: Desk, ask: str) -> Mapping[str, Any] | None:
    """What a batch did of this ask, in the person's own counts; None where none carried it."""
    with desk.own.connection() as connection:
        row = connection.execute("SELECT batch, answer FROM ask WHERE id = %s", [ask]).fetchone()
        if row is None or not row[0] or row[0] == ask or row[1] is None:
            return None
        found = asks.find_ask(connection, desk.master, ask)
    if found is None or found.plan is None or found.preview is None:
        return None
    erased: dict[str, int] = {}
    held: set[tuple[str, str]] = set()
    for line in explain(found.plan):
        rows = found.preview.rows.get((line.store, line.number), 0)
        if line.effect and line.mark == "held" and rows:
            held.add((line.store, line.place.rpartition(".")[2]))
        elif line.effect and line.mark != "held":
            erased[line.store] = erased.get(line.store, 0) + rows
    stores = [
        {
            **store,
            "rows": erased.get(store["store"], 0),
            "kept": [one for one in store.get("kept", ()) if (store["store"], one["table"]) in held],
        }
        for store in row[1]["stores"]
    ]
    return {**row[1], "stores": stores}


def let_go(desk: Desk, ask: str) -> None:
    """The ask leaves its batch, which did its work, and is concluded by itself; a batch that nobody is left in has ended."""
    with desk.own.transaction() as connection:
        row = connection.execute("SELECT batch FROM ask WHERE id = %s FOR UPDATE", [ask]).fetchone()
        if row is None or not row[0] or row[0] == ask:
            return
        connection.execute("UPDATE ask SET batch = NULL WHERE id = %s AND state <> 'done'", [ask])
        left = connection.execute(
            "SELECT 1 FROM ask WHERE batch = %s AND id <> %s AND state <> 'done' LIMIT 1", [row[0], row[0]]
        ).fetchone()
        if left is None:
            asks.note_state(connection, row[0], "done", desk.now)


def erase_together(desk: Desk) -> int:
    """Every erasure that waits is carried out with the others; their cases go on, and whoever could not go along goes on alone. How many."""
    with desk.own.connection() as connection:
        waiting = _cases(connection)
    if waiting:
        run_batches(desk.app, desk.folder, quietly, told=telling.nobody_to_tell(desk))
    with desk.own.connection() as connection:
        left = {number for number, _ in _cases(connection)}
        # Whoever joined after the look above, and before the batch began, was carried too, and has nobody else to go on by.
        waiting = sorted({*waiting, *_rows(connection, CARRIED)})
    for start in range(0, len(waiting), AT_ONCE):
        with desk.own.transaction() as connection:
            for number, ask in waiting[start : start + AT_ONCE]:
                if number in left:
                    connection.execute("UPDATE ask SET batch = NULL WHERE id = %s AND batch = ''", [ask])
                    note_details(connection, desk.master, number, {ALONE: "yes"}, desk.now)
                go_on(connection, number)
    return len(waiting)


def _cases(connection: Any) -> list[tuple[int, str]]:
    return _rows(connection, JOINED)


def _rows(connection: Any, sql: str) -> list[tuple[int, str]]:
    return [(int(number), str(ask)) for number, ask in connection.execute(sql).fetchall()]
