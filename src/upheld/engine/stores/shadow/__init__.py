"""Shadows: a firm's schema without a row of it, in an engine of our own, where a probe may do harm."""

from upheld.engine.stores.shadow.backups import Taken, backup_of, restored
from upheld.engine.stores.shadow.copies import PostgreSQLShadow, Shadow, ShadowRefused, shadow_of

__all__ = ["PostgreSQLShadow", "Shadow", "ShadowRefused", "Taken", "backup_of", "restored", "shadow_of"]
