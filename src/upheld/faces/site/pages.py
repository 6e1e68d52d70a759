"""What the site shows, as functions that are asked anew for each visit, and the pages made of it.

Knows no database: whoever serves hands the functions in. Every page bears the current checkpoint of the ledger, so that each
reader is a witness of it. Not taken: pages written to disk; then a page could be older than its proof. The notice's own pages are those that
`upheld publish` writes, made from the same editions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from upheld.duties.messages.letters.catalogue import compiled, filled
from upheld.faces.app.scope import Scope
from upheld.faces.board import Board, render_board
from upheld.faces.board.page import Served
from upheld.faces.site.centre.words import NAMES, Speech
from upheld.faces.site.published import Publication, pages_of_notice
from upheld.faces.site.table_words import StoreWords
from upheld.language.promises.model import Program

PACKAGE, ENGLISH = "upheld.faces.site", Speech("en")
NOTICES = "/notice"
STYLESHEET = "/assets/board.css"
ICON = "/assets/mark.svg"
MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M6 1h4v14H6z" fill="#14613c"/></svg>'


@dataclass(frozen=True, slots=True)
class EstatePicture:
    """The drawing (SVG without styles of its own), the lead sentence, kinds of data with their columns, and the same in words."""

    drawing: str
    lead: str
    kinds: tuple[tuple[str, str, int], ...]
    stores: tuple[StoreWords, ...] = ()
    places: tuple[str, ...] = ()  # countries (`IE`) in which the stores stand


@dataclass(frozen=True, slots=True)
class Pages:
    """The sources of the pages. `notice` gives every edition of the notice that is shown, the one that stands last.

    `estate` gives the picture of the estate; `checkpoint` the newest signed note as text. None: there is no such page.
    `centre`: the address of the privacy centre, empty where none is served. `scope`: the register of links that lead out.
    """

    title: str
    firm: str
    board: Callable[[], Board]
    program: Callable[[], Program]
    notice: Callable[[], Publication]
    estate: Callable[[], EstatePicture] | None = None
    checkpoint: Callable[[], str] | None = None
    extra: tuple[tuple[str, str], ...] = field(default=())
    centre: str = ""
    scope: Callable[[], Scope] = Scope

    @property
    def menu(self) -> tuple[tuple[str, str], ...]:
        found = [("Board", "/"), ("Notice", "/notice")]
        if self.estate is not None:
            found.append(("Estate", "/estate"))
        if self.checkpoint is not None:
            found.append(("Ledger", "/ledger"))
        if self.centre:
            found.append(("Your data", self.centre))
        return (*found, *self.extra)


def board_page(pages: Pages, opened: str = "", only: str = "") -> str:
    """The board, with the one proof that was asked for."""
    ledger = "/ledger" if pages.checkpoint is not None else ""
    served = Served(STYLESHEET, ICON, pages.menu, opened, only, notice="/notice", ledger=ledger)
    return render_board(pages.board(), pages.program(), pages.title, served)


def notice_file(pages: Pages, path: str) -> bytes | None:
    """A file of the notice's own pages as it stands under `/notice`, or nothing. `path` may name a folder."""
    found = pages_of_notice(replace(pages.notice(), centre=pages.centre), NOTICES)
    asked = path.strip("/")
    make = found.get(asked) or found.get(f"{asked}/index.html".lstrip("/"))
    return make() if make is not None else None


def estate_page(pages: Pages) -> str:
    """The estate as a picture."""
    assert pages.estate is not None
    return _render(pages, "estate.html", "/estate", estate=pages.estate())


def ledger_page(pages: Pages) -> str:
    """The newest signed checkpoint, to be compared by anybody."""
    note = _note(pages)
    origin, size, root = (*note.split("\n"), "", "", "")[:3]
    return _render(pages, "ledger.html", "/ledger", note=note, origin=origin, size=int(size or 0), root=root)


def leaving_page(pages: Pages, name: str = "", speech: Speech = ENGLISH) -> str | None:
    """Before somebody follows a link that leads out: whose it is, where the owner's statement stands, in the visitor's language. Without a name all of
    them; None for a name that nobody registered."""
    links = pages.scope().links
    if name and name not in links:
        return None
    shown = [links[name]] if name else sorted(links.values(), key=lambda one: (not one.merchant, one.owner.lower()))
    texts = compiled(PACKAGE, speech.language)
    said: dict[str, object] = {
        "say": lambda id, **values: filled(texts[id], values),
        "day": lambda day: speech.day(date.fromisoformat(day)),
        "language": speech.language,
        "languages": NAMES,
        "centre": pages.centre,
    }
    return _render(pages, "leaving.html", "/leaving", links=shown, one=bool(name), **said)


def trouble_page(pages: Pages, title: str, text: str) -> str:
    """A page that says what went wrong and the way out."""
    return _render(pages, "trouble.html", "", heading=title, text=text)


def _note(pages: Pages) -> str:
    return pages.checkpoint() if pages.checkpoint is not None else ""


def _render(pages: Pages, template: str, here: str, **values: object) -> str:
    shown = {
        "title": pages.title,
        "firm": pages.firm,
        "menu": pages.menu,
        "here": here,
        "stylesheet": STYLESHEET,
        "icon": ICON,
        **values,
    }
    return _templates().get_template(template).render(**shown)


def _plainly(sentence: str, **values: object) -> str:
    """The sentence as it stands in the template, its values filled in."""
    return filled(sentence, {name: str(value) for name, value in values.items()})


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("upheld.faces.site"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = _plainly
    return made
