"""`upheld crawl`: the firm's own surfaces, walked as a visitor walks them, beside what the notice and its register say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import Exit
from upheld.faces.app.scope import FILE, Found, look, read_scope
from upheld.faces.app.scope.finding import LINES
from upheld.faces.cli.command_line import Context, JsonFlag, guarded
from upheld.faces.cli.terminal import Terminal
from upheld.language.diagnostic import counted

Folder = Annotated[Path, typer.Argument(help=f"The firm's folder, which holds notice.md and {FILE}.", show_default=False)]


def add_crawling(line: typer.Typer) -> None:
    """Hang the command into the command line."""
    line.command()(guarded(crawl))


def crawl(
    ctx: typer.Context,
    folder: Folder = Path("."),
    own: Annotated[bool, typer.Option("--own/--no-own", help="Also walk the pages that `upheld serve` shows.")] = True,
    as_json: JsonFlag = False,
) -> int:
    """Walk every surface of the register: does each page lead to the notice, what does it ask for, where do its links lead?

    Never leaves a registered host, sends nothing of anybody, and asks others' addresses only where the register says so.
    """
    from upheld.faces.board import checked_program
    from upheld.faces.site import running_folder

    context: Context = ctx.obj
    app = context.make_app()
    checked, program = checked_program(app, folder)
    scope = read_scope(program, checked.project.scope)
    with context.terminal.progress("walking"):
        if own:
            with running_folder(app, folder) as address:
                found = look(program, scope, checked.project.folder, address)
        else:
            found = look(program, scope, checked.project.folder)
    if as_json:
        context.terminal.json(found.as_json())
    else:
        print_found(context.terminal, found)
    return Exit.BROKEN if found.findings else Exit.WELL


def print_found(terminal: Terminal, found: Found) -> None:
    """Pages by surface, each finding in four parts, the links and whether they answer, the sum."""
    terminal.table(("surface", "pages"), [(name, str(n)) for name, n in found.seen.items()], right=(1,))
    terminal.say("")
    for one in found.findings:
        summary, help = LINES[one.code]
        terminal.finding(one.code, summary, f"{one.surface} {one.place}", one.detail, help)
    silent = [f"{name}: {state}" for name, state in found.health.items() if state != "answers"]
    terminal.say(*silent)
    pages, asked = counted(sum(found.seen.values()), "page"), counted(len(found.findings), "finding")
    terminal.say(f"{pages} on {counted(len(found.seen), 'surface')}, {counted(found.links, 'link')} that lead out: {asked}.")
