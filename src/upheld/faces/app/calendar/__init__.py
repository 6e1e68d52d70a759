"""What the notices say of time, shown and carried out: `upheld retain`."""

from upheld.faces.app.calendar.due import Due, retain_plan
from upheld.faces.app.calendar.kept import Kept, retain_run
from upheld.faces.app.calendar.people import lists_of

__all__ = ["Due", "Kept", "lists_of", "retain_plan", "retain_run"]
