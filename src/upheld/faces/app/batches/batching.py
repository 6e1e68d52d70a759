"""The daily batch: erasures that wait are carried out together, each under the steps that it was shown.

What cannot go along is left out and told: an ask whose approval has lapsed, one that another ask comes before, one of somebody whom a case names since, and
the one for whose sake the others would be stopped. A batch that was stopped is gone on with first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import StoredAsk
from upheld.engine.execution.batches import Batch, carry, gathered, part, waiting
from upheld.faces.app.asks.ended import Ended
from upheld.faces.app.asks.erasing import run_erasure_ask
from upheld.faces.app.asks.meeting.turns import in_turn
from upheld.faces.app.errors import LINES, Exit, NotNow
from upheld.faces.app.installation import Installation
from upheld.faces.app.project import read_project
from upheld.records.people.holds import holds_on

Advance = Callable[..., None]
Run = tuple[str, tuple[str, ...], Ended]
LeftOut = tuple[str, str, str]  # code, reason, remedy
# What stops a batch and is of one person: a row that needs hers, far more rows than were shown, what her rows still hold or lead to, her case, her restriction.
OF_ONE = frozenset({"L201", "L204", "X207", "X258", "X301", "X351"})
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
        _, begun, open_ = waiting(connection)
    ran = [run for id in begun if (run := _gone_on(app, folder, id, advance, told)) is not None]
    with app.own.connection() as connection:
        numbers = waiting(connection)[0]
        found = [one for id in numbers if (one := asks.find_ask(connection, app.master, id)) is not None]
    fit, left_out = _sorted_out(app, found)
    for batch in gathered(fit):
        went, stayed = _each(app, folder, batch, advance, told)
        ran += went
        left_out += stayed
    return BatchRun(tuple(ran), tuple(left_out), tuple(open_))


def _gone_on(app: Installation, folder: Path, id: str, advance: Advance, told: bool) -> Run | None:
    """The batch, gone on with; None where something of one person stops it: it is parted, and each of its asks waits again."""
    with app.own.connection() as connection:
        found = asks.find_ask(connection, app.master, id)
    assert found is not None and found.plan is not None
    ended = _ended(app, folder, id, found.plan.digest, True, advance, told)
    return (id, (), ended) if isinstance(ended, Ended) else None


def _ended(
    app: Installation, folder: Path, id: str, digest: str, resume: bool, advance: Advance, told: bool
) -> Ended | LeftOut:
    """How the batch ended; or what of one person stopped it, and it is parted."""
    try:
        ended = run_erasure_ask(app, folder, id, digest, resume, advance, told=told)
        stops = next((one for one in ended.troubles if one[0] in OF_ONE), None)
    except NotNow as fault:
        if fault.code not in OF_ONE:
            raise
        stops = (fault.code, fault.reason, fault.help)
    if stops is None:
        return ended
    with app.own.transaction() as connection:
        part(connection, id, app.settings.now())
    return stops


def _sorted_out(app: Installation, found: list[StoredAsk]) -> tuple[list[StoredAsk], list[tuple[str, str, str]]]:
    fit, left = [], []
    held = _held(app, found)
    for one in found:
        if held.get(one.ask.id):
            left.append(
                (
                    "X207",
                    f"{one.ask.id}: {held[one.ask.id]} that the plan does not know",
                    f"Plan again: upheld plan … --again {one.ask.id}",
                )
            )
            continue
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


def _held(app: Installation, found: list[StoredAsk]) -> dict[str, int]:
    """How many holds that came since its plan name somebody of each ask."""
    with app.own.connection() as connection:
        holds = holds_on(connection, sorted({b.ref for one in found for b in one.bindings}), app.settings.today)
    return {
        one.ask.id: sum(h.id not in one.holds and any(b.ref in h.subjects for b in one.bindings) for h in holds)
        for one in found
    }


def _each(app: Installation, folder: Path, batch: Batch, advance: Advance, told: bool) -> tuple[list[Run], list[LeftOut]]:
    """The batch, carried out; where something of one person stops it, the others' halves without that person, who is left out and named."""
    with app.own.transaction() as connection:
        ask, plan = carry(connection, app.master, batch, app.settings.now())
    ended = _ended(app, folder, ask.id, plan.digest, False, advance, told)
    if isinstance(ended, Ended):
        return [(ask.id, batch.members, ended)], []
    if len(batch.members) == 1:
        code, reason, help = ended
        (alone,) = batch.members
        return [], [(code, f"{alone}: {reason.replace(ask.id, alone)}", help.replace(ask.id, alone))]
    with app.own.connection() as connection:
        found = [one for id in batch.members if (one := asks.find_ask(connection, app.master, id)) is not None]
    went: list[Run] = []
    stayed: list[LeftOut] = []
    for half in (found[: len(found) // 2], found[len(found) // 2 :]):
        for each in gathered(half):
            more, left = _each(app, folder, each, advance, told)
            went += more
            stayed += left
    return went, stayed
