"""The library's front door: one App with the verbs of the product, over one firm's folder and our own database.

An App is handed Settings and nothing else; it opens our database at the first verb that needs it and closes it with
`close`. It decides nothing itself: each verb is a few lines that call the rooms below.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from upheld.faces.app import asking, checking, deciding, scanning, starting, verifying
from upheld.faces.app.errors import NotNow, OutOfReach
from upheld.faces.app.settings import Settings
from upheld.records.keys import KeyRing, open_keys
from upheld.records.own import OwnDatabase, OwnSettings, open_own

Advance = Callable[..., None]


class App:
    """The verbs. Threads may share one; `close` ends the embedded database if nobody else holds it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._own: OwnDatabase | None = None
        self._keys: KeyRing | None = None

    @property
    def own(self) -> OwnDatabase:
        """Our own database, opened and migrated at first use."""
        if self._own is None:
            given = self.settings
            self._own = open_own(OwnSettings(given.own_url, given.owner_url, given.data_folder))
        return self._own

    def close(self) -> None:
        """Connections are closed. May be called twice."""
        if self._own is not None:
            self._own.close()
            self._own = None

    # ---- verbs that change no store

    def init(self, folder: Path) -> list[str]:
        """A commented notice, estate and deployment file stand in `folder`; their names. Refuses to overwrite."""
        return starting.write_start(folder)

    def scan(self, url: str, folder: Path, store: str, place: str, sample: int) -> scanning.Drafted:
        """An estate file and estate.lock of the live store are written into the folder."""
        return scanning.scan_store(url, folder, store, place, sample, self.settings.environment)

    def check(self, path: Path) -> checking.Checked:
        """Program, estate and every diagnostic of a folder."""
        return checking.check_folder(path)

    def decide(self, path: Path, verb: str, data: list[str], keys: list[str], facts: list[str], records: list[str]) -> deciding.Answer:
        """May we …? With the sentence that decides. NotNow if the notice has errors."""
        checked = checking.check_folder(path)
        program = checked.program
        if program is None or checked.compiled_errors:
            raise NotNow("X120", "The notice has errors, so nothing can be decided from it.", f"Run: upheld check {path}")
        return deciding.answer(program, verb, data, keys, facts, records, self.settings.now())
