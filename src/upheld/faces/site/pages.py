"""What the site shows, as functions that are asked anew for each visit, and the pages made of it.

Knows no database: whoever serves hands the functions in. Every page bears the current checkpoint of the ledger, so that each
reader is a witness of it. Not taken: pages written to disk; then a page could be older than its proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from upheld.faces.board import Board, render_board, words
from upheld.faces.board.page import Served
from upheld.faces.site.notice_parts import Contact, parts_of, rights_sections
from upheld.faces.site.table_words import StoreWords
from upheld.language.promises.model import Program

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


@dataclass(frozen=True, slots=True)
class Pages:
    """The sources of the pages. `notice` gives the published notice as an HTML fragment, rendered from its file.

    `estate` gives the picture of the estate; `checkpoint` the newest signed note as text. None: there is no such page.
    `contacts` are those who answer, as the notice's page names them.
    """

    title: str
    firm: str
    board: Callable[[], Board]
    program: Callable[[], Program]
    notice: Callable[[], str]
    estate: Callable[[], EstatePicture] | None = None
    checkpoint: Callable[[], str] | None = None
    contacts: Callable[[], tuple[Contact, ...]] = tuple
    extra: tuple[tuple[str, str], ...] = field(default=())

    @property
    def menu(self) -> tuple[tuple[str, str], ...]:
        found = [("Board", "/"), ("Notice", "/notice")]
        if self.estate is not None:
            found.append(("Estate", "/estate"))
        if self.checkpoint is not None:
            found.append(("Ledger", "/ledger"))
        return (*found, *self.extra)


def board_page(pages: Pages, opened: str = "", only: str = "") -> str:
    """The board, with the one proof that was asked for."""
    served = Served(STYLESHEET, ICON, pages.menu, opened, only)
    return render_board(pages.board(), pages.program(), pages.title, served)


def notice_page(pages: Pages) -> str:
    """The notice as people see it: the day of its text at the head, who answers beside it, the checkpoint it was shown under."""
    program = pages.program()
    parts = parts_of(pages.notice())
    return _render(
        pages,
        "notice.html",
        "/notice",
        version=program.notices[0],
        parts=parts,
        rights=rights_sections(program, parts),
        contacts=pages.contacts(),
        note=_note(pages),
        day=words.day,
    )


def estate_page(pages: Pages) -> str:
    """The estate as a picture."""
    assert pages.estate is not None
    return _render(pages, "estate.html", "/estate", estate=pages.estate())


def ledger_page(pages: Pages) -> str:
    """The newest signed checkpoint, to be compared by anybody."""
    note = _note(pages)
    origin, size, root = (*note.split("\n"), "", "", "")[:3]
    return _render(pages, "ledger.html", "/ledger", note=note, origin=origin, size=int(size or 0), root=root)


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


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("upheld.faces.site"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
