"""`drift import-fides`: the live stores beside what the files say of them, and files drafted from another tool's."""

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
    line.command("import-fides")(guarded(import_fides))


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


def import_fides(
    ctx: typer.Context,
    dataset: Annotated[Path, typer.Argument(help="A Fides dataset file (YAML, fideslang 3).", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="The firm's folder; its estate folder gets the files.")] = Path("."),
    engine: Annotated[str, typer.Option(help="postgresql, sqlite or mariadb; a dataset does not say.")] = "postgresql",
    place: Annotated[str, typer.Option(help="Country where the store stands, two letters.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Draft estate files from a Fides dataset, and list what Fides could not say."""
    context: Context = ctx.obj
    terminal = context.terminal
    imported = context.make_app().import_fides(dataset, to, engine, place)
    if as_json:
        terminal.json(imported.as_json())
        return imported.exit
    terminal.diagnostics(imported.faults)
    if imported.faults:
        terminal.say("Nothing was written.")
        return imported.exit
    for place_, why, say in imported.rows():
        terminal.say(f"{place_}: {why}.", f"      {say}")
    terminal.say("", *imported.says(to))
    return imported.exit


def print_drifted(terminal: Terminal, drifted: Drifted) -> None:
    """Each finding in four parts, the statement to run on a line of its own; what could not be asked; the sum."""
    for one in drifted.findings:
        terminal.diagnostics([one.said])
        if one.statement:
            terminal.say(f"{INDENT}in `{one.store}`:  {one.statement}", "")
    for name, trouble in drifted.unreached:
        terminal.finding(trouble.code, trouble.line, name, trouble.reason, trouble.help)
    terminal.say(*drifted.says())
