"""A Markdown file to a ParsedNotice: paragraphs, list items and table rows become clauses, promise fences become blocks.

A clause's id and marks stand in braces at its end: `{#keep.2}`, `{#intro.1 .informs}`. A block belongs to the paragraph,
the whole list or the table right above it; indented in an item, to that item. Raw HTML is text. Nothing is dropped: what
cannot be placed is reported. Not taken: the attribute plugin, which knows only braces before a block or after a link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice.blocks import statements_of
from upheld.language.notice.findings import finding, shown
from upheld.language.notice.front import read_front
from upheld.language.notice.model import Block, FrontMatter, ParsedNotice, RawClause

LONGEST_FILE_CHARS = 1_000_000
LONGEST_PARAGRAPH_CHARS = 10_000
DEEPEST = 40
CLAUSE_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z")
MARKS = ("informs", "outside")
_BRACES = re.compile(r"\{(?:#([^\s{}]*))?((?:\s*\.[^\s{}.]+)*)\s*\}\s*\Z")


def parse(source: str, file: str, is_main: bool = True, prefix: str = "") -> ParsedNotice:
    """The file's clauses and blocks. Never raises: any text gives a ParsedNotice, with what is wrong in `diagnostics`.

    `prefix` is the notice's, for an annex, which has no front matter of its own.
    """
    text = clean(source)
    if len(text) > LONGEST_FILE_CHARS:
        return _refused(file, f"It is longer than {LONGEST_FILE_CHARS:,} characters.")
    if max(map(len, re.split(r"\n[ \t]*\n", text))) > LONGEST_PARAGRAPH_CHARS and _has_endless_paragraph(text):
        return _refused(file, f"A paragraph is longer than {LONGEST_PARAGRAPH_CHARS:,} characters.")
    tokens = tokens_of(text)
    if any(token.level >= DEEPEST - 2 for token in tokens):
        return _refused(file, "Lists or quotations are nested too deeply.")
    front, found = _front(tokens, file, is_main)
    walk = _Walk(file, prefix or (front.notice if front else ""))
    walk.over(tokens)
    title = (front.title if front else "") or walk.title
    return ParsedNotice(file, text, title, front, tuple(walk.clauses), tuple(walk.blocks), (*found, *walk.found))


def clean(source: str) -> str:
    """The text without what no page can show: NUL and lone surrogates become U+FFFD, line ends become one sign."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�").removeprefix("\ufeff")
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text) if not text.isascii() else False


def _has_endless_paragraph(text: str) -> bool:
    # Promise tables and fences may be long; only prose is parsed inline, where long runs of brackets cost squares.
    fenced = re.split(r"(?m)^[ \t]*(?:```|~~~).*$", text)
    return any(len(part) > LONGEST_PARAGRAPH_CHARS for piece in fenced[0::2] for part in re.split(r"\n[ \t]*\n", piece))


def _refused(file: str, why: str) -> ParsedNotice:
    return ParsedNotice(file, "", "", None, (), (), (finding("N401", file, 1, why),))


@cache
def markdown() -> MarkdownIt:
    """The one parser; it keeps no state between files."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("table")
    parser.use(front_matter_plugin)
    parser.core.ruler.after("block", "clause_ids", _take_braces)
    return parser


def tokens_of(text: str) -> list[Token]:
    """Markdown tokens; each clause's opening token bears `id` and its marks as attributes."""
    return markdown().parse(text)


def inline_html(token: Token) -> str:
    """The inner HTML of one inline token; raw HTML of the source is escaped, unsafe links are text."""
    parser = markdown()
    return parser.renderer.render([token], parser.options, {})


def _take_braces(state: StateCore) -> None:
    for before, token in pairwise(state.tokens):
        if token.type != "inline" or before.type not in ("paragraph_open", "heading_open", "td_open"):
            continue
        start = token.content.rfind("{")
        braces = _BRACES.match(token.content, start) if start >= 0 else None
        if braces is None or not (braces[1] is not None or braces[2].strip()):
            continue
        token.content = token.content[:start].rstrip()
        token.meta["clause"] = (braces[1] or "", tuple(braces[2].replace(".", " ").split()))


def _front(tokens: list[Token], file: str, is_main: bool) -> tuple[FrontMatter | None, tuple[Diagnostic, ...]]:
    first = tokens[0] if tokens else None
    if first is None or first.type != "front_matter":
        return (read_front("", file, True)[0], read_front("", file, True)[1]) if is_main else (None, ())
    return read_front(first.content, file, is_main)


