"""A firm's folder and an App become what probes are given, and the board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from upheld.engine.stores import open_store
from upheld.faces.app import App, Checked, NotNow
from upheld.faces.app.addresses import urls_of
from upheld.faces.board.model import Board
from upheld.faces.board.probes import ProbeContext
from upheld.faces.board.prove import Advance, prove, read_board
from upheld.language.law import load_law
from upheld.language.promises.model import Program
from upheld.records.own import EmbeddedServer


def prove_folder(app: App, folder: Path, advance: Advance | None = None) -> tuple[Board, Program]:
    """Every probe that a clause calls for ran over the firm's stores; the board and the program it is of."""
    checked, program = checked_program(app, folder)
    with shadow_server(app) as server:
        board = prove(probe_context(app, checked, program, server), advance=advance)
    app.seal()
    return replace(board), program


def board_of_folder(app: App, folder: Path) -> tuple[Board, Program]:
    """The board as the records give it now; nothing runs."""
    _, program = checked_program(app, folder)
    return read_board(app.own, program, app.settings.now()), program


def checked_program(app: App, folder: Path) -> tuple[Checked, Program]:
    """The folder, checked, and its program. NotNow if notice or estate has errors."""
    checked = app.check(folder)
    if checked.program is None or checked.errors:
        raise NotNow("X120", f"{folder} has {checked.errors} errors, and an error is a promise that cannot be kept.", f"Run: upheld check {folder}")
    return checked, checked.program


def probe_context(app: App, checked: Checked, program: Program, server: EmbeddedServer) -> ProbeContext:
    """What probes are given. Unusable where a store has no address in the environment."""
    if checked.estate is None:
        raise NotNow("X121", "There is no estate beside the notice, so nothing can be tried.", "Draft one: upheld scan URL --to FOLDER")
    given = app.settings
    return ProbeContext(
        program=program,
        estate=checked.estate,
        urls=urls_of(checked.estate, given.environment),
        opened=open_store,
        own=app.own,
        master=app.master,
        law=load_law(),
        now=given.now,
        server=lambda: server,
        notice_source=checked.project.sources[checked.project.main],
        pinned_key=given.pinned_key,
    )


@contextmanager
def shadow_server(app: App) -> Iterator[EmbeddedServer]:
    """A server for shadows and sandboxes: ours where it is embedded, else one that lives as long as the block."""
    if app.own.server is not None:
        yield app.own.server
        return
    server = EmbeddedServer(app.settings.data_folder)
    try:
        yield server
    finally:
        server.close()
