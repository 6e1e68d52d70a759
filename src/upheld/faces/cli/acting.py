"""`plan explain access erase correct close batch`: an ask is stored, shown, and carried out as it was shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from upheld.faces.app import Exit, Unusable
from upheld.faces.app.asks import Ended, Planned
from upheld.faces.cli.command_line import Context, JsonFlag, guarded
from upheld.faces.cli.terminal import Terminal

AskId = Annotated[str, typer.Argument(help="The ask, as `upheld plan` named it: A-0001.", show_default=False)]
Folder = Annotated[Path, typer.Argument(help="The firm's folder, which holds notice.md and estate/.", show_default=False)]
InFolder = Annotated[Path, typer.Option("--in", help="The firm's folder.")]


def add_acting(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    for run in (plan, explain, access, erase, correct, close, batch):
        line.command()(guarded(run))


def plan(
    ctx: typer.Context,
    folder: Folder,
    ask: Annotated[str | None, typer.Option("--ask", help="access, erasure, rectification or closing.")] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            "--subject", help='A file of JSON lines, or - for stdin: {"email": "ada@example.test"}. Never on the command line.'
        ),
    ] = None,
    again: Annotated[str | None, typer.Option("--again", help="Plan this ask anew, for the same people: A-0001.")] = None,
    regime: Annotated[str | None, typer.Option(help="The law the person lives under: eu-gdpr, us-ca-ccpa.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait-for-batch", help="Erase with the others that wait, once a day, by `upheld batch`.")
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    """Store an ask and show what would be done, with counts. Nothing is touched."""
    context: Context = ctx.obj
    terminal = context.terminal
    if again is not None:
        planned = context.make_app().plan_again(folder, again)
    elif ask is None or subject is None:
        raise Unusable(
            "X150", "Neither what is asked for nor for whom was said.", "Give --ask and --subject, or --again A-0001."
        )
    else:
        planned = context.make_app().plan(folder, ask, read_lines(subject), regime, wait)
    if as_json:
        terminal.json(planned.as_json())
        return Exit.WELL
    terminal.say(*planned.head(), "")
    rows: list[list[str | Text]] = [[terminal.mark(mark), *row] for mark, *row in planned.rows()]
    terminal.table(("", "table", "rows", "action", "because"), rows, right=(2,), sums=planned.sums())
    terminal.say("", *planned.foot())
    for finding in planned.findings():
        terminal.say("")
        terminal.finding(*finding)
    return Exit.WELL


def explain(
    ctx: typer.Context,
    digest: Annotated[str, typer.Argument(help="The plan, as `upheld plan` printed it.")],
    table: Annotated[str, typer.Argument(help="A table of the plan: platform.orders.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Why any line of a plan stands in it: clause, law, and the step in words."""
    context: Context = ctx.obj
    lines = context.make_app().explain(digest, table)
    if as_json:
        context.terminal.json(lines)
    for line in lines:
        context.terminal.say(f"{line['place']}", f"      {line['says']}", f"      because {line['because']}", "")
    return Exit.WELL


def access(
    ctx: typer.Context,
    ask: AskId,
    to: Annotated[Path, typer.Option("--to", help="Where the package goes: one folder a person.")] = Path("packages"),
    folder: InFolder = Path("."),
    as_json: JsonFlag = False,
) -> int:
    """Answer an access ask: a package with a readable page, JSON, CSV per table and a manifest of hashes."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("reading") as advance:
        answered = context.make_app().access(folder, ask, to, advance)
    return tell_end(terminal, answered, as_json)


def erase(
    ctx: typer.Context,
    ask: AskId,
    plan_digest: Annotated[str, typer.Option("--plan", help="The plan that was shown; execution demands it.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run was stopped.")] = False,
    folder: InFolder = Path("."),
    as_json: JsonFlag = False,
) -> int:
    """Carry out an erasure as its plan was shown, read it back, and say what stays and why."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("erasing") as advance:
        erased = context.make_app().erase(folder, ask, plan_digest, resume, advance)
    return tell_end(terminal, erased, as_json)


def correct(
    ctx: typer.Context,
    ask: AskId,
    plan_digest: Annotated[str, typer.Option("--plan", help="The plan that was shown; execution demands it.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run was stopped.")] = False,
    folder: InFolder = Path("."),
    as_json: JsonFlag = False,
) -> int:
    """Carry out corrections as their plan was shown, in every store, and read them back."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("correcting") as advance:
        done = context.make_app().correct(folder, ask, plan_digest, resume, advance)
    return tell_end(terminal, done, as_json)


def close(
    ctx: typer.Context,
    ask: AskId,
    plan_digest: Annotated[str, typer.Option("--plan", help="The plan that was shown; execution demands it.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run was stopped.")] = False,
    folder: InFolder = Path("."),
    as_json: JsonFlag = False,
) -> int:
    """Close accounts as the estate says: nobody signs in and nobody sees them; the rows stay until their date."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("closing") as advance:
        done = context.make_app().close_accounts(folder, ask, plan_digest, resume, advance)
    return tell_end(terminal, done, as_json)


def batch(
    ctx: typer.Context,
    folder: Folder = Path("."),
    as_json: JsonFlag = False,
) -> int:
    """Carry out together the erasures that wait for it (`upheld plan … --wait-for-batch`). To be run once a day."""
    context: Context = ctx.obj
    terminal = context.terminal
    with terminal.progress("erasing") as advance:
        ran = context.make_app().batch(folder, advance)
    if as_json:
        terminal.json(ran.as_json())
    for _, _, ended in ran.batches:
        print_ended(terminal, ended)
    terminal.say(*ran.says())
    for finding in ran.troubles():
        terminal.finding(*finding)
    return int(ran.exit)


def print_planned(terminal: Terminal, planned: Planned) -> None:
    """What would be done, for people, with counts."""
    terminal.say(*planned.head(), "")
    rows: list[list[str | Text]] = [[terminal.mark(mark), *row] for mark, *row in planned.rows()]
    terminal.table(("", "table", "rows", "action", "because"), rows, right=(2,), sums=planned.sums())


def print_ended(terminal: Terminal, ended: Ended) -> None:
    """How an ask ended, for people; what went wrong stands below, in the words of its code."""
    terminal.table(("", "store", "what was done", "read back"), [[terminal.mark(mark), *row] for mark, *row in ended.rows()])
    terminal.say("", *ended.foot())
    if ended.findings():
        terminal.say("")
    for finding in ended.findings():
        terminal.finding(*finding)


def tell_end(terminal: Terminal, ended: Ended, as_json: bool) -> int:
    """How an ask ended, as JSON too if wanted; the exit code."""
    if as_json:
        terminal.json(ended.as_json())
    print_ended(terminal, ended)
    return int(ended.exit)


def read_lines(subject: str) -> list[str]:
    """The lines of a file, or of stdin for `-`. Unusable (X203) if it cannot be read."""
    if subject == "-":
        return sys.stdin.read().splitlines()
    try:
        return Path(subject).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Unusable(
            "X203", f"The file of subjects cannot be read: {error.strerror}.", "Give a file of JSON lines, or - for stdin."
        ) from None
    except UnicodeDecodeError:
        raise Unusable("X203", "The file of subjects is not UTF-8.", "Save it as UTF-8, one JSON object a line.") from None
