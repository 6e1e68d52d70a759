"""E50x: what is wrong with a Fides dataset, each code with its fixed first line."""

from __future__ import annotations

from upheld.engine.estate.codes import nearest
from upheld.language.diagnostic import Diagnostic

SUMMARIES: dict[str, str] = {
    "E501": "file cannot be read as a Fides dataset",
    "E502": "dataset lacks what Fides demands",
    "E503": "entry of the dataset has another shape",
    "E504": "name stands twice in the dataset",
    "E505": "reference leads nowhere",
    "E506": "annotations contradict each other",
}


def fault(code: str, file: str, line: int, detail: str, help: str, suggestion: str | None = None) -> Diagnostic:
    """The diagnostic of `code`; nothing is drafted while there is one."""
    if suggestion:
        help = f"{help} Did you mean `{suggestion}`?"
    return Diagnostic(file, line, code, "error", SUMMARIES[code], detail, help, suggestion=suggestion)


__all__ = ["SUMMARIES", "fault", "nearest"]
