"""What the person may see and do of a case by its link alone: its state, its steps, what is asked of her; never what she or we said."""

from upheld.faces.app.desk.showing.choosing import correctable
from upheld.faces.app.desk.showing.person import LISTED, MAY_ASK, Shown, complete_asked, shown
from upheld.faces.app.desk.showing.resending import File, download_again, file_of, prove_again

__all__ = [
    "LISTED",
    "MAY_ASK",
    "File",
    "Shown",
    "complete_asked",
    "correctable",
    "download_again",
    "file_of",
    "prove_again",
    "shown",
]
