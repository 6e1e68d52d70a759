"""A firm's folder and an App become the pages of the site, read anew for each visit.

Visitors are shown the notice that was published, in all its versions; until one is, the file as a draft. A visit that probes the pages is shown the
file as it stands, for that is what would be published. The folder is checked again only when one of its files changed. A visit probes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from upheld.engine.estate.draw import draw, kinds_of_data
from upheld.engine.estate.model import Catalogue
from upheld.faces.app import App, Checked
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.standing import CENTRE
from upheld.faces.app.scope import read_scope
from upheld.faces.board import Board, read_board, words
from upheld.faces.board.of_app import checked_program
from upheld.faces.site.centre import centre_part
from upheld.faces.site.pages import EstatePicture, Pages
from upheld.faces.site.published import Publication
from upheld.faces.site.published.of_register import drafted, firm_of, published_of
from upheld.faces.site.serving import running_site
from upheld.faces.site.table_words import StoreWords, stores_in_words
from upheld.language.promises.model import Program
from upheld.language.terms.names import country_names
from upheld.records.ledger import checkpoint

BOARD = "/"  # where the running site has the board


@contextmanager
def running_folder(app: App, folder: Path, published: bool = False) -> Iterator[str]:
    """The address of the firm's pages and its privacy centre on a free port of this machine, while the block lasts. `published`: as visitors are shown them."""
    pages = replace(pages_of(app, folder, as_it_stands=not published), centre=CENTRE)
    with running_site(pages, centre_part(Desk(app, folder))) as address:
        yield address


def pages_of(app: App, folder: Path, as_it_stands: bool = False) -> Pages:
    """The sources of the pages. NotNow if the folder has errors at the start; later errors leave the last good program shown.

    `as_it_stands`: the notice's page shows the folder's file, published or not.
    """
    found = _Folder(app, folder)
    checked, program = found.now()
    version = program.notices[0]

    def board() -> Board:
        return read_board(app.own, found.now()[1], app.settings.now())

    def note() -> str:
        with app.own.connection() as connection:
            return checkpoint(connection).note

    def notice() -> Publication:
        checked, _ = found.now()
        shown = None if as_it_stands else published_of(app.published(version.notice), note(), BOARD)
        return shown or drafted(checked, note(), BOARD)

    return Pages(
        title=version.title,
        firm=firm_of(version),
        board=board,
        program=lambda: found.now()[1],
        notice=notice,
        estate=None if checked.estate is None else lambda: _drawn(found.now()[0]),
        checkpoint=note,
        scope=lambda: read_scope(found.now()[1], found.now()[0].project.scope),
    )


def _drawn(checked: Checked) -> EstatePicture:
    assert checked.estate is not None
    names = country_names()
    estate, catalogue = checked.estate, checked.catalogue
    stores = stores_in_words(estate, catalogue, names)
    places = sorted({names.get(store.place, store.place) for store in estate.stores.values()})
    drawing = draw(estate, catalogue or Catalogue({}), names, standalone=False)
    return EstatePicture(
        drawing,
        _lead(stores, places),
        kinds_of_data(estate),
        stores,
        tuple(sorted({store.place for store in estate.stores.values()})),
    )


def _lead(stores: Sequence[StoreWords], places: Sequence[str]) -> str:
    tables = sum(len(store.tables) for store in stores)
    where = (
        f"in one country: {places[0]}"
        if len(places) == 1
        else f"in {words.number(len(places))} countries: {words.several(places)}"
    )
    counted = f"{words.number(len(stores))} {'store' if len(stores) == 1 else 'stores'}"
    return f"Personal data lies in {counted} with {tables:,} {'table' if tables == 1 else 'tables'}, {where}."


class _Folder:
    """The folder, checked again when a file of it is another than before."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app, self._folder = app, folder
        self._seen = self._files()
        self._found = checked_program(app, folder)

    def now(self) -> tuple[Checked, Program]:
        seen = self._files()
        if seen != self._seen:
            self._seen = seen
            checked = self._app.check(self._folder)
            if checked.program is not None and not checked.errors:
                self._found = checked, checked.program
        return self._found

    def _files(self) -> frozenset[tuple[str, int, int]]:
        root = self._folder if self._folder.is_dir() else self._folder.parent
        files = [*root.glob("*.md"), *root.glob("*.yaml"), *root.glob("estate/*")]
        return frozenset((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file())
