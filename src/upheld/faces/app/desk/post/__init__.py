"""Mail and the desk: what comes in becomes cases, what waited goes out."""

from upheld.faces.app.desk.post.mail_in import SCHEDULES, destroy_purged, handlers, received, take
from upheld.faces.app.desk.post.sending import send

__all__ = ["SCHEDULES", "destroy_purged", "handlers", "received", "send", "take"]
