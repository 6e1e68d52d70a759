"""A verifier's yes or no becomes a proven item or another asking, and the end of the papers: key destroyed, files gone, told.

Papers do not outlive the decision that they were for, whichever it is; nor the case. The ledger says how many were destroyed, and when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, RequestFault, details_of, note_event, request_of
from upheld.faces.app.desk import identifying, writing
from upheld.faces.app.desk.opening import UNPROVEN
from upheld.faces.app.desk.papers.receiving import FOLDER, key_name
from upheld.faces.app.desk.papers.seeing import VERIFIER
from upheld.records.keys import destroy_ask_key

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


def accept(desk: Desk, number: int, items: frozenset[str], by: str) -> Case:
    """These items are proven by the papers. When nothing else is wanted the papers are destroyed and the case goes on. R134, R136."""
    with desk.own.transaction() as connection:
        wanted = _asked(desk, connection, number, by)
        if not items or items - wanted:
            raise RequestFault("R136", "That was not asked to be proven.", "Accept or refuse what the case waits for.")
        case = identifying.proven(desk, connection, number, "papers", items, by)
    return case if wanted - items else _destroyed(desk, case)


def reject(desk: Desk, number: int, why: str, by: str) -> Case:
    """The papers prove nothing: they are destroyed, and the person is asked again, with the reason. R134; R136 without a reason."""
    if not why.strip():
        raise RequestFault("R136", "A refusal of papers has a reason.", "Write what is wrong with them.")
    with desk.own.transaction() as connection:
        wanted = _asked(desk, connection, number, by)
        case = note_event(connection, desk.master, desk.law, number, "papers-rejected", desk.now, by=by, note=why)
    case = _destroyed(desk, case)
    with desk.own.transaction() as connection:
        writing.ask_papers(desk, connection, case, sorted(wanted))
    return case


def destroy(desk: Desk, case: Case) -> int:
    """The papers' key is destroyed, then their files; how many there were. Safe to call again."""
    with desk.own.transaction() as connection:
        files = [row[0] for row in connection.execute(
            "UPDATE request_paper SET destroyed_at = %s WHERE request = %s AND destroyed_at IS NULL RETURNING file", [desk.now, case.number]
        )]  # fmt: skip
        destroy_ask_key(connection, key_name(case))
        if files:
            items = {"papers": len(files)}
            note_event(connection, desk.master, desk.law, case.number, "proofs-destroyed", desk.now, counts=items)
    for file in files:
        (desk.app.data_folder / FOLDER / file).unlink(missing_ok=True)
    return len(files)


def settled(desk: Desk, case: Case) -> Case:
    """Something else was proven: where nothing is wanted any more, papers that were accepted before are destroyed now."""
    with desk.own.connection() as connection:
        wanted = details_of(connection, desk.master, case.number, [UNPROVEN]).get(UNPROVEN, "")
    return case if wanted else _destroyed(desk, case)


def _destroyed(desk: Desk, case: Case) -> Case:
    count = destroy(desk, case)
    if count:
        with desk.own.transaction() as connection:
            values = {"destroyed_on": desk.now.date(), "proofs": [{"say": "paper-files", "count": count}]}
            writing.write(desk, connection, case, "proofs-destroyed", values)
    return desk.case(case.number)


def _asked(desk: Desk, connection: Any, number: int, by: str) -> frozenset[str]:
    request_of(connection, number)
    said = details_of(connection, desk.master, number, [UNPROVEN, VERIFIER])
    if said.get(VERIFIER, by) != by:
        raise RequestFault("R134", "Another verifier has this case.", "Ask the one who looked first.")
    return frozenset(said.get(UNPROVEN, "").split())
