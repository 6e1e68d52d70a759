"""Cases: holds that are accepted, listed and ended; contested rows and merges that a person decides."""

from upheld.faces.app.cases.accepting import Accepted, Case, accept
from upheld.faces.app.cases.ending import Ending, end
from upheld.faces.app.cases.listing import Holds, list_holds
from upheld.faces.app.cases.queue import Decided, Queue, decide_rows, look, merge_people

__all__ = [
    "Accepted",
    "Case",
    "Decided",
    "Ending",
    "Holds",
    "Queue",
    "accept",
    "decide_rows",
    "end",
    "list_holds",
    "look",
    "merge_people",
]
