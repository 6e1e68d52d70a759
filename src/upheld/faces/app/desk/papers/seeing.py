"""A paper is opened for the case's one verifier, and each look stands on the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upheld.duties.requests import RequestFault, details_of, note_details, note_event, request_of
from upheld.faces.app.desk.papers.receiving import FOLDER, key_name
from upheld.records.keys import find_ask_key, read_frames

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

VERIFIER = "verifier"


def see(desk: Desk, number: int, serial: int, by: str) -> tuple[str, Iterator[bytes]]:
    """Media type and bytes. The first who looks is the case's verifier; R134 for anybody else, R135 where the paper is destroyed."""
    with desk.own.transaction() as connection:
        case = request_of(connection, number)
        verifier = details_of(connection, desk.master, number, [VERIFIER]).get(VERIFIER, "")
        if verifier and verifier != by:
            raise RequestFault("R134", "Another verifier has this case.", "Ask the one who looked first.")
        row = connection.execute(
            "SELECT media_type, file FROM request_paper WHERE request = %s AND serial = %s AND destroyed_at IS NULL",
            [number, serial],
        ).fetchone()
        key = find_ask_key(connection, desk.master, key_name(case))
        if row is None or key is None:
            raise RequestFault(
                "R135", "This paper is destroyed.", "Decide by what stands on the timeline, or ask for it again."
            )
        if not verifier:
            note_details(connection, desk.master, number, {VERIFIER: by}, desk.now)
        note_event(connection, desk.master, desk.law, number, "paper-seen", desk.now, by=by)
    media_type, file = row
    path = desk.app.data_folder / FOLDER / file

    def blocks() -> Iterator[bytes]:
        with path.open("rb") as source:
            yield from read_frames(key, source)

    return media_type, blocks()
