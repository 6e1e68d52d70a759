"""Versions of a firm's notice: published, read back from the register, and compared."""

from upheld.faces.app.versions.comparing import Compared, compare
from upheld.faces.app.versions.published import PROGRAM_FILE, Version, earlier_of, in_force, judged_by, versions_of
from upheld.faces.app.versions.publishing import Published, files_of, publish_folder

__all__ = [
    "PROGRAM_FILE",
    "Compared",
    "Published",
    "Version",
    "compare",
    "earlier_of",
    "files_of",
    "in_force",
    "judged_by",
    "publish_folder",
    "versions_of",
]
