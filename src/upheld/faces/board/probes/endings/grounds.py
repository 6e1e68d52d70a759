"""Every ground on which something may stay after an erasure: a case is opened on each for an invented person, she is erased, and the cases end.

What a ground keeps is named in the notice (`keeps-only`): under the cases these cells stand and no others, each on its ground; once they are over nothing
stands but what the notice itself keeps. Not taken: a ground at a time; grounds meet in one person, and there they go wrong.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from upheld.engine.estate.model import leaves_of
from upheld.engine.execution import bind, run_erasure
from upheld.engine.execution.objects import MemoryPending, Objects
from upheld.engine.plan import Ask, Refused, plan
from upheld.engine.plan.keeps import Hold
from upheld.engine.stores.shadow import Shadow
from upheld.faces.board.model import Coverage, Evidence, Outcome
from upheld.faces.board.probes.canary import CANARY, COPIES, Cell, World, canary_world, subject_of
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.people import Row
from upheld.language.promises.model import Citation, Kind, Program

VERSION = "grounds/1"
FAMILY = "ground:"
LASTS = timedelta(days=90)


def tried(context: ProbeContext) -> list[Evidence]:
    """By ground: cells that its case kept, cells that it should have, cells that stood on none; and what stood once the cases were over."""
    grounds = grounds_of(context.program)
    if not grounds:
        return []
    today = context.now().date()
    over = _erased(context, grounds, today, today)
    held = _erased(context, grounds, today, today + LASTS)
    if over is None or held is None:
        return []
    refused = next((one for one in (over, held) if isinstance(one, Refused)), None)
    if refused is not None or isinstance(over, Refused) or isinstance(held, Refused):
        return [_refused(context, ground, refused or Refused("", "")) for ground in grounds]
    named = frozenset().union(*(held.of(leaves) for leaves in grounds.values()))
    # What stands in both worlds the notice itself keeps, or a row's other owner; but no map knows a copy.
    beside = len((held.left - over.left - named) | held.unknown | over.unknown)
    return [_found(context, ground, held, over, held.of(leaves), beside) for ground, leaves in grounds.items()]


@dataclass(frozen=True, slots=True)
class Erased:
    """Cells of the canary before and after she was erased, the grounds on which rules kept columns, and the kinds of data of each cell."""

    before: frozenset[Cell]
    left: frozenset[Cell]
    on: Mapping[Cell, frozenset[str]]
    leaves: Mapping[Cell, frozenset[str]]
    unknown: frozenset[Cell]
    filled: int
    mapped: int

    def of(self, leaves: frozenset[str]) -> frozenset[Cell]:
        """The cells that held one of these."""
        return frozenset(cell for cell in self.before if self.leaves.get(cell, frozenset()) & leaves)


def grounds_of(program: Program) -> dict[str, frozenset[str]]:
    """Ground → the leaves that it keeps, for every ground that says so. Others are facts of law or of a case's own papers."""
    return {
        name.id: frozenset(leaf.id for kept in definition.keys["keeps-only"] for leaf in program.names[kept].leaves)
        for name, definition in sorted(program.names.items())
        if name.kind is Kind.GROUND and definition.keys.get("keeps-only")
    }


def _erased(context: ProbeContext, grounds: Mapping[str, frozenset[str]], today: date, until: date) -> Erased | Refused | None:
    """The canary erased under a case on each ground, in a world of its own; None where no store is reached."""
    with canary_world(context) as world:
        if not world.shadows:
            return None
        before = frozenset(world.cells(CANARY))
        subject = subject_of(world)
        bound = bind(world.estate, world.catalogue, world.stores, [subject])
        if isinstance(bound, Refused):
            return bound
        holds = tuple(
            Hold(f"H-{number}", ground, leaves, until, frozenset({subject.ref}), (Citation("case", ground),))
            for number, (ground, leaves) in enumerate(grounds.items(), 1)
        )
        made = plan(context.program, world.estate, world.catalogue, holds, Ask("A-ground", "erasure", 1), today)
        if isinstance(made, Refused):
            return made
        answer = run_erasure(
            made, world.estate, world.catalogue, bound.bindings, world.stores,
            today=today, secret=secrets.token_hex(32), objects=Objects(world.objects, MemoryPending()),
        )  # fmt: skip
        if not answer.is_done:
            return Refused("X106", "the erasure under the cases did not end", "Look at the stores with `upheld drift`.")
        on: dict[Cell, frozenset[str]] = {}
        for store in answer.stores:
            for kept in store.kept:
                for column in kept.rule.columns:
                    cell = (store.store, kept.table, column)
                    on[cell] = on.get(cell, frozenset()) | {kept.rule.ground}
        left = frozenset(world.cells(CANARY))
        unknown = frozenset(cell for cell in left if cell[1] not in world.estate.stores[cell[0]].tables)
        return Erased(before, left, on, _leaves(world, before), unknown, world.filled, world.mapped)


def _leaves(world: World, cells: frozenset[Cell]) -> dict[Cell, frozenset[str]]:
    found = {}
    for store, table, column in cells:
        mapped = world.estate.stores[store].tables.get(table)
        role = next((c.role for c in mapped.columns if c.name == column), None) if mapped is not None else None
        found[store, table, column] = frozenset(leaves_of(role)) if role is not None else frozenset()
    return found


def _found(context: ProbeContext, ground: str, held: Erased, over: Erased, owed: frozenset[Cell], beside: int) -> Evidence:
    gone = len(owed - held.left)
    # What the notice itself keeps stands with and without the case.
    late = len((over.left & owed) - {cell for cell in over.left if over.on.get(cell)})
    unsaid = sum(1 for cell in owed & held.left if ground not in held.on.get(cell, frozenset()))
    good = not (gone or beside or late or unsaid)
    says = f"a case kept {len(owed)} columns of the canary on this ground, nothing beside them, and nothing once it was over"
    if not good:
        says = f"of {len(owed)} columns that a case should keep {gone} were erased and {unsaid} stood on another ground; {beside} stood beside them, {late} outlived it"
    detail = {"columns owed": len(owed), "erased": gone, "on another ground": unsaid, "beside": beside, "outlived": late}
    outcome: Outcome = "failed" if not good else "held" if owed else "not run"
    return evidence(
        context, FAMILY + ground, VERSION, len(owed), outcome, says, "shadow", coverage=Coverage(held.filled, held.mapped, "tables"),
        detail=detail, mend="" if good else "Look at the tables with `upheld explain`, then map what is missing.",
    )  # fmt: skip


def _refused(context: ProbeContext, ground: str, refused: Refused) -> Evidence:
    says = f"the erasure under a case was refused: {refused.code}, {refused.reason}"
    return evidence(context, FAMILY + ground, VERSION, 1, "failed", says, "shadow", mend=refused.help)


@contextmanager
def _copied(context: ProbeContext) -> Iterator[ProbeContext]:
    """In the shadows' data: a copy of the canary's rows that no map knows, so that more stays than any case keeps."""

    def plant(shadows: Mapping[str, Shadow], rows: Mapping[str, list[Row]]) -> None:
        for name, shadow in shadows.items():
            for table in {row.table for row in rows[name] if row.person == CANARY} & set(context.estate.stores[name].tables):
                shadow.execute(f'CREATE TABLE "{COPIES}_{table}" AS SELECT * FROM "{table}"')

    yield replace(context, planting=plant, sandboxed=True)


def _named(program: Program) -> frozenset[str]:
    return frozenset(FAMILY + ground for ground in grounds_of(program))


GROUNDS = Probe("grounds", 1, frozenset(), tried, _copied, _named)
