"""Diagnostics to the words a person reads in a terminal: four lines a finding, the first one fixed."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from upheld.language.diagnostic import Diagnostic

WIDTH = 96
INDENT = "      "


def format_diagnostics(diagnostics: Iterable[Diagnostic]) -> str:
    """One paragraph a finding, in the order given: code and summary; place; why; what to do. Empty for none."""
    return "\n\n".join(map(format_diagnostic, diagnostics))


def format_diagnostic(diagnostic: Diagnostic) -> str:
    """One finding. Lines after the first are indented to stand under the summary."""
    place = f"{diagnostic.file}:{diagnostic.line}"
    if diagnostic.clause:
        place += f", clause {diagnostic.clause}"
    remedy = diagnostic.help
    if diagnostic.suggestion:
        remedy = f"Did you mean `{diagnostic.suggestion}`? {remedy}"
    body = [
        line
        for text in (place, diagnostic.detail, remedy)
        for line in wrap(text, WIDTH - len(INDENT), break_long_words=False, break_on_hyphens=False)
    ]
    return "\n".join((f"{diagnostic.code}  {diagnostic.summary}", *(INDENT + line for line in body)))
