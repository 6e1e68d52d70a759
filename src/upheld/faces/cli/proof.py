"""A board becomes lines: sections with their counts, what is not kept and why, the totals, the checkpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.text import Text

from upheld.faces.app import Exit
from upheld.faces.board import Board, ClauseState
from upheld.faces.board.model import State
from upheld.faces.cli.terminal import Terminal
from upheld.language.diagnostic import counted
from upheld.language.promises.model import Clause, Program

ORDER: tuple[State, ...] = ("kept", "broken", "unproven", "attested", "unbound", "informs", "outside")
LISTED = ("broken", "kept", "unproven")
SHOWN_AT_MOST = 12
TEXT_CHARS = 62


def print_board(terminal: Terminal, board: Board, program: Program) -> None:
    """The board for a person, at most 96 columns wide."""
    clauses = {clause.id: clause for version in program.notices for clause in version.clauses}
    terminal.table(("", "section", *ORDER), list(_sections(board, clauses)), right=range(2, 2 + len(ORDER)))
    for state in LISTED:
        _list(terminal, state, [one for one in board.clauses if one.state == state], clauses)
    for cause in board.causes:
        if cause.closed is None:
            terminal.say(f"   open cause {cause.id}, {cause.control}, since {cause.opened:%Y-%m-%d %H:%M}: {cause.says}")
    totals = board.totals()
    promises = sum(totals[state] for state in ("kept", "unproven", "broken", "attested", "unbound"))
    said = ", ".join(f"{totals[state]} {state}" for state in ORDER)
    terminal.say("", f"{counted(promises, 'promise')} in {counted(len(board.clauses), 'clause')}: {said}.")
    _capabilities(terminal, board)
    if board.checkpoint is not None:
        terminal.say(f"Checkpoint {board.checkpoint}. Check it without us: upheld verify --export ledger.jsonl")


def exit_of(board: Board, strict: bool) -> Exit:
    """Broken where a clause is, or something that the software is able to do; with `strict` also where a clause is unproven or unbound."""
    totals = board.totals()
    bad = totals["broken"] + board.abilities()["broken"]
    bad += totals["unproven"] + totals["unbound"] if strict else 0
    return Exit.BROKEN if bad else Exit.WELL


def _capabilities(terminal: Terminal, board: Board) -> None:
    """One line of totals, and each that is broken with what failed."""
    if not board.capabilities:
        return
    counts = board.abilities()
    said = ", ".join(f"{n} {state}" for state, n in counts.items())
    terminal.say(f"{len(board.capabilities)} capabilities: {said}.")
    proven = [one.capability.id for one in board.capabilities if one.state == "proven"]
    terminal.say(*([f"   proven: {', '.join(proven)}"] if proven else []))
    for one in board.capabilities:
        if one.state == "broken":
            terminal.say(f"   broken: {one.capability.id}, {one.capability.name}")


def _sections(board: Board, clauses: dict[str, Clause]) -> Iterator[list[str]]:
    counts: dict[str, Counter[str]] = {}
    for one in board.clauses:
        counts.setdefault(clauses[one.id].section if one.id in clauses else "", Counter())[one.state] += 1
    for number, (section, states) in enumerate(counts.items(), start=1):
        yield [str(number), section, *(str(states[state] or "") for state in ORDER)]


def _list(terminal: Terminal, state: str, found: list[ClauseState], clauses: dict[str, Clause]) -> None:
    if not found:
        return
    rows: list[list[str | Text]] = []
    for one in found[:SHOWN_AT_MOST]:
        text = clauses[one.id].text if one.id in clauses else ""
        short = text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1].rsplit(" ", 1)[0] + "…"
        rows.append([terminal.mark(state), one.id, Text(f"{short}\n").append(one.margin, style="dim")])
    terminal.say("")
    terminal.table(("", state, ""), rows)
    if len(found) > SHOWN_AT_MOST:
        terminal.say(f"   and {len(found) - SHOWN_AT_MOST} more; `upheld prove --json` lists all")
