"""E codes: each code becomes the fixed first line that people learn by sight, and its severity.

A code is never reused. Line 1 holds no user's words; place, reason and remedy are given where the fault is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from upheld.language.diagnostic import Diagnostic, Severity

SUMMARIES: dict[str, tuple[Severity, str]] = {
    # the file
    "E101": ("error", "file cannot be read as YAML"),
    "E102": ("error", "word is not one of the estate file's"),
    "E103": ("error", "a needed entry is missing"),
    "E104": ("error", "value does not fit its entry"),
    "E105": ("error", "name stands twice"),
    "E106": ("error", "address of the store may hold a secret"),
    "E107": ("error", "column is not classified"),
    "E108": ("error", "category of data is not a known leaf"),
    "E109": ("error", "reason is missing"),
    "E110": ("error", "party is not known"),
    "E111": ("error", "normal form is not known"),
    "E112": ("error", "column is named but not mapped"),
    "E113": ("error", "path into the document cannot be read"),
    "E114": ("error", "table has no key"),
    "E115": ("error", "table is named but not mapped"),
    # links
    "E201": ("error", "link leads to an unknown table"),
    "E202": ("error", "link leads to an unknown column"),
    "E203": ("error", "link and its target differ in number of columns"),
    "E204": ("error", "link names a kind of person no table is the root of"),
    "E205": ("error", "personal data belongs to nobody"),
    "E206": ("error", "rows have two owners and no rule for both"),
    "E207": ("error", "rows inherit two owners and have no rule for both"),
    "E208": ("error", "rule names an owner that no link bears"),
    "E209": ("error", "owner's own columns are not named"),
    "E210": ("error", "copy goes to a table that is not mapped"),
    "E211": ("error", "no identifier of this form starts the link"),
    # the live schema
    "E301": ("error", "live table is not mapped"),
    "E302": ("error", "mapped table does not exist"),
    "E303": ("error", "mapped column does not exist"),
    "E304": ("error", "no effect can be planned on this kind of table"),
    "E305": ("error", "mapped key does not name one row"),
    "E306": ("error", "trigger is not declared"),
    "E307": ("error", "delete cascades beyond the map"),
    "E308": ("warning", "link has no index"),
    "E309": ("error", "link and its target differ in type"),
    "E310": ("error", "cycle of links can never be cut"),
    "E311": ("error", "store has no snapshot of its schema"),
    "E312": ("warning", "declared trigger does not exist"),
    "E313": ("error", "publication is not declared"),
    "E353": ("error", "derived view is no materialised view"),
    "E352": ("error", "column points into an unknown object store"),
    "E351": ("warning", "odd spellings have no index"),
    # replacements
    "E401": ("error", "column cannot be blanked"),
    "E402": ("error", "link cannot be cut"),
    "E403": ("error", "key holds personal data and cannot be blanked"),
    "E404": ("error", "generated column keeps personal data"),
    # MariaDB
    "E420": ("error", "table is kept without transactions"),
    "E421": ("error", "table keeps old versions of its rows"),
    "E422": ("error", "link of texts may lead to two people"),
}


def finding(code: str, file: str, line: int, detail: str, help: str, suggestion: str | None = None) -> Diagnostic:
    """The diagnostic of `code` at a place; a suggestion also ends the help as a question."""
    severity, summary = SUMMARIES[code]
    if suggestion:
        help = f"{help} Did you mean `{suggestion}`?"
    return Diagnostic(file, line, code, severity, summary, detail, help, suggestion=suggestion)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` most likely misspells, or None."""
    found = get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return found[0] if found else None
