"""`hold queue`: what a case keeps, and what waits for a person to decide. People come by file or stdin, never as an argument."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from upheld.faces.app import App, Exit, Unusable
from upheld.faces.app.calendar import Answer
from upheld.faces.app.cases import Case, Decided
from upheld.faces.cli.acting import Folder, print_planned, read_lines
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

Subject = Annotated[
    str, typer.Option("--subject", help="A file of JSON lines, or - for stdin; one person a line, as for `upheld plan`.")
]
By = Annotated[str, typer.Option("--by", help="Who decides.")]


def add_cases(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    hold = typer.Typer(help="Holds of cases: accept one, list them, end one.", no_args_is_help=True, rich_markup_mode=None)
    for name, run in (("accept", accept), ("list", list_all), ("end", end)):
        hold.command(name)(guarded(run))
    line.add_typer(hold, name="hold")
    line.command()(guarded(queue))


def accept(
    ctx: typer.Context,
    folder: Folder,
    subject: Subject,
    ground: Annotated[str, typer.Option("--ground", help="The ground, as the notice names it.")],
    data: Annotated[list[str], typer.Option("--data", help="Data that must stay, as the notice names it; may be given again.")],
    until: Annotated[str, typer.Option("--until", help="The day on which the hold ends: 2031-01-01.")],
    cites: Annotated[str, typer.Option("--cites", help="The law: 'GDPR 17(3)(e)'.")],
    as_json: JsonFlag = False,
) -> int:
    """Accept a hold: named data of named people stay until a day, whatever is asked. Says what is erased already."""
    context: Context = ctx.obj
    accepted = context.make_app().accept_hold(folder, read_lines(subject), Case(ground, tuple(data), until, cites))
    if as_json:
        context.terminal.json(accepted.as_json())
    context.terminal.say(*accepted.says())
    return Exit.WELL


def list_all(ctx: typer.Context, as_json: JsonFlag = False) -> int:
    """List every hold: ground, data, end, how many people, how many rows stand on it."""
    context: Context = ctx.obj
    holds = context.make_app().holds()
    if as_json:
        context.terminal.json(holds.as_json())
        return Exit.WELL
    rows: list[list[str | Text]] = [[context.terminal.mark(mark), *row] for mark, *row in holds.rows()]
    if rows:
        context.terminal.table(("", "hold", "ground", "data", "until", "people", "rows"), rows, right=(5, 6))
    context.terminal.say(*holds.foot())
    return Exit.WELL


def end(
    ctx: typer.Context,
    folder: Folder,
    hold: Annotated[str, typer.Option("--hold", help="End this hold now: H-0001. Without it, what has come to its day.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """End a hold, and plan the erasure of what it kept. Nothing is touched until that plan is run."""
    context: Context = ctx.obj
    ended = context.make_app().end_hold(folder, hold)
    if as_json:
        context.terminal.json(ended.as_json())
        return Exit.WELL
    context.terminal.say(*ended.says())
    for planned in ended.planned:
        print_planned(context.terminal, planned)
        context.terminal.say("", *planned.foot(), "")
    return Exit.WELL


def queue(
    ctx: typer.Context,
    folder: Folder,
    item: Annotated[str, typer.Option("--item", help="Show the row keys of this item, or decide it: Q-1a2b3c4d.")] = "",
    decide: Annotated[
        str, typer.Option("--decide", help="hers or not-hers: whose the rows of the item are. With --review: erase or keep.")
    ] = "",
    merge: Annotated[
        str, typer.Option("--merge", help="A file of two JSON lines, or -: two root rows that are one person's.")
    ] = "",
    part: Annotated[str, typer.Option("--part", help="Undo this merge: M-0001.")] = "",
    review: Annotated[
        str, typer.Option("--review", help="Rows of STORE.TABLE that a promise gives to a person at their end: list or answer.")
    ] = "",
    row: Annotated[list[str] | None, typer.Option("--row", help="A row's key as it was shown; none: all that wait.")] = None,
    until: Annotated[str, typer.Option("--until", help="Keep these rows until this day: 2027-01-31.")] = "",
    because: Annotated[str, typer.Option("--because", help="Why, in words.")] = "",
    by: By = "",
    as_json: JsonFlag = False,
) -> int:
    """What waits for a person: contested rows, to be decided; merges, recorded and never guessed; rows to review."""
    context: Context = ctx.obj
    app, terminal = context.make_app(), context.terminal
    if review:
        answered = app.review(folder, review, _answer(decide, until, by, because, row or []))
        if as_json:
            terminal.json(answered.as_json())
        else:
            terminal.say(*answered.says())
        return Exit.WELL
    decided = _decided(app, folder, item, decide, merge, part, by)
    if decided is not None:
        if as_json:
            terminal.json(decided.as_json())
        terminal.say(*decided.says())
        return Exit.WELL
    waiting = app.queue(item)
    if as_json:
        terminal.json(waiting.as_json())
        return Exit.WELL
    rows: list[list[str | Text]] = [[terminal.mark(mark), *row] for mark, *row in waiting.rows()]
    if rows:
        terminal.table(("", "number", "ask", "table", "rows", ""), rows, right=(4,))
    terminal.say(*waiting.foot())
    return Exit.WELL


def _answer(decide: str, until: str, by: str, because: str, rows: list[str]) -> Answer | None:
    if not decide:
        return None
    if decide not in ("erase", "keep") or (decide == "keep") != bool(until):
        raise Unusable(
            "X422", "Rows end, or they stay until a day.", "Write --decide erase, or --decide keep --until 2027-01-31."
        )
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError:
        raise Unusable("X422", "The day is none.", "Write it so: --until 2027-01-31.") from None
    return Answer(day, by, because, rows)


def _decided(app: App, folder: Path, item: str, decide: str, merge: str, part: str, by: str) -> Decided | None:
    if decide and decide not in ("hers", "not-hers"):
        raise Unusable("X256", "Rows are hers, or they are not.", "Write --decide hers, or --decide not-hers.")
    if decide:
        return app.decide_rows(folder, item, decide == "hers", by)
    if merge:
        return app.merge(folder, read_lines(merge), by)
    return app.part(part, by) if part else None
