"""What a case is, whole, and the queue page by page: for faces that hand it on to programs."""

from upheld.faces.app.desk.looking.queue import Place, queue_page
from upheld.faces.app.desk.looking.whole import Whole, mark_of, whole_case

__all__ = ["Place", "Whole", "mark_of", "queue_page", "whole_case"]
