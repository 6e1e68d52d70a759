"""Estates beside what is live, and estates drafted from other tools' files."""

from upheld.faces.app.estates.drifting import Drifted, drift_folder
from upheld.faces.app.estates.importing import Imported, import_fides

__all__ = ["Drifted", "Imported", "drift_folder", "import_fides"]
