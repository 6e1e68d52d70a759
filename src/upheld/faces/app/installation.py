"""Settings become an installation: our own database, the key that wraps all others, the ledger, the data folder.

Opened at first use, closed by `close`. The verbs of the App are given one and hold nothing themselves.
"""

from __future__ import annotations

import os
from pathlib import Path

from upheld.engine.stores import KeptOpen, open_store
from upheld.faces.app.settings import Settings
from upheld.records.keys import MasterKey, load_master
from upheld.records.ledger import begin, sequence
from upheld.records.own import OwnDatabase, OwnSettings, default_folder, open_own

MASTER_FILE = "master.key"


class Installation:
    """Where one controller's Upheld lives. Threads may share one; `close` ends the embedded database if nobody else holds it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._own: OwnDatabase | None = None
        self._master: MasterKey | None = None
        self.firm_sessions = KeptOpen(open_store)

    @property
    def own(self) -> OwnDatabase:
        """Our own database, opened, migrated and with its ledger begun at first use."""
        if self._own is None:
            given = self.settings
            own = open_own(OwnSettings(given.own_url, given.owner_url, given.data_folder))
            with own.connection() as connection:
                begin(connection, self.master, given.origin, given.now())
            self._own = own
        return self._own

    @property
    def data_folder(self) -> Path:
        """Where this installation keeps its files, made at first use."""
        folder = self.settings.data_folder or default_folder()
        if not folder.is_dir():
            # As root the user of an embedded server must pass through, and may not read.
            folder.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        return folder

    @property
    def master(self) -> MasterKey:
        """The key that wraps all others: UPHELD_MASTER_KEY, or a file of mode 0600 in the data folder, made at first use."""
        if self._master is None:
            self._master = load_master(self.settings.master_key, self.data_folder / MASTER_FILE)
        return self._master

    def seal(self) -> int:
        """All leaves recorded so far are numbered and signed for; how many are new."""
        with self.own.connection() as connection:
            return sequence(connection, self.master, self.settings.now())

    def close(self) -> None:
        """Connections are closed, the firm's too. May be called twice."""
        self.firm_sessions.close()
        if self._own is not None:
            self._own.close()
            self._own = None
