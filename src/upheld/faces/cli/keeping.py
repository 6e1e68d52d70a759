"""`retain`: what is past its date is shown, and ended as it was shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from upheld.faces.app import Unusable
from upheld.faces.app.calendar import Due, Kept
from upheld.faces.app.errors import LINES
from upheld.faces.cli.command_line import Context, JsonFlag, guarded
from upheld.faces.cli.terminal import Terminal

Folder = Annotated[Path, typer.Argument(help="The firm's folder, which holds notice.md and estate/.", show_default=False)]


def add_keeping(line: typer.Typer) -> None:
    """Hang the command of this page into the command line."""
    line.command()(guarded(retain))


def retain(
    ctx: typer.Context,
    folder: Folder,
    today: Annotated[str | None, typer.Option("--today", help="As of this day, 2027-01-31; a later day is only shown.")] = None,
    plan_digest: Annotated[str | None, typer.Option("--plan", help="Carry out this plan, as it was shown.")] = None,
    to: Annotated[
        Path | None, typer.Option("--hand-over-to", help="Folder for the files of rows that a promise hands over.")
    ] = None,
    as_json: JsonFlag = False,
) -> int:
    """Show what is past its date by the notices; with --plan, end it. Data that no promise covers is a finding."""
    context: Context = ctx.obj
    terminal = context.terminal
    if plan_digest is None:
        due = context.make_app().retain(folder, _day(today))
        return _shown(terminal, due, as_json)
    if today is not None:
        raise Unusable("X403", "A plan has its day already.", "Give --plan or --today, not both.")
    with terminal.progress("retaining") as advance:
        kept = context.make_app().retain_run(folder, plan_digest, advance, to)
    return _ended(terminal, kept, as_json)


def _shown(terminal: Terminal, due: Due, as_json: bool) -> int:
    if as_json:
        terminal.json(due.as_json())
    else:
        print_due(terminal, due)
    return int(due.exit)


def print_due(terminal: Terminal, due: Due) -> None:
    """What is past its date, for people, and data that nothing ends."""
    terminal.say(*due.head(), "")
    if rows := due.rows():
        shown: list[list[str | Text]] = [[terminal.mark(mark), *row] for mark, *row in rows]
        terminal.table(("", "table", "rows", "action", "because"), shown, right=(2,))
        terminal.say("")
    terminal.say(*due.foot())
    if due.findings():
        terminal.say("")
    for code, place, reason, help, _ in due.findings():
        terminal.finding(code, LINES[code], place, reason, help)


def _ended(terminal: Terminal, kept: Kept, as_json: bool) -> int:
    if as_json:
        terminal.json(kept.document)
    else:
        print_kept(terminal, kept)
    return int(kept.exit)


def print_kept(terminal: Terminal, kept: Kept) -> None:
    """What a run came to, for people."""
    if kept.lines:
        terminal.table(
            ("", "table", "rows", "method", "because"), [[terminal.mark(m), *row] for m, *row in kept.lines], right=(2,)
        )
        terminal.say("")
    terminal.say(*kept.says)
    for code, line, reason, help in kept.findings():
        terminal.finding(code, line, "", reason, help)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unusable("X403", f"`{text[:20]}` is no day.", "Write it as 2027-01-31.") from None
