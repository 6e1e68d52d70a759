"""`diff`: what changed between two versions of a notice, by meaning, and who must be told."""

from __future__ import annotations

from typing import Annotated

import typer

from upheld.faces.app import Exit
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

Side = Annotated[
    str, typer.Argument(help="A notice's file, its folder, or the number of a published version.", show_default=False)
]
WORDS_CHARS = 400


def add_comparing(line: typer.Typer) -> None:
    """Hang the command into the command line."""
    line.command()(guarded(diff))


def diff(
    ctx: typer.Context,
    old: Side,
    new: Side,
    of: Annotated[
        str, typer.Option("--of", help="The notice whose published versions the numbers are.", show_default=False)
    ] = "",
    as_json: JsonFlag = False,
) -> int:
    """What changed between two versions of a notice, by meaning: each change with its class, its clauses, and who must be told of it."""
    context: Context = ctx.obj
    terminal = context.terminal
    compared = context.make_app().diff(old, new, of)
    if as_json:
        terminal.json(compared.as_json())
        return Exit.WELL
    found = compared.found
    if not found.changes:
        terminal.say(f"{compared.old} and {compared.new} promise the same, in the same words.")
        return Exit.WELL
    terminal.table(
        ("class", "effect", "what changed"), [[one.cls, one.effect, _words(str(one), one.clauses)] for one in found.changes]
    )
    if found.duties:
        terminal.say("", "What follows:")
        terminal.say(*(f"  {one}{_source(one.clauses, one.regime, one.cites)}" for one in found.duties))
    counts = {effect: sum(one.effect == effect for one in found.changes) for effect in ("wider", "narrower", "none")}
    said = ", ".join(
        f"{number} {effect if effect != 'none' else 'without effect'}" for effect, number in counts.items() if number
    )
    terminal.say("", f"{len(found.changes)} changes from {compared.old} to {compared.new}: {said}.")
    return Exit.WELL


def _words(words: str, clauses: tuple[str, ...]) -> str:
    short = words if len(words) <= WORDS_CHARS else f"{words[:WORDS_CHARS]}…"
    return f"{short}\n{', '.join(clauses)}" if clauses else short


def _source(clauses: tuple[str, ...], regime: str, cites: tuple[object, ...]) -> str:
    if clauses:
        return f" ({', '.join(clauses)})"
    marks = ", ".join(f"{one.source} {one.at}{'' if one.confirmed else ', unconfirmed'}" for one in cites)  # type: ignore[attr-defined]
    return f" ({marks}; {regime})"
