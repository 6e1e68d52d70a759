"""A page of HTML becomes what matters of it here: where it leads, what it asks for, whom it calls. No text of it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

CALLS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "link": "href",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
VISITED = frozenset({"text", "email", "tel", "password", "search", "url", "number", "date", "file", ""})


@dataclass(slots=True)
class Anchor:
    """A link as written, with the words that a reader is given for it."""

    href: str
    rel: frozenset[str]
    said: str = ""


@dataclass(slots=True)
class Markup(HTMLParser):
    """`forms`: the address of each form with the names of the fields that people fill in."""

    anchors: list[Anchor] = field(default_factory=list)
    forms: list[tuple[str, list[str]]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _open: Anchor | None = None

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            said = " ".join(given.get(each, "") for each in ("title", "aria-label"))
            self._open = Anchor(given["href"], frozenset(given.get("rel", "").split()), said)
            self.anchors.append(self._open)
        elif tag == "form":
            self.forms.append((given.get("id") or given.get("name") or given.get("action", ""), []))
        elif tag in ("input", "textarea", "select") and self.forms and given.get("type", "") in VISITED:
            self.forms[-1][1].append(given.get("name", ""))
        elif tag in CALLS and given.get(CALLS[tag]) and not (tag == "link" and "canonical" in given.get("rel", "")):
            self.calls.append(given[CALLS[tag]])

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.said += f" {data}"

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None


def read_markup(text: str) -> Markup:
    """What stands in the text; of a text that is no HTML, nothing."""
    found = Markup()
    found.feed(text)
    return found
