"""After a restore: who in the restored store was erased since its backup was taken, bound for an ordinary erasure."""

from upheld.engine.execution.restores.restored import Restored, erased_since_backup

__all__ = ["Restored", "erased_since_backup"]
