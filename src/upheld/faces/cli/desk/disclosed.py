"""`disclosed`: what a firm's system gave to whom, from a file or stdin, into the disclosure ledger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import Exit, Unusable
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

Lines = Annotated[Path, typer.Argument(help="A JSON object a line: person, recipient, data, day, purpose. `-` reads stdin.")]
InFolder = Annotated[Path, typer.Option("--in", help="The firm's folder.")]


def add_disclosed(line: typer.Typer) -> None:
    """Hang the command of this page into the command line."""
    line.command("disclosed")(guarded(disclosed))


def disclosed(ctx: typer.Context, file: Lines, folder: InFolder = Path("."), as_json: JsonFlag = False) -> int:
    """Put on record what was given to whom, so that recipients are told by it and answers can quote it."""
    from upheld.faces.app.desk import Desk
    from upheld.faces.app.desk.disclosures import read_given, report
    from upheld.faces.app.desk.disclosures.reporting import MOST

    context: Context = ctx.obj
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Unusable("R251", "The file cannot be read.", "Give a file of JSON lines in UTF-8, or `-` for stdin.") from None
    given = read_given(text.splitlines())
    app = context.make_app()
    desk = Desk(app, folder)
    new = sum(report(desk, given[at : at + MOST]) for at in range(0, max(1, len(given)), MOST))
    app.seal()
    if as_json:
        context.terminal.json({"reported": len(given), "new": new})
    context.terminal.say(f"{len(given):,} reported, {new:,} rows new on record.")
    return Exit.WELL
