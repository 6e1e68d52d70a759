"""An uploaded file becomes a sealed paper of a case, if its size and its own first bytes allow.

Only pictures and PDF, told by their first bytes and not by their name; the name is thrown away, for people write theirs into it. Sealed
under a key of the case's papers alone, so that destroying them destroys nothing else. Nothing is opened, drawn or changed here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, RequestFault, details_of, note_event, request_of
from upheld.faces.app.desk.opening import UNPROVEN
from upheld.records.keys import FrameWriter, ask_key

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

LARGEST = 10 * 1024 * 1024  # bytes of one paper: a good photograph of a passport
MOST = 8  # papers of one case
FOLDER = "papers"
KINDS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
HEAD = 16


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as the desk lists it; what it shows is opened by the verifier alone."""

    serial: int
    item: str
    media_type: str
    size: int
    received_at: datetime
    destroyed_at: datetime | None


def receive(desk: Desk, number: int, item: str, blocks: Iterable[bytes]) -> Paper:
    """The paper, sealed. R130 where none is wanted for `item`, R131 for its size, R132 for what is no picture and no PDF, R133 for one too many."""
    with desk.own.connection() as connection:
        case = request_of(connection, number)
        wanted = details_of(connection, desk.master, number, [UNPROVEN]).get(UNPROVEN, "").split()
        held = sum(1 for paper in papers_of(desk, number) if paper.destroyed_at is None)
    if item not in wanted or not case.open:
        raise RequestFault("R130", "No paper is wanted for this.", "Look at the page of the case for what is asked.")
    if held >= MOST:
        raise RequestFault("R133", f"There are {MOST} papers already.", "Wait for what the verifier says of them.")
    file, media_type, size = _sealed(desk, case, blocks)
    with desk.own.transaction() as connection:
        row = connection.execute(
            "INSERT INTO request_paper (request, item, media_type, size, file, received_at) VALUES (%s, %s, %s, %s, %s, %s) "
            "RETURNING serial, item, media_type, size, received_at, destroyed_at",
            [number, item, media_type, size, file, desk.now],
        ).fetchone()
        assert row is not None
        note_event(connection, desk.master, desk.law, number, "paper-received", desk.now, by="person")
    return Paper(*row)


def papers_of(desk: Desk, number: int) -> tuple[Paper, ...]:
    """Every paper of the case, destroyed ones too, the first first."""
    with desk.own.connection() as connection:
        rows = connection.execute(
            "SELECT serial, item, media_type, size, received_at, destroyed_at FROM request_paper WHERE request = %s ORDER BY serial",
            [number],
        )
        return tuple(Paper(*row) for row in rows)


def key_name(case: Case) -> str:
    """The name of the key of the case's papers."""
    return f"{case.id}:papers"


def _sealed(desk: Desk, case: Case, blocks: Iterable[bytes]) -> tuple[str, str, int]:
    """File name, media type and size; the half-written file is gone where it is refused."""
    with desk.own.connection() as connection:
        key = ask_key(connection, desk.master, key_name(case), desk.now)
    folder = desk.app.data_folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    size, head, media_type = 0, b"", ""
    try:
        with path.open("xb") as out:
            path.chmod(0o600)
            with FrameWriter(key, out) as frames:
                for block in blocks:
                    size += len(block)
                    if size > LARGEST:
                        raise RequestFault(
                            "R131", f"The file is larger than {LARGEST // 1024 // 1024} MB.", "Send a smaller picture of it."
                        )
                    if len(head) < HEAD:
                        head += block[: HEAD - len(head)]
                    frames.write(block)
                media_type = next((kind for start, kind in KINDS.items() if head.startswith(start)), "")
                if not media_type:
                    raise RequestFault("R132", "The file is no PDF, JPEG or PNG.", "Send a picture or a PDF of the paper.")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path.name, media_type, size
