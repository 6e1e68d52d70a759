"""`replay compact`: what a restored backup brought back is erased again before its store opens; what was erased is overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app.asks import Ended
from upheld.faces.cli.acting import print_planned, tell_end
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

Folder = Annotated[Path, typer.Argument(help="The firm's folder, which holds notice.md and estate/.", show_default=False)]
Store = Annotated[str, typer.Argument(help="The store, as the estate names it.", show_default=False)]


def add_backups(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    for run in (replay, compact):
        line.command()(guarded(run))


def replay(
    ctx: typer.Context,
    folder: Folder,
    store: Store,
    backup_taken: Annotated[
        str,
        typer.Option("--backup-taken", help="When the backup began, with its zone: 2026-01-15T02:30:00Z.", show_default=False),
    ],
    plan_digest: Annotated[str, typer.Option("--plan", help="The plan that was shown; it is carried out.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Before a restored store opens: find who was erased after the backup, and erase them again."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("replaying") as advance:
        came = context.make_app().replay(folder, store, backup_taken, plan_digest, advance)
    if isinstance(came, Ended):
        return tell_end(terminal, came, as_json)
    if as_json:
        terminal.json(came.as_json())
        return int(came.exit)
    terminal.say(*came.head(), "")
    if came.planned is not None:
        print_planned(terminal, came.planned)
        terminal.say("", *came.foot())
    return int(came.exit)


def compact(
    ctx: typer.Context,
    folder: Folder,
    store: Annotated[str, typer.Argument(help="One store, as the estate names it; all, if left out.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Overwrite what erasures deleted: rewrite the stores' files. Tables are locked while it lasts."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("compacting") as advance:
        done = context.make_app().compact(folder, store, advance)
    if as_json:
        terminal.json(done.as_json())
    if done.rows():
        terminal.table(
            ("", "store", "tables", "what was done"), [[terminal.mark(mark), *row] for mark, *row in done.rows()], right=(2,)
        )
        terminal.say("")
    terminal.say(*done.foot())
    for finding in done.findings():
        terminal.finding(*finding)
    return int(done.exit)
