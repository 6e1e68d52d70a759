"""The rights desk: from a person's words to a true answer, in time. Every face and every worker calls these verbs."""

from upheld.faces.app.desk.desk import Desk
from upheld.faces.app.desk.model import Asked, Delivery, Done, Prepared, Work

__all__ = ["Asked", "Delivery", "Desk", "Done", "Prepared", "Work"]
