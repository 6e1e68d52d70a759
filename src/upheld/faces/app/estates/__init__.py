"""Estates beside what is live, and estates drafted from other tools' files."""

from upheld.faces.app.estates.drifting import Drifted, drift_folder

__all__ = ["Drifted", "drift_folder"]
