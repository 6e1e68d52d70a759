"""A parsed notice to the page that people read: the file without its promise blocks, as an HTML fragment.

Each part under a heading is a `section`; each clause bears its id, so that a link can point at a sentence. Safe to put
into any page: raw HTML of the source is shown as text, and links of other schemes than web and mail are text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from markdown_it.token import Token

from upheld.language.notice.from_markdown import markdown, plain_text, tokens_of
from upheld.language.notice.model import ParsedNotice

_NOT_IN_AN_ID = re.compile(r"[^a-z0-9]+")


def render_html(notice: ParsedNotice, prefix: str = "", proof: Callable[[str], str] | None = None) -> str:
    """The fragment, sections in the order of the file. Costs one parse of the source.

    `prefix` stands before every clause's id (`qualer.`), so that one page can hold several notices. `proof` gives the address of what keeps a
    clause, by that id; each clause then ends with a link to it.
    """
    parser = markdown()
    parts: list[str] = []
    depth: list[int] = []
    taken: set[str] = set()
    tokens = [token for token in tokens_of(notice.source) if not _is_hidden(token)]
    chunk: list[Token] = []
    for position, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            parts.append(parser.renderer.render(chunk, parser.options, {}))
            chunk = []
            parts.append(_open_section(token, tokens[position + 1], depth, taken))
        _bear_id(tokens, position, prefix, proof)
        chunk.append(token)
    parts.append(parser.renderer.render(chunk, parser.options, {}))
    return "".join(parts) + "</section>\n" * len(depth)


def _is_hidden(token: Token) -> bool:
    return token.type == "front_matter" or (token.type == "fence" and token.info.strip() == "promise")


def _open_section(token: Token, inline: Token, depth: list[int], taken: set[str]) -> str:
    level = int(token.tag[1])
    closed = 0
    while depth and depth[-1] >= level:
        depth.pop()
        closed += 1
    depth.append(level)
    name = inline.meta.get("clause", ("", ()))[0] or _NOT_IN_AN_ID.sub("-", plain_text(inline).lower()).strip("-") or "part"
    anchor = name
    while anchor in taken:
        anchor += "-again"
    taken.add(anchor)
    # The prefix keeps a heading's anchor apart from the clauses' ids.
    return "</section>\n" * closed + f'<section id="part-{_escaped(anchor)}">\n'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _bear_id(tokens: list[Token], position: int, prefix: str, proof: Callable[[str], str] | None) -> None:
    inline = tokens[position]
    if inline.type != "inline" or "clause" not in inline.meta or tokens[position - 1].type == "heading_open":
        return
    clause_id, marks = inline.meta["clause"]
    bearer = _bearer(tokens, position)
    if clause_id:
        bearer.attrSet("id", prefix + clause_id)
        if proof is not None:
            inline.children = [*(inline.children or ()), _proof_link(clause_id, proof(prefix + clause_id))]
    bearer.attrSet("class", " ".join(("clause", *marks)))


def _proof_link(clause_id: str, address: str) -> Token:
    said = escape(clause_id)
    text = f' <a class="how" href="{escape(address)}"><span class="unseen">How sentence </span>{said}<span class="unseen"> is kept</span></a>'
    return Token("html_inline", "", 0, content=text)


def _bearer(tokens: list[Token], position: int) -> Token:
    before = tokens[position - 1]
    if before.type == "td_open":
        return next(tokens[at] for at in range(position, -1, -1) if tokens[at].type == "tr_open")
    opens_item = position >= 2 and tokens[position - 2].type == "list_item_open"
    return tokens[position - 2] if opens_item else before
