"""`init scan check decide`: commands that read and answer, and change no store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import Exit, check_as_json
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

FolderOrFile = Annotated[Path, typer.Argument(help="The notice file, or the folder that holds notice.md.", show_default=False)]


def add_reading(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    for run in (init, scan, check, decide):
        line.command()(guarded(run))


def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder that does not hold a notice yet.")] = Path("."),
    as_json: JsonFlag = False,
) -> int:
    """Write a commented notice, estate and deployment file to start from."""
    context: Context = ctx.obj
    written = context.make_app().init(folder)
    if as_json:
        context.terminal.json({"folder": str(folder), "written": written})
    context.terminal.say(*(f"written  {name}" for name in written), "", f"Next: upheld check {folder}")
    return Exit.WELL


def scan(
    ctx: typer.Context,
    url: Annotated[
        str,
        typer.Argument(
            help="postgresql://…, mariadb://…, sqlite:///path, a file, or env:NAME (keeps the password out of the process list)."
        ),
    ],
    to: Annotated[Path, typer.Option("--to", help="The firm's folder; its estate folder gets the files.")] = Path("."),
    store: Annotated[str, typer.Option(help="Name of the store in the estate.")] = "store",
    place: Annotated[str, typer.Option(help="Country where it stands, two letters.")] = "",
    sample: Annotated[int, typer.Option(help="Distinct values to look at in each column; none is written down.", min=0)] = 1000,
    as_json: JsonFlag = False,
) -> int:
    """Draft an estate file and estate.lock from a live PostgreSQL, MariaDB or SQLite database."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("looking at the store") as advance:
        drafted = context.make_app().scan(url, to, store, place, sample, advance)
    if as_json:
        terminal.json(drafted.as_json())
        return Exit.WELL
    terminal.table(("table", "columns", "proven", "likely", "undetermined"), drafted.rows(), right=(1, 2, 3, 4))
    notice = to / "notice.md"
    begin = [] if notice.exists() else [f"Next: write {notice}, or have one to start from: upheld init {to}"]
    terminal.say("", *drafted.says(), *begin, f"{'Then' if begin else 'Next'}: upheld check {to}")
    return Exit.WELL


def check(ctx: typer.Context, file: FolderOrFile = Path("."), as_json: JsonFlag = False) -> int:
    """Check a notice, and the estate in `estate/` beside it: every fault with place, reason and remedy."""
    context: Context = ctx.obj
    terminal = context.terminal
    checked = context.make_app().check(file)
    if as_json:
        terminal.json(check_as_json(checked))
    else:
        terminal.say(*checked.summary(), "")
        terminal.diagnostics(checked.diagnostics)
        terminal.say(checked.verdict())
    return Exit.BROKEN if checked.errors else Exit.WELL


def decide(
    ctx: typer.Context,
    verb: Annotated[str, typer.Argument(help="collect, use, disclose, message, publish or locate.")],
    data: Annotated[list[str], typer.Argument(help="Data as the notice names it, e.g. email-address.")],
    folder: Annotated[Path, typer.Option("--in", help="The firm's folder or notice file.")] = Path("."),
    key: Annotated[
        list[str] | None, typer.Option("--key", "-k", help="What the flow states: for=billing, to=couriers, ground=consent …")
    ] = None,
    fact: Annotated[
        list[str] | None,
        typer.Option("--fact", "-f", help="What is known of the person: restricted=no, email-news=yes, age=15 …"),
    ] = None,
    record: Annotated[
        list[str] | None, typer.Option("--record", "-r", help="A record that the flow cites: order, contract …")
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Judge by the published versions, not by the text at hand.")
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    """May we …? Answered with the sentence of the notice that decides.

    Example: upheld decide use telephone-number --key for=customer-support --key basis=contract --record case --fact age=34 --in examples/qualer
    """
    context: Context = ctx.obj
    terminal = context.terminal
    answer = context.make_app().decide(folder, verb, data, key or [], fact or [], record or [], published)
    if as_json:
        terminal.json(answer.as_json())
    else:
        terminal.say(*answer.text.splitlines())
    return Exit.WELL if answer.allowed else Exit.BROKEN
