"""A firm's folder and the App become what probes need: the program, the stores' addresses, the visit to the running site.

A store whose address is not set is left out of `urls`, so that the coverage says it was not reached; it never stops the others. The
site is handed in, for it stands above the board.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.engine.estate.model import Estate
from upheld.engine.stores import open_store
from upheld.faces.board.model import Board
from upheld.faces.board.probes import ProbeContext
from upheld.faces.board.prove import prove
from upheld.language.law import load_law
from upheld.language.promises.model import Program
from upheld.records.own import EmbeddedServer, default_folder

if TYPE_CHECKING:
    from upheld.faces.app import App, Checked

Serving = Callable[["App", Path], AbstractContextManager[str]]
Step = Callable[..., None]
VISIT_TIMEOUT_S = 10


def prove_folder(app: App, folder: Path, advance: Step | None = None, serving: Serving | None = None) -> tuple[Board, Program]:
    """The board after a run over the folder's stores, and the program it is of. NotNow if the notice has errors.

    `advance(n, note)` is told of each probe. `serving` runs the site while its pages are probed; without it they are not.
    """
    checked = app.check(folder)
    program = program_of(checked, folder)
    with _context(app, folder, checked, program, serving) as context:
        board = prove(context, advance=None if advance is None else _told(advance))
    return board, program


def program_of(checked: Checked, folder: Path) -> Program:
    """The program, or NotNow: a notice with errors promises nothing that could be proved."""
    from upheld.faces.app import NotNow

    if checked.program is None:
        raise NotNow("V110", "The notice has errors, so nothing can be proved of it.", f"Run: upheld check {folder}")
    return checked.program


@contextmanager
def _context(app: App, folder: Path, checked: Checked, program: Program, serving: Serving | None) -> Iterator[ProbeContext]:
    estate = checked.estate or Estate({})
    project = checked.project
    with serving(app, folder) if serving is not None else nullcontext("") as base, _sandbox(app) as server:
        yield ProbeContext(
            program, estate, _addresses(estate, app), open_store, app.own, app.master, load_law(), app.settings.now,
            server, project.sources[project.main], _visitor(base) if base else None, app.settings.pinned_key,
        )  # fmt: skip


def _addresses(estate: Estate, app: App) -> dict[str, str]:
    from upheld.faces.app import Unusable
    from upheld.faces.app.addresses import resolve, split

    found = {}
    for name, store in estate.stores.items():
        try:
            engine, address = split(resolve(store.url, app.settings.environment))
        except Unusable:
            continue
        if engine == store.engine:
            found[name] = address
    return found


@contextmanager
def _sandbox(app: App) -> Iterator[Callable[[], EmbeddedServer]]:
    """Our own embedded server where there is one; else one of its own in the data folder, started only if a shadow is asked for."""
    started: list[EmbeddedServer] = []

    def server() -> EmbeddedServer:
        if app.own.server is not None:
            return app.own.server
        if not started:
            started.append(EmbeddedServer((app.settings.data_folder or default_folder()) / "shadows"))
        return started[0]

    try:
        yield server
    finally:
        for each in started:
            each.close()


def _visitor(base: str) -> Callable[[str], str]:
    def visit(path: str) -> str:
        # Never by a proxy of the environment: the visit is to this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(base.rstrip("/") + path, timeout=VISIT_TIMEOUT_S) as answer:
            return str(answer.read().decode("utf-8"))

    return visit


def _told(advance: Step) -> Callable[[str, int, int], None]:
    def step(name: str, done: int, of: int) -> None:
        advance(1 if done else 0, f"probing {done} of {of}: {name}" if name else "probed")

    return step
