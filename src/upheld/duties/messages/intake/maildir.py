"""A mailbox as a folder: the mails that this machine's own mail server delivers, each a file (maildir), read in place and moved when they are on record.

Takes the place of IMAP where the firm's mail server stands on the same machine (`maildir:///var/mail/privacy`). A mail's number is drawn from its file's
name without the flags behind the colon, which mail programs change. Must never follow a link out of the folder. Not taken: mbox; one file that two
programs write is locked, or broken.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.intake.mailbox import TAKEN, Place, Raw

SCHEME = "maildir"
PARTS = ("tmp", "new", "cur")
VALIDITY = 1  # names of files are never given anew
BITS = 62


def is_maildir(url: str) -> bool:
    """Whether the address is a folder's."""
    return urlsplit(url).scheme == SCHEME


class MaildirBox:
    """An open maildir. `uids`, `read`, `move` and `destroy` are those of a mailbox over IMAP. R421 for no address, R425 for no folder."""

    def __init__(self, url: str) -> None:
        found = urlsplit(url)
        if found.netloc or not found.path.startswith("/"):
            raise MessageFault("R421", "UPHELD_IMAP_URL names no folder: maildir:// is followed by a whole path.")
        self._folder = Path(unquote(found.path))
        taken = parse_qs(found.query).get("taken", [TAKEN])[0]
        self._taken = self._folder / ("." + taken.replace("/", "."))  # as dovecot and courier name the folders of a maildir
        self.place = Place(SCHEME, "", 0, "", "", str(self._folder), taken, "")
        self.validity = VALIDITY
        self._here: dict[int, Path] = {}

    def close(self) -> None:
        """Nothing is held open."""

    def open(self, *, to_write: bool = False) -> None:
        """R425 if the folder is none, or cannot be read; to write, the folder for what was taken is made."""
        try:
            self._files(self._folder)
            if to_write:
                for part in PARTS:
                    (self._taken / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            raise MessageFault("R425", "The folder to read is no maildir, or may not be used.") from None

    def uids(self) -> tuple[int, ...]:
        """Numbers of all mails, the one that was delivered first first."""
        self._here = self._files(self._folder)
        return tuple(sorted(self._here, key=lambda number: (_age(self._here[number]), number)))

    def read(self, uid: int, most: int) -> Raw | None:
        """The mail's first `most` bytes, received when its file was written. None: it is gone meanwhile, or is no file."""
        path = self._here.get(uid)
        if path is None or not path.exists():  # a mail program may have renamed it meanwhile
            path = self._files(self._folder).get(uid)
        if path is None:
            return None
        try:
            if not stat.S_ISREG(path.lstat().st_mode):  # a folder could be opened, and would stay open
                return None
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                about = os.fstat(file.fileno())
                content = file.read(most)
        except OSError:
            return None
        return Raw(uid, content, datetime.fromtimestamp(int(about.st_mtime), UTC), about.st_size > len(content))

    def move(self, uids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """These mails lie in the folder for those that were taken, under the same numbers."""
        here = self._files(self._folder)
        for uid in (uid for uid in uids if uid in here):
            try:
                here[uid].rename(self._taken / "cur" / here[uid].name)
            except FileNotFoundError:
                continue
            except OSError:
                raise MessageFault("R425", "Mails that are on record cannot be moved to their folder.") from None
        return {uid: (VALIDITY, uid) for uid in uids if uid in here}

    def destroy(self, validity: int, uids: Sequence[int]) -> bool:
        """These mails of the folder for those that were taken are gone; False where they were numbered by another kind of mailbox. R425: they may not be
        taken away."""
        if validity != VALIDITY:
            return False
        try:
            self._files(self._folder)  # a disk that is away holds its mails still
            there = self._files(self._taken) if self._taken.is_dir() else {}
            for uid in (uid for uid in uids if uid in there):
                there[uid].unlink(missing_ok=True)
        except OSError:
            raise MessageFault("R425", "Mails of ended cases cannot be taken away.") from None
        return True

    def _files(self, folder: Path) -> dict[int, Path]:
        return {
            _number(entry.name): Path(entry.path)
            for part in PARTS[1:]
            for entry in os.scandir(folder / part)
            if not entry.name.startswith(".")
        }


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.partition(":")[0].encode("utf-8", "surrogateescape")).digest()[:8]) >> (64 - BITS)


def _age(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0
