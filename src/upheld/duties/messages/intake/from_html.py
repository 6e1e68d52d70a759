"""An HTML mail becomes its words. Nothing of it is fetched, run or kept as markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SILENT = {"script", "style", "head", "title", "template", "noscript", "svg", "object"}
BREAKS = {"p", "div", "br", "li", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "hr", "section"}
VOID = {"br", "hr"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        if tag in BREAKS:
            self.said.append("\n" if tag in VOID | {"li", "tr"} else "\n\n")
        if tag in ("td", "th"):
            self.said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        if tag in BREAKS - VOID:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(re.sub(r"\s+", " ", data))


def from_html(text: str) -> str:
    """The words of a page, paragraphs apart."""
    reader = _Words()
    try:
        reader.feed(text)
        reader.close()
    except (AssertionError, ValueError):  # the library's own, on some broken declarations
        return re.sub(r"<[^>]*>", " ", text)
    lines = ("".join(reader.said)).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(each.strip() for each in lines)).strip()
