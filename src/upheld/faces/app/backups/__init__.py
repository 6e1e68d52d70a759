"""Backups and what is left in files: a restored store is brought up to date with its erasures before it opens."""

from upheld.faces.app.backups.compacting import Compacted, compact_stores
from upheld.faces.app.backups.replaying import Replayed, replay_store

__all__ = ["Compacted", "Replayed", "compact_stores", "replay_store"]
