"""The estate's backups become the day before which nothing can come back: tombstones older than that die, and no older backup is replayed.

Where any backup of a store says no `kept-days`, nothing is known of its age, and its tombstones stay.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from upheld.engine.estate.model import Estate
from upheld.faces.app.installation import Installation
from upheld.records.people.tombstones import let_tombstones_die

SLACK = timedelta(days=2)  # a nightly job that removes backups may be a night late


def oldest_backup(estate: Estate, store: str, now: datetime) -> datetime | None:
    """When the oldest backup that can still be there was taken; None where nobody said."""
    kept = [
        estate.stores[store].backup,
        *(s.backup for s in estate.stores.values() if s.kind == "backup" and s.backup and s.backup.of == store),
    ]
    known = [one.kept_days for one in kept if one is not None]
    return now - timedelta(days=max(known)) - SLACK if estate.stores[store].backup is not None else None


def bury_no_longer(app: Installation, estate: Estate) -> int:
    """Tombstones that no backup can make use of any more are gone, with the keys of their quarters; how many."""
    oldest = {name: oldest_backup(estate, name, app.settings.now()) for name in estate.stores}
    with app.own.transaction() as connection:
        return sum(let_tombstones_die(connection, at, name) for name, at in oldest.items() if at is not None)
