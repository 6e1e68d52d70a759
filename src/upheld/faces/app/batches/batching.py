"""The daily batch: erasures that wait are carried out together, each under the steps that it was shown.

What cannot go along is left out and told: an ask whose approval has lapsed, one that another ask comes before. A batch that was stopped is gone on with first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import StoredAsk
from upheld.engine.execution.batches import Batch, carry, gathered, waiting
from upheld.faces.app.asks.ended import Ended
from upheld.faces.app.asks.erasing import run_erasure_ask
from upheld.faces.app.asks.meeting.turns import in_turn
from upheld.faces.app.errors import LINES, Exit, NotNow
from upheld.faces.app.installation import Installation
from upheld.faces.app.project import read_project

Advance = Callable[..., None]
SHORT = 16


@dataclass(frozen=True, slots=True)
class BatchRun:
    """Each batch with its members and how it ended; asks left out with code, reason and remedy; batches that wait for recipients."""

    batches: tuple[tuple[str, tuple[str, ...], Ended], ...]
    left_out: tuple[tuple[str, str, str], ...] = ()  # code, reason, remedy
    open: tuple[str, ...] = ()

    @property
    def exit(self) -> Exit:
        """The worst of the batches; 1 where an ask was left out."""
        codes = [ended.exit for _, _, ended in self.batches] + ([Exit.BROKEN] if self.left_out else [])
        return max(codes, default=Exit.WELL)

    def says(self) -> list[str]:
        """What went along, and what did not."""
        lines = [
            f"{id} carried {', '.join(members)}." if members else f"{id} was gone on with." for id, members, _ in self.batches
        ]
        if not self.batches and not self.left_out:
            lines.append("No erasure waits.")
        lines += [f"{id} waits for those who must be told." for id in self.open]
        return lines

    def troubles(self) -> list[tuple[str, str, str, str]]:
        """Asks that were left out: code, fixed line, reason, remedy."""
        return [(code, LINES.get(code, ""), reason, help) for code, reason, help in self.left_out]

    def as_json(self) -> dict[str, Any]:
        """Each batch with its members and the document of its erasure."""
        return {
            "batches": [{"batch": id, "asks": list(members), **ended.as_json()} for id, members, ended in self.batches],
            "left_out": [{"code": code, "detail": reason, "help": help} for code, reason, help in self.left_out],
            "open": list(self.open),
        }


def run_batches(app: Installation, folder: Path, advance: Advance, *, told: bool = False) -> BatchRun:
    """Every erasure that waits was carried out with the others, or is named with what keeps it. Unusable where no firm is in the folder.

    `told`: no recipient is to be told, or all have answered.
    """
    read_project(folder)
    with app.own.connection() as connection:
        numbers, begun, open_ = waiting(connection)
        found = [one for id in numbers if (one := asks.find_ask(connection, app.master, id)) is not None]
    ran = [_gone_on(app, folder, id, advance, told) for id in begun]
    fit, left_out = _sorted_out(app, found)
    for batch in gathered(fit):
        ran.append(_carried(app, folder, batch, advance, told))
    return BatchRun(tuple(ran), tuple(left_out), tuple(open_))


def _gone_on(app: Installation, folder: Path, id: str, advance: Advance, told: bool) -> tuple[str, tuple[str, ...], Ended]:
    with app.own.connection() as connection:
        found = asks.find_ask(connection, app.master, id)
    assert found is not None and found.plan is not None
    return id, (), run_erasure_ask(app, folder, id, found.plan.digest, True, advance, told=told)


def _sorted_out(app: Installation, found: list[StoredAsk]) -> tuple[list[StoredAsk], list[tuple[str, str, str]]]:
    fit, left = [], []
    for one in found:
        problem = asks.may_run(one, one.plan.digest if one.plan else "", False, app.settings.now(), batch=True)
        if problem is not None:
            left.append((problem.code, problem.reason.partition(": ")[2] or problem.reason, problem.help))
            continue
        try:
            in_turn(app, one)
        except NotNow as waits:
            left.append((waits.code, waits.reason, waits.help))
            continue
        fit.append(one)
    return fit, left


def _carried(app: Installation, folder: Path, batch: Batch, advance: Advance, told: bool) -> tuple[str, tuple[str, ...], Ended]:
    with app.own.transaction() as connection:
        ask, plan = carry(connection, app.master, batch, app.settings.now())
    return ask.id, batch.members, run_erasure_ask(app, folder, ask.id, plan.digest, False, advance, told=told)
