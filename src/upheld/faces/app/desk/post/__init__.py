"""Mail and the desk: what comes in becomes cases, what waited goes out."""

from upheld.faces.app.desk.post.mail_in import SCHEDULES, destroy_purged, handlers, received, take

__all__ = ["SCHEDULES", "destroy_purged", "handlers", "received", "take"]
