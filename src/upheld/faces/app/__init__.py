"""The verbs of the library, over one firm's folder and our own database."""

from upheld.faces.app.app import App
from upheld.faces.app.checking import Checked, check_as_json
from upheld.faces.app.errors import Exit, NotNow, OutOfReach, Unusable
from upheld.faces.app.part import Part
from upheld.faces.app.settings import Settings, from_environment
from upheld.faces.app.work import Work

__all__ = [
    "App",
    "Checked",
    "Exit",
    "NotNow",
    "OutOfReach",
    "Part",
    "Settings",
    "Unusable",
    "Work",
    "check_as_json",
    "from_environment",
]
