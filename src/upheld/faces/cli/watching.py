"""`drift`: the live stores beside what the files say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app.estates import Drifted
from upheld.faces.cli.command_line import Context, JsonFlag, guarded
from upheld.faces.cli.terminal import INDENT, Terminal

Folder = Annotated[Path, typer.Argument(help="The firm's folder, which holds notice.md and estate/.", show_default=False)]


def add_watching(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    line.command()(guarded(drift))


def drift(
    ctx: typer.Context,
    folder: Folder = Path("."),
    relock: Annotated[bool, typer.Option("--relock", help="First freeze the live schemas anew; judge what is left.")] = False,
    as_json: JsonFlag = False,
) -> int:
    """Compare the live stores with map, frozen schema and promises. For CI: 0 no finding, 1 findings, 3 a store out of reach."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("looking at the stores"):
        drifted = context.make_app().drift(folder, relock)
    if as_json:
        terminal.json(drifted.as_json())
    else:
        print_drifted(terminal, drifted)
    return drifted.exit


def print_drifted(terminal: Terminal, drifted: Drifted) -> None:
    """Each finding in four parts, the statement to run on a line of its own; what could not be asked; the sum."""
    for one in drifted.findings:
        terminal.diagnostics([one.said])
        if one.statement:
            terminal.say(f"{INDENT}in `{one.store}`:  {one.statement}", "")
    for name, trouble in drifted.unreached:
        terminal.finding(trouble.code, trouble.line, name, trouble.reason, trouble.help)
    terminal.say(*drifted.says())
