"""What the notices say of time, shown and carried out: `upheld retain`."""

from upheld.faces.app.calendar.due import Due, retain_plan
from upheld.faces.app.calendar.kept import Kept, retain_run
from upheld.faces.app.calendar.people import lists_of
from upheld.faces.app.calendar.reviewing import Answer, Review, review

__all__ = ["Answer", "Due", "Kept", "Review", "lists_of", "retain_plan", "retain_run", "review"]
