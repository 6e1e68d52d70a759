"""What the desk does by the clock: warnings, missed days, reminders, and what it no longer needs."""

from upheld.faces.app.desk.keeping.clocks import watch
from upheld.faces.app.desk.keeping.purging import purge_ended

__all__ = ["purge_ended", "watch"]
