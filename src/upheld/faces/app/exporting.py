"""A firm's folder becomes the machine forms of its notice: the program's canonical JSON, or linked data in DPV terms."""

from __future__ import annotations

from pathlib import Path

from upheld.faces.app.checking import check_folder
from upheld.faces.app.errors import NotNow, Unusable
from upheld.language.promises import to_json
from upheld.language.promises.linked import to_jsonld

FORMATS = ("jsonld", "json")


def export_folder(path: Path, form: str, address: str = "") -> bytes:
    """The notice in one of FORMATS, UTF-8. `address` is where its page stands. NotNow if the notice has errors."""
    if form not in FORMATS:
        raise Unusable("X601", f"`{form}` is not a form of a notice.", f"Forms are {' and '.join(FORMATS)}.")
    checked = check_folder(path)
    if checked.program is None or checked.notice_errors:
        raise NotNow("X120", "The notice has errors, so there is no program to export.", f"Run: upheld check {path}")
    return to_json(checked.program) if form == "json" else to_jsonld(checked.program, address)
