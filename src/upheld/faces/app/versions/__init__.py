"""Versions of a firm's notice: published, and read back from the register."""

from upheld.faces.app.versions.published import PROGRAM_FILE, Version, earlier_of, versions_of
from upheld.faces.app.versions.publishing import Published, publish_folder

__all__ = ["PROGRAM_FILE", "Published", "Version", "earlier_of", "publish_folder", "versions_of"]
