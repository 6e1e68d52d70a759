"""What a visitor may see becomes HTML: the frame with the firm's name, and one template a page. No script, no style of its own, no cookie.

Everything that somebody typed is escaped by the templates; nothing else gets onto a page. Links carry the language where the visitor chose one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.standing import CENTRE
from upheld.faces.site.centre.words import NAMES, Speech

STYLESHEET = f"{CENTRE}/centre.css"
SITE_STYLESHEET = "/assets/board.css"
ICON = "/assets/mark.svg"


@dataclass(frozen=True, slots=True)
class Visit:
    """Where the visitor is, in which language. `kept`: what stays in the address when she changes the language."""

    say: Speech
    path: str
    kept: tuple[tuple[str, str], ...] = ()

    def at(self, path: str, **more: str) -> str:
        """An address of ours, in the language that was chosen."""
        query = {**more, **({"lang": self.say.language} if self.say.chosen else {})}
        return path + (f"?{urlencode(query)}" if query else "")

    @property
    def languages(self) -> tuple[tuple[str, str, str], ...]:
        """(code, own name, address of this page in it)."""
        return tuple((code, name, f"{self.path}?{urlencode([*self.kept, ('lang', code)])}") for code, name in NAMES.items())


def render(desk: Desk, visit: Visit, template: str, **values: object) -> str:
    """The page as HTML."""
    return _templates().get_template(template).render(**framed(desk, visit), **values)


def framed(desk: Desk, visit: Visit) -> dict[str, object]:
    """What the frame of every public page is given."""
    return {
        "say": visit.say,
        "visit": visit,
        "firm": desk.firm,
        "word": lambda id, first=False: desk.labels.word(id, visit.say.language, first),
        "worded": lambda id: desk.labels.has(id, visit.say.language),
        "address": ", ".join(dict.fromkeys((desk.firm.name, *desk.firm.address))),
        "centre": CENTRE,
        "stylesheets": (SITE_STYLESHEET, STYLESHEET),
        "icon": ICON,
    }


def ways(desk: Desk) -> tuple[tuple[str, str, str], ...]:
    """Other ways to ask, as the roster names them: (message, text, address of a link or empty)."""
    firm = desk.firm
    found = []
    if firm.contact:
        found.append(("other.email", firm.contact, f"mailto:{firm.contact}"))
    if firm.phone:
        found.append(("other.phone", firm.phone, f"tel:{firm.phone.replace(' ', '')}"))
    if firm.address:
        found.append(("other.post", ", ".join(firm.address), ""))
    return tuple(found)


@cache
def stylesheet() -> str:
    """What the centre adds to the stylesheet of the site."""
    return files("upheld.faces.site.centre").joinpath("assets", "centre.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("upheld.faces.site.centre"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
