"""Our own database: opened from settings, migrated, borrowed."""

from upheld.records.own.database import OwnDatabase, OwnSettings, on_server, open_own
from upheld.records.own.embedded import EmbeddedServer, default_folder
from upheld.records.own.errors import OwnDatabaseFault

__all__ = ["EmbeddedServer", "OwnDatabase", "OwnDatabaseFault", "OwnSettings", "default_folder", "on_server", "open_own"]
