"""The verbs of the library, over one firm's folder and our own database."""

from upheld.faces.app.app import App
from upheld.faces.app.checking import Checked, check_as_json
from upheld.faces.app.errors import Exit, NotNow, OutOfReach, Unusable
from upheld.faces.app.settings import Settings, from_environment

__all__ = ["App", "Checked", "Exit", "NotNow", "OutOfReach", "Settings", "Unusable", "check_as_json", "from_environment"]
