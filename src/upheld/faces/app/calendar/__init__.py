"""What the notices say of time, shown and carried out: `upheld retain`."""

from upheld.faces.app.calendar.due import Due, retain_plan
from upheld.faces.app.calendar.kept import Kept, retain_run

__all__ = ["Due", "Kept", "retain_plan", "retain_run"]
