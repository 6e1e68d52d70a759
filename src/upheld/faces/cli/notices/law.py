"""`law`: the regimes under the notices, their facts, and the dates that a request must meet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import Exit
from upheld.faces.app.regimes import dates_of, facts_of, list_regimes
from upheld.faces.app.regimes.facts import CAUTION, Whereabouts
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

RegimeId = Annotated[str, typer.Argument(help="The regime's id, as `upheld law` lists it.")]
Place = Annotated[str, typer.Option("--place", help="A part of the regime's territory with rules of its own: IA.")]


def add_law(line: typer.Typer) -> None:
    """Hang the group into the command line; without a word of its own it lists."""
    law = typer.Typer(help="The law under the notices: regimes, facts, dates.", rich_markup_mode=None)

    @law.callback(invoke_without_command=True)
    def begin(ctx: typer.Context) -> None:
        if ctx.invoked_subcommand is None:
            guarded(list_all)(ctx)

    for name, run in (("list", list_all), ("show", show), ("clock", clock)):
        law.command(name)(guarded(run))
    line.add_typer(law, name="law")


def list_all(ctx: typer.Context, as_json: JsonFlag = False) -> int:
    """List the regimes: how many facts, and how many of them nobody has seen in a text."""
    context: Context = ctx.obj
    found = list_regimes()
    if as_json:
        context.terminal.json({"regimes": found})
        return Exit.WELL
    rows = [[one["regime"], one["jurisdiction"], one["as_of"], str(one["facts"]), str(one["unconfirmed"])] for one in found]
    context.terminal.table(("regime", "where", "as of", "facts", "unconfirmed"), rows, right=(3, 4))
    context.terminal.say("", CAUTION, "Next: upheld law show REGIME [RIGHT]")
    return Exit.WELL


def show(
    ctx: typer.Context,
    regime: RegimeId,
    right: Annotated[str, typer.Argument(help="A right, duty or clock; without it, every fact.")] = "",
    place: Place = "",
    lives: Annotated[str, typer.Option("--lives", help="Where a person lives (IE, CA-AB): whom she may complain to.")] = "",
    works: Annotated[str, typer.Option("--works", help="Where she works.")] = "",
    wronged: Annotated[str, typer.Option("--wronged", help="Where the wrong was done, such as where the firm sits.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Show a regime's facts, or those of one right: what, where it stands, how sure, and from which source."""
    context: Context = ctx.obj
    found = facts_of(regime, right, place, Whereabouts(lives.upper(), works.upper(), wronged.upper()))
    if as_json:
        context.terminal.json(found.as_json())
    else:
        context.terminal.say(*found.head(), "", *found.lines(), "", CAUTION)
    return Exit.WELL


def clock(
    ctx: typer.Context,
    regime: RegimeId,
    right: Annotated[str, typer.Argument(help="A right (access), a duty (breach) or a clock (respond).")],
    received: Annotated[str, typer.Option("--received", help="The day on which it began: 2026-03-10, or a moment for hours.")],
    event: Annotated[
        list[str] | None, typer.Option("--event", help="DAY:KIND, such as 2026-06-05:identity-asked; may be given again.")
    ] = None,
    place: Place = "",
    holidays: Annotated[
        Path | None, typer.Option("--holidays", help="A file with the establishment's public holidays, one day a line.")
    ] = None,
    as_json: JsonFlag = False,
) -> int:
    """Say by when a request must be acknowledged and answered, and if extended, until when; each date with its citation."""
    context: Context = ctx.obj
    found = dates_of(regime, right, received, event or [], place, holidays)
    if as_json:
        context.terminal.json(found.as_json())
        return Exit.WELL
    context.terminal.table(("day", "clock", "what", "where it stands"), found.rows())
    context.terminal.say("", *found.notes())
    return Exit.WELL