@dataclass
class _Frame:
    """A container being walked. `above` are the clauses of the sibling right above; None after a heading or nothing."""

    first_clause: int
    above: tuple[int, ...] | None = None


@dataclass
class _Walk:
    file: str
    prefix: str
    title: str = ""
    section: str = ""
    clauses: list[RawClause] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=lambda: [_Frame(0)])

    def over(self, tokens: list[Token]) -> None:
        for position, token in enumerate(tokens):
            self._at(token, tokens, position)

    def _at(self, token: Token, tokens: list[Token], position: int) -> None:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open", "list_item_open", "blockquote_open", "table_open"):
            self.frames.append(_Frame(len(self.clauses)))
        elif kind in ("bullet_list_close", "ordered_list_close", "list_item_close", "blockquote_close", "table_close"):
            inside = tuple(range(self.frames.pop().first_clause, len(self.clauses)))
            self.frames[-1].above = inside or None
        elif kind == "heading_open":
            self._heading(token, tokens[position + 1])
        elif kind == "paragraph_open":
            self._clause(_line(token), [tokens[position + 1]])
        elif kind == "tr_open" and tokens[position + 1].type == "td_open":
            self._clause(_line(token), [cell for cell in _row(tokens, position) if cell.type == "inline"])
        elif kind == "fence" and token.info.strip() == "promise":
            self._block(token)
        elif kind in ("fence", "code_block"):
            self._lost(token)
        elif kind == "hr":
            self.frames[-1].above = None

    def _heading(self, token: Token, inline: Token) -> None:
        self.section = plain_text(inline)
        self.frames[-1].above = None
        if token.tag == "h1" and not self.title:
            self.title = self.section

    def _clause(self, line: int, cells: list[Token]) -> None:
        named = [cell.meta["clause"] for cell in cells if "clause" in cell.meta]
        clause_id, marks = named[-1] if named else ("", ())
        text = " · ".join(filter(None, map(plain_text, cells)))
        html = " · ".join(filter(None, map(inline_html, cells)))
        self._judge(clause_id, marks, line)
        valid = clause_id if CLAUSE_ID.match(clause_id) else ""
        self.clauses.append(RawClause(valid, marks, self.section, text, html, self.file, line))
        self.frames[-1].above = (len(self.clauses) - 1,)

    def _judge(self, clause_id: str, marks: tuple[str, ...], line: int) -> None:
        if not clause_id:
            self.found.append(finding("N102", self.file, line, "This paragraph, list item or row has no id."))
        elif not CLAUSE_ID.match(clause_id):
            why = f"{shown(clause_id)} is no id: lower-case letters and digits, joined by dots or hyphens."
            self.found.append(finding("N102", self.file, line, why))
        for mark in marks:
            if mark not in MARKS:
                self.found.append(
                    finding(
                        "P106",
                        self.file,
                        line,
                        f"{shown('.' + mark)} is no mark of a clause.",
                        help="Mark a clause `.informs` or `.outside`, or bind it to a promise.",
                    )
                )

    def _block(self, token: Token) -> None:
        line = _line(token)
        statements, found = statements_of(token.content.rstrip("\n"), self.file, line + 1)
        above = self.frames[-1].above
        clause = self.clauses[above[0]].id if above else ""
        self.found += [replace(one, clause=f"{self.prefix or 'notice'}.{clause}") for one in found] if clause else found
        self.blocks.append(Block(statements, above, self.file, line))

    def _lost(self, token: Token) -> None:
        line = _line(token)
        why = "A code block stands here; a reader sees it, so it is a clause, and it can bear no id."
        help = "Write ```` ```promise ```` above a promise, and everything else as a paragraph or list."
        self.found.append(finding("N102", self.file, line, why, help=help))
        self.frames[-1].above = None


def _row(tokens: list[Token], start: int) -> list[Token]:
    end = next(at for at in range(start, len(tokens)) if tokens[at].type == "tr_close")
    return tokens[start:end]


def _line(token: Token) -> int:
    return (token.map[0] if token.map else 0) + 1


def plain_text(inline: Token) -> str:
    """The words of an inline token without their marks; an image is its description."""
    parts = [" " if child.type in ("softbreak", "hardbreak") else child.content for child in inline.children or ()]
    return " ".join("".join(parts).split())
