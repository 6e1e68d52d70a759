"""A firm's folder and the App become the site's pages, each read anew for each visit.

The notice page is rendered from the file as it stands; the program is compiled again only when a file of the folder changed. Nothing
is probed by a visit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.faces.board import Board, read_board
from upheld.faces.board.of_folder import program_of
from upheld.faces.site.pages import Pages
from upheld.faces.site.serving import LOCAL, running_site, serve_pages
from upheld.language.notice import parse, render_html
from upheld.language.promises.model import Program
from upheld.records.ledger import checkpoint

if TYPE_CHECKING:
    from upheld.faces.app import App

NOTICE = "notice.md"


def serve(app: App, folder: Path, host: str = LOCAL, port: int = 8080, listening: Callable[[str], None] | None = None) -> None:
    """The folder's board, notice and estate are served until stopped. SiteRefused: V901, V902; NotNow if the notice has errors."""
    serve_pages(pages_of(app, folder), host, port, app.own.embedded, listening)


@contextmanager
def running_folder(app: App, folder: Path) -> Iterator[str]:
    """The address of the folder's site on a free port of this machine, while the block lasts."""
    with running_site(pages_of(app, folder)) as address:
        yield address


def pages_of(app: App, folder: Path) -> Pages:
    """The sources of the site's pages. NotNow if the notice has errors."""
    file = folder / NOTICE if folder.is_dir() else folder
    compiled = _Compiled(app, folder)
    version = compiled.program().notices[0]

    def board() -> Board:
        return read_board(app.own, compiled.program(), app.settings.now())

    def notice() -> str:
        return render_html(parse(file.read_text(encoding="utf-8"), file.name))

    def note() -> str:
        with app.own.connection() as connection:
            return checkpoint(connection).note

    return Pages(
        title=version.title,
        firm=version.controller.replace("-", " ").title(),
        board=board,
        program=compiled.program,
        notice=notice,
        estate=_estate(app, folder),
        checkpoint=note,
    )


class _Compiled:
    """The program, compiled again when a file of the folder is another than before."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app, self._folder = app, folder
        self._seen: frozenset[tuple[str, int, int]] = frozenset()
        self._program: Program | None = None

    def program(self) -> Program:
        """The program of the files as they stand; the one before while they do not compile."""
        seen = self._files()
        if self._program is None or seen != self._seen:
            checked = self._app.check(self._folder)
            if self._program is None or checked.program is not None:
                self._program = program_of(checked, self._folder)
            self._seen = seen
        return self._program

    def _files(self) -> frozenset[tuple[str, int, int]]:
        root = self._folder if self._folder.is_dir() else self._folder.parent
        files = [*root.glob("*.md"), *root.glob("*.yaml"), *root.glob("estate/*")]
        return frozenset((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file())


def _estate(app: App, folder: Path) -> Callable[[], str] | None:
    return None
