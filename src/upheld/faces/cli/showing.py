"""`prove verify demo`: the proof, who may check it, and where it is shown.

Board, site and demonstration are imported by the commands that need them: they bring a web framework, and `upheld check` shall not wait for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import App, Exit, Unusable
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

Folder = Annotated[Path, typer.Argument(help="The firm's folder, which holds notice.md and estate/.")]


def add_showing(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    for run in (prove, verify, demo):
        line.command()(guarded(run))


def prove(
    ctx: typer.Context,
    folder: Folder = Path("."),
    html: Annotated[Path | None, typer.Option("--html", help="Also write the board as one self-contained page.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 also for unproven and unbound clauses.")] = False,
    close: Annotated[
        str, typer.Option("--close", help="First close this cause of a broken clause, now that it is mended.")
    ] = "",
    because: Annotated[
        str, typer.Option("--because", help="What was wrong and how it was mended; goes into our records.")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="Who closes it.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Run the probe of every control that exists, and print the board: each clause in its state.

    A broken clause stays broken until a person closes its cause and the control holds again; the history stays visible.
    """
    from upheld.faces.board import board_json, prove_folder, render_board
    from upheld.faces.cli.proof import exit_of, print_board
    from upheld.faces.site import running_folder

    context: Context = ctx.obj
    terminal, app = context.terminal, context.make_app()
    if close:
        _close(app, close, because, by)
    with terminal.progress("probing") as advance:
        board, program = prove_folder(app, folder, advance, running_folder)
    if html is not None:
        html.write_text(render_board(board, program), encoding="utf-8")
    if as_json:
        terminal.json(board_json(board))
    else:
        print_board(terminal, board, program)
        terminal.say(*([f"written  {html}"] if html else []))
    return exit_of(board, strict)


def _close(app: App, cause: str, because: str, by: str) -> None:
    from upheld.faces.board import close_cause

    if not because.strip() or not by.strip():
        raise Unusable("V111", "A cause is closed by somebody, for a reason.", "Write --close CAUSE --because TEXT --by NAME.")
    if not close_cause(app.own, cause, because, by, app.settings.now()):
        raise Unusable("V112", f"There is no open cause `{cause[:40]}`.", "Look at `upheld prove`: it names the open causes.")


def verify(
    ctx: typer.Context,
    export: Annotated[
        Path | None, typer.Option("--export", help="Also write the ledger's export here, and the first key beside it.")
    ] = None,
    as_json: JsonFlag = False,
) -> int:
    """Check our own ledger: every leaf, hash, root and signature. --export lets others check it without us."""
    context: Context = ctx.obj
    checked = context.make_app().verify(export)
    if as_json:
        context.terminal.json(checked)
    context.terminal.say(*(f"{name:12} {value}" for name, value in checked.items()))
    if export is not None:
        context.terminal.say("", "Check it without us:", f"  python verifier/verify.py {export} --key {checked['key file']}")
    return Exit.WELL if checked["holds"] == "yes" else Exit.BROKEN


def demo(
    ctx: typer.Context,
    example: Annotated[str, typer.Argument(help="A folder under examples/.")] = "qualer",
    once: Annotated[bool, typer.Option("--once", help="End after the board's totals instead of serving.")] = False,
    customers: Annotated[int, typer.Option(help="Size of the example firm.", min=60)] = 2000,
    port: Annotated[int, typer.Option(help="Port of the board; 0 takes a free one.", min=0, max=65535)] = 8080,
) -> int:
    """Run an example firm all the way: check, access, erasure, proof, board."""
    from upheld.faces.cli.demonstration import run_demo

    context: Context = ctx.obj
    return run_demo(context, example, once, customers, port)
