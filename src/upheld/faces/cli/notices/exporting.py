"""`export`: the notice in the forms that machines read."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import Exit, Unusable
from upheld.faces.app.exporting import FORMATS
from upheld.faces.cli.command_line import Context, guarded
from upheld.faces.cli.reading import FolderOrFile


def add_exporting(line: typer.Typer) -> None:
    """Hang the command into the command line."""
    line.command()(guarded(export))


def export(
    ctx: typer.Context,
    folder: FolderOrFile = Path("."),
    form: Annotated[str, typer.Option("--format", help=f"{' or '.join(FORMATS)}.")] = "jsonld",
    to: Annotated[
        Path | None, typer.Option("--to", help="A file to write; without it the text goes to stdout.", show_default=False)
    ] = None,
    address: Annotated[str, typer.Option(help="Where the notice's page stands, for the names in JSON-LD.")] = "",
) -> int:
    """Write the notice's program for machines: canonical JSON, or JSON-LD in terms of the W3C Data Privacy Vocabulary 2.3."""
    context: Context = ctx.obj
    text = context.make_app().export(folder, form, address)
    if to is None:
        sys.stdout.buffer.write(text + b"\n")
        return Exit.WELL
    _write(to, text + b"\n")
    context.terminal.say(f"written  {to}")
    return Exit.WELL


def _write(to: Path, text: bytes) -> None:
    """Whole or not at all; what stood there before is replaced at the end."""
    beside = to.with_name(f".{to.name}.part")
    try:
        beside.write_bytes(text)
        os.replace(beside, to)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Unusable(
            "X802",
            f"{to} cannot be written: {error.strerror or 'no reason given'}.",
            "Name a file in a folder that you may write in.",
        ) from None
