"""Our own database: opened from settings, migrated, borrowed."""

from upheld.records.own.database import OwnDatabase, OwnSettings, on_server, open_own
from upheld.records.own.embedded import EmbeddedServer, default_folder
from upheld.records.own.errors import OwnDatabaseFault
from upheld.records.own.rates import Rates

__all__ = [
    "EmbeddedServer",
    "OwnDatabase",
    "OwnDatabaseFault",
    "OwnSettings",
    "Rates",
    "default_folder",
    "on_server",
    "open_own",
]
