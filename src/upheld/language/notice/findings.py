"""Findings of the language rooms: a code with its place becomes a Diagnostic with the fixed first line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from upheld.language.diagnostic import Diagnostic
from upheld.language.terms import CODES


def finding(
    code: str, file: str, line: int, detail: str, *, clause: str = "", suggestion: str | None = None, help: str = ""
) -> Diagnostic:
    """A Diagnostic of `code`; `help` replaces the code's general remedy where a nearer one is known."""
    known = CODES[code]
    return Diagnostic(file, max(1, line), code, known.severity, known.summary, detail, help or known.help, clause, suggestion)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` was probably meant to be, or None."""
    if len(word) > 60:
        return None
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.72)
    return found[0] if found else None


def shown(text: str) -> str:
    """A user's word, safe and short enough to stand in a message."""
    flat = "".join(char if char.isprintable() else "�" for char in text)
    return f"`{flat[:60]}…`" if len(flat) > 60 else f"`{flat}`"
