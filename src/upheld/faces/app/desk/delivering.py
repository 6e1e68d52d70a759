"""A file for one person becomes an encrypted copy, a link that expires, and a hash in the ledger.

The copy is sealed under the case's own key, streamed at constant memory; the plain file is removed at once. The link's token is random and
shown once, in the answer. After its day, or when the case's key goes, nothing opens. Not taken: an attachment; a mailbox keeps it for ever.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import upheld.duties.requests.details as details
from upheld.duties.requests import Case, note_event
from upheld.duties.requests.tokens import hashed, new_token
from upheld.faces.app.desk.model import Delivery
from upheld.records.keys import FrameWriter, find_ask_key, read_frames
from upheld.records.ledger import Detail, Leaf, append
from upheld.records.ledger.leaf import Json

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

BLOCK = 64 * 1024
FOLDER = "deliveries"


@dataclass(frozen=True, slots=True)
class Kept:
    """One delivery as the answer names it: the token of its link, and what to compare the file with."""

    token: str
    name: str
    sha256: str
    size: int
    expires_at: datetime

    def as_json(self) -> dict[str, object]:
        return {
            "token": self.token,
            "name": self.name,
            "sha256": self.sha256,
            "size": self.size,
            "expires": self.expires_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Fetched:
    """An open delivery: its plain bytes, in blocks, whole only when the iterator ends."""

    name: str
    media_type: str
    size: int
    sha256: str
    blocks: Iterator[bytes]


def seal_file(desk: Desk, case: Case, file: Delivery) -> tuple[Kept, str]:
    """The encrypted copy lies in our data folder; the plain file is gone. Nothing is on record yet: see `record`."""
    with desk.own.connection() as connection:
        key = details.case_key(connection, desk.master, case.id, desk.now)
    folder = desk.app.data_folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    with file.path.open("rb") as plain, (folder / name).open("xb") as out:
        (folder / name).chmod(0o600)
        with FrameWriter(key, out) as frames:
            while block := plain.read(BLOCK):
                digest.update(block)
                size += len(block)
                frames.write(block)
    file.path.unlink()
    return Kept(new_token(), file.name, digest.hexdigest(), size, desk.now + desk.policy.download), name


def record(desk: Desk, connection: Any, case: Case, kept: Kept, file: str, media_type: str) -> None:
    """The delivery is on record, its hash in the ledger's detail; in the caller's transaction."""
    what: dict[str, Json] = {"request": case.id, "sha256": kept.sha256, "size": kept.size}
    append(connection, [Leaf("request:delivered", desk.now, case.clauses, {"files": 1}, detail=Detail(what, case.subject))])
    connection.execute(
        "INSERT INTO request_delivery (token, request, name, media_type, file, sha256, size, made_at, expires_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            hashed(kept.token), case.number, kept.name, media_type, file, bytes.fromhex(kept.sha256), kept.size, desk.now, kept.expires_at,
        ],
    )  # fmt: skip


def fetch(desk: Desk, token: str) -> Fetched | None:
    """The file behind a link, counted and on the case's timeline; None for a link that is unknown or over."""
    with desk.own.transaction() as connection:
        row = connection.execute(
            "UPDATE request_delivery SET fetched_at = coalesce(fetched_at, %s), fetches = fetches + 1 "
            "WHERE token = %s AND expires_at > %s AND removed_at IS NULL "
            "RETURNING request, name, media_type, file, size, sha256, fetches",
            [desk.now, hashed(token), desk.now],
        ).fetchone()
        if row is None:
            return None
        number, name, media_type, file, size, digest, fetches = row
        key = find_ask_key(connection, desk.master, f"R-{number:04d}")
        if key is None:
            return None
        if fetches == 1:
            note_event(connection, desk.master, desk.law, number, "fetched", desk.now, by="person")
    path = desk.app.data_folder / FOLDER / file
    return Fetched(name, media_type, size, bytes(digest).hex(), _opened(key, path)) if path.is_file() else None


def remove_expired(desk: Desk) -> int:
    """Files whose day is over are gone from our folder; how many. Run daily; a file that no row names goes too, a day after."""
    folder, removed = desk.app.data_folder / FOLDER, 0
    with desk.own.connection() as connection:
        rows = connection.execute(
            "SELECT token, file FROM request_delivery WHERE removed_at IS NULL AND expires_at <= %s", [desk.now]
        ).fetchall()
        for token, file in rows:
            (folder / file).unlink(missing_ok=True)
            connection.execute("UPDATE request_delivery SET removed_at = %s WHERE token = %s", [desk.now, token])
            removed += 1
        named = {row[0] for row in connection.execute("SELECT file FROM request_delivery WHERE removed_at IS NULL")}
    with contextlib.suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.name not in named and desk.now.timestamp() - path.stat().st_mtime > 86_400:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _opened(key: bytes, path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from read_frames(key, source)
