"""The command line: words to calls of the App, values to lines and exit codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from upheld.faces.cli.acting import add_acting
from upheld.faces.cli.backups import add_backups
from upheld.faces.cli.cases import add_cases
from upheld.faces.cli.command_line import Context, new_command_line
from upheld.faces.cli.desk import add_disclosed, add_staff
from upheld.faces.cli.keeping import add_keeping
from upheld.faces.cli.notices import add_notices
from upheld.faces.cli.reading import add_reading
from upheld.faces.cli.serving import add_running
from upheld.faces.cli.showing import add_showing
from upheld.faces.cli.terminal import Terminal
from upheld.faces.cli.watching import add_watching

__all__ = ["Context", "Terminal", "build"]


def build(make_context: Callable[[bool], Context]) -> typer.Typer:
    """All commands. `make_context` gets whether --ascii was asked for."""
    line = new_command_line()

    @line.callback()
    def begin(
        ctx: typer.Context,
        ascii_only: Annotated[bool, typer.Option("--ascii", help="Marks as plain letters: v ~ x [] - = ...")] = False,
    ) -> None:
        ctx.obj = make_context(ascii_only)

    add_reading(line)
    add_watching(line)
    add_notices(line)
    add_acting(line)
    add_keeping(line)
    add_backups(line)
    add_cases(line)
    add_running(line)
    add_showing(line)
    add_staff(line)
    add_disclosed(line)
    return line
