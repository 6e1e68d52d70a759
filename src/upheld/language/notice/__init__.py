"""The notice as a file: its clauses, its blocks, its page, and findings in words."""

from upheld.language.notice.explain import format_diagnostic, format_diagnostics
from upheld.language.notice.findings import finding
from upheld.language.notice.from_markdown import parse
from upheld.language.notice.model import Block, Entry, FrontMatter, ParsedNotice, RawClause, Statement
from upheld.language.notice.to_html import render_html

__all__ = [
    "Block",
    "Entry",
    "FrontMatter",
    "ParsedNotice",
    "RawClause",
    "Statement",
    "finding",
    "format_diagnostic",
    "format_diagnostics",
    "parse",
    "render_html",
]
