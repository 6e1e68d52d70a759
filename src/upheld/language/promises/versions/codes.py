"""N31x: what can be wrong with a version beside those published before it. Fixed first lines; a code is never used again."""

from __future__ import annotations

from collections.abc import Mapping

from upheld.language.diagnostic import Diagnostic

# Code → first line, and the remedy that is always true.
SUCCESSION: Mapping[str, tuple[str, str]] = {
    "N310": ("promises, contacts or settings changed but the date did not", "Set `updated:` to the day of the change."),
    "N311": ("date lies in the future", "Publish on that day, or set `updated:` to today; `effective:` may lie ahead."),
    "N312": ("date is before that of the version before", "Set `updated:` to the day of the change."),
    "N313": (
        "version takes effect before the version that it follows",
        "Set `effective:` to that day or later: what people were promised until then stands.",
    ),
    "N314": ("clause id was retired in an earlier version", "Give the clause a new id: an old one means what it meant then."),
    "N315": (
        "clause that was published is gone, and its id is not retired",
        "Add the id under `retired:` in the front matter.",
    ),
    "N316": ("change is published without its reason", "Say why: upheld publish DIR --to OUT --because TEXT"),
    "N317": ("nobody answers for the version", "Name a role of the roster: upheld publish DIR --to OUT --by ROLE"),
}


def fault(code: str, file: str, line: int, detail: str, clause: str = "") -> Diagnostic:
    """An error of `code` at its place."""
    summary, remedy = SUCCESSION[code]
    return Diagnostic(file, max(1, line), code, "error", summary, detail, remedy, clause)
