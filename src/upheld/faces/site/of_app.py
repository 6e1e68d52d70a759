"""A firm's folder and an App become the pages of the site, read anew for each visit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from upheld.engine.estate.draw import draw
from upheld.engine.estate.model import Catalogue
from upheld.faces.app import App
from upheld.faces.board import board_of_folder, checked_program
from upheld.faces.site.pages import Pages
from upheld.faces.site.serving import serve
from upheld.records.ledger import checkpoint


def serve_folder(app: App, folder: Path, host: str, port: int, listening: Callable[[str], None]) -> None:
    """The firm's pages are served until stopped. SiteRefused for a public host on the embedded database, or a taken port."""
    serve(pages_of(app, folder), host, port, app.own.embedded, listening)


def pages_of(app: App, folder: Path) -> Pages:
    """The sources of the pages. The folder is checked once; what the records say is read at each visit."""
    checked, program = checked_program(app, folder)
    version = program.notices[0]
    estate = checked.estate
    return Pages(
        title=version.title,
        firm=version.controller,
        board=lambda: board_of_folder(app, folder)[0],
        program=lambda: program,
        notice=lambda: checked.notice_html,
        estate=None if estate is None else lambda: draw(estate, checked.catalogue or Catalogue({})),
        checkpoint=lambda: _note(app),
    )


def _note(app: App) -> str:
    with app.own.connection() as connection:
        return checkpoint(connection).note
