"""The page: from a board and its program to HTML that stands alone.

One file, its style within it, no script, no inline style; it reads the same from a disk and from a server. From a disk every
proof lies in the page and opens by its anchor; a server renders the one proof that was asked for. The body of a clause is
the notice renderer's HTML and is trusted as such; everything else is escaped. Not taken: a script that folds and filters;
`:target` does it, and the place has an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from upheld.faces.board import view, words
from upheld.faces.board.model import STATES, Board
from upheld.language.promises.model import Program

STYLESHEET, OWN = "board.css", "en"


class Tongue(Protocol):
    """A language other than the board's own: a sentence of the templates as it says it, days and moments as it writes them."""

    @property
    def language(self) -> str: ...
    def __call__(self, sentence: str, /, **values: object) -> str: ...
    def day(self, day: date, /) -> str: ...
    def clock(self, at: datetime, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Served:
    """How a server shows the board: addresses of stylesheet and icon, the pages beside it, what the address asked for.

    `home`: where the board itself stands. `notice`, `ledger`: where those pages do; empty: there are none. `who`: the firm, who is signed in, and where
    their account is. `tongue`: the language of what stands around the notice, its evidence and its findings; None: English, as these are.
    """

    stylesheet: str
    icon: str = ""
    pages: tuple[tuple[str, str], ...] = ()
    opened: str = ""
    only: str = ""
    home: str = "/"
    notice: str = ""
    ledger: str = ""
    who: tuple[str, str, str] | None = None
    tongue: Tongue | None = None


def render_board(board: Board, program: Program, title: str = "", served: Served | None = None) -> str:
    """The board as one HTML page; self-contained unless `served`. An unknown `opened` or `only` is ignored."""
    tongue = served.tongue if served is not None else None
    language = tongue.language if tongue is not None else OWN
    return (
        _templates()
        .get_template("board.html")
        .render(
            view=view.of_board(board, program, title),
            board=board,
            served=served,
            style="" if served else stylesheet(),
            states=STATES,
            words=words,
            draw=view.draw_path,
            word=view.WORD,
            _=tongue or _plainly,
            language=language,
            own=Markup("") if language == OWN else Markup(f' lang="{OWN}"'),
            here=Markup("") if language == OWN else Markup(f' lang="{language}"'),
            say_day=tongue.day if tongue is not None else words.day,
            say_clock=tongue.clock if tongue is not None else words.clock,
        )
    )


def _plainly(sentence: str, /, **values: object) -> str:
    """The sentence as it stands in the template, its values filled in."""
    return sentence.format(**values)


def stylesheet() -> str:
    """The one stylesheet of board and site."""
    return files("upheld.faces.board").joinpath("assets", STYLESHEET).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("upheld.faces.board"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
