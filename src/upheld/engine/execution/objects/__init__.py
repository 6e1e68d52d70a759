"""Files that erased rows pointed to: noted before the commit, erased after it, looked for again."""

from upheld.engine.execution.objects.erasing import Objects, erase_objects, note_paths
from upheld.engine.execution.objects.pending import MemoryPending, OwnPending, Pending

__all__ = ["MemoryPending", "Objects", "OwnPending", "Pending", "erase_objects", "note_paths"]
