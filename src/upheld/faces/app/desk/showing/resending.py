"""A file that was made for one person: what its page says before it is fetched, and its link sent once more to where the answer went.

A look counts nothing and opens nothing. The link goes only into a letter, never onto the case's page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from upheld.duties.messages.outbox import letters_of
from upheld.duties.requests import Case
from upheld.duties.requests.tokens import hashed
from upheld.faces.app.desk import writing
from upheld.faces.app.desk.showing.person import shown

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

KIND = "download-ready"
PROVE = frozenset({"prove-email", "acknowledgement"})
PAUSE = timedelta(minutes=10)  # between two letters with a link: nobody fills another's mailbox from our page


@dataclass(frozen=True, slots=True)
class File:
    """A file before it is fetched. `size` in bytes; `fetches`: how often it was."""

    name: str
    size: int
    sha256: str
    until: datetime
    fetches: int


def file_of(desk: Desk, token: str) -> File | None:
    """What lies behind the link; None for one that is unknown or over. Nothing is counted."""
    with desk.own.connection() as connection:
        row = connection.execute(
            "SELECT name, size, sha256, expires_at, fetches FROM request_delivery "
            "WHERE token = %s AND expires_at > %s AND removed_at IS NULL",
            [hashed(token), desk.now],
        ).fetchone()
    return None if row is None else File(row[0], row[1], bytes(row[2]).hex(), row[3], row[4])


def download_again(desk: Desk, number: int) -> bool:
    """The links of what was answered are sent once more; False where there is none to send, or one was sent a moment ago."""
    case = desk.case(number)
    files = shown(desk, case).files
    if not files or _lately(desk, case, frozenset({KIND})):
        return False
    with desk.own.transaction() as connection:
        for file in files:
            values = {
                "download_link": desk.links.file(file.token),
                "download_until": file.expires_at,
                "fingerprint": file.sha256,
            }
            writing.write(desk, connection, case, KIND, values)
    return True


def prove_again(desk: Desk, number: int) -> bool:
    """A new link that proves the address goes there; False where none would prove anything, or one was sent a moment ago."""
    return not _lately(desk, desk.case(number), PROVE) and desk.link_again(number)


def _lately(desk: Desk, case: Case, kinds: frozenset[str]) -> bool:
    with desk.own.connection() as connection:
        sent = [one.queued_at for one in letters_of(connection, case.id) if one.kind in kinds]
    return bool(sent) and desk.now - max(sent) < PAUSE
