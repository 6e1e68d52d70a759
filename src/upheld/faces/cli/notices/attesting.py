"""`attest`: a named person signs for what only people can do."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import Exit
from upheld.faces.cli.command_line import Context, JsonFlag, guarded


def add_attesting(line: typer.Typer) -> None:
    """Hang the command into the command line."""
    line.command()(guarded(attest))


def attest(
    ctx: typer.Context,
    clause: Annotated[
        str, typer.Argument(help="The clause, as qualer.keep.2. Left out: lists what waits for a person's word.")
    ] = "",
    folder: Annotated[Path, typer.Option("--in", help="The firm's folder.")] = Path("."),
    by: Annotated[str, typer.Option(help="Who signs.")] = "",
    role: Annotated[str, typer.Option("--as", help="In which role of the roster.")] = "",
    evidence: Annotated[str, typer.Option(help="What it rests on: a report, a file, a number that others can look up.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Sign, as a named person, that a promise which only people can keep was kept: what was seen, where, and until when it counts."""
    from upheld.faces.board import checked_program, read_board
    from upheld.faces.board.attesting import attest as sign
    from upheld.faces.board.attesting import duties

    context: Context = ctx.obj
    terminal, app = context.terminal, context.make_app()
    _, program = checked_program(app, folder)
    now = app.settings.now()
    if clause:
        signed = sign(app.own, program, clause, by, role, evidence, now)
        app.seal()
        if as_json:
            terminal.json({"clause": clause, "role": role, "at": now.isoformat(), "until": signed.until.isoformat()})
        terminal.say(f"{clause} is attested until {signed.until.date()}. The ledger has it; the board never draws it as kept.")
        return Exit.WELL
    given = {one.id: one for one in read_board(app.own, program, now).clauses}
    found = [
        {
            "clause": duty.clause,
            "roles": list(duty.roles),
            "until": stands.until.astimezone(UTC).date().isoformat() if (stands := given[duty.clause].attested) else None,
        }
        for duty in duties(program)
    ]
    if as_json:
        terminal.json(found)
    terminal.table(
        ("clause", "who signs", "stands until"),
        [
            [str(one["clause"]), ", ".join(duty.roles), str(one["until"] or "nobody has signed")]
            for one, duty in zip(found, duties(program), strict=True)
        ],
    )
    return Exit.WELL
