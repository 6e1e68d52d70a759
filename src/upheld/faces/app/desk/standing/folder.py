"""A firm's folder stands read and checked, and is read again when one of its files changes; the last good program stays meanwhile.

Where a version of its notice is published and in force, that one's program counts, as for plans.
"""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

from upheld.faces.app.checking import Checked, check_folder
from upheld.faces.app.errors import NotNow
from upheld.faces.app.versions import in_force
from upheld.language.promises.model import Program
from upheld.records.own import OwnDatabase


class StandingFolder:
    """Threads may share one. NotNow at the start if the folder has errors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._seen = _files(folder)
        self._found = _checked(folder)
        self._promised: Program | None = None

    def now(self) -> Checked:
        """The folder as it stands. A dozen stats; the compiler runs only after a change."""
        seen = _files(self.folder)
        with self._lock:
            if seen != self._seen:
                self._seen = seen
                checked = check_folder(self.folder)
                if checked.program is not None and not checked.errors:
                    self._found = checked
            return self._found

    def look(self, own: OwnDatabase, today: date) -> None:
        """Notices what was published meanwhile, or came into force. One statement."""
        found = self.now().program
        standing = in_force(own, found.notices[0].notice, today) if found is not None else None
        self._promised = standing.program if standing is not None else None

    @property
    def program(self) -> Program:
        program = self._promised or self.now().program
        assert program is not None
        return program


def _checked(folder: Path) -> Checked:
    checked = check_folder(folder)
    if checked.program is None or checked.errors:
        raise NotNow("X120", f"{folder} has {checked.errors} errors, and an error is a promise that cannot be kept.",
                     f"Run: upheld check {folder}")  # fmt: skip
    return checked


def _files(folder: Path) -> frozenset[tuple[str, int, int]]:
    files = [*folder.glob("*.md"), *folder.glob("*.yaml"), *folder.glob("estate/*")]
    return frozenset((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file())
