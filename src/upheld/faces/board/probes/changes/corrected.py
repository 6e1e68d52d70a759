"""The canary's address becomes another by the ordinary plan and run of a correction: the old one is nowhere, the new one wherever it was; and back again.

An address is the hardest thing to correct, for it leads from store to store. Free text and rows of two people are not looked at: a correction of a category
leaves what is not the person's own alone. Afterwards the shadows say what they said, so that the erasure is tried over the same rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from upheld.engine.estate.model import Catalogue, Estate, leaves_of
from upheld.engine.execution.corrections import run_corrections
from upheld.engine.plan import Ask, Binding, Refused
from upheld.engine.plan.corrections import plan_corrections
from upheld.engine.plan.corrections.resolving import answers_to
from upheld.engine.plan.model import Correction
from upheld.engine.stores import Store
from upheld.faces.board.probes.context import ProbeContext
from upheld.language.diagnostic import counted

CORRECTED = "plan:rectification"
Cell = tuple[str, str, str]  # store, table, column


class Shadowed(Protocol):
    """What a correction needs of the world of shadows."""

    estate: Estate
    stores: dict[str, Store]

    @property
    def catalogue(self) -> Catalogue: ...
    def holding(self, text: str) -> dict[Cell, int]: ...


def corrected(
    context: ProbeContext, world: Shadowed, binding: Binding, old: str, new: str
) -> tuple[int, bool, str, dict[str, int]] | Refused | None:
    """(cells, whether all went well, in words, counts); refused where the plan is; None where nobody is known by an address."""
    leaf = _leaf(world.estate)
    if leaf is None or not any(one.normal == old for one in binding.identifiers):
        return None
    before = {cell: n for cell, n in world.holding(old).items() if _counts(world.estate, cell, leaf)}
    there = _run(context, world, binding, Correction(new, old, leaf=leaf))
    if isinstance(there, Refused):
        return there
    left = {cell: n for cell, n in world.holding(old).items() if _counts(world.estate, cell, leaf)}
    came = {cell: n for cell, n in world.holding(new).items() if _counts(world.estate, cell, leaf)}
    known = tuple(replace(one, normal=new, spelt=()) for one in binding.identifiers if one.normal == old)
    back = _run(context, world, replace(binding, identifiers=(*binding.identifiers, *known)), Correction(old, new, leaf=leaf))
    again = sum(n for cell, n in world.holding(new).items() if _counts(world.estate, cell, leaf))
    missing = sum(max(n - came.get(cell, 0), 0) for cell, n in before.items() if cell[1] in world.estate.stores[cell[0]].tables)
    detail = {"cells before": sum(before.values()), "old left": sum(left.values()), "new missing": missing, "new left": again}
    well = there and back is True and not (left or missing or again)
    says = f"the canary’s address became another in {counted(sum(before.values()), 'cell')} of every store, and back, and nothing was left over"
    if not well:
        says = f"the canary’s old address was left in {counted(sum(left.values()), 'cell')} of {counted(len({c[:2] for c in left}), 'table')}, and lacked in {missing}"
    return sum(before.values()), bool(well), says, detail


def _run(context: ProbeContext, world: Shadowed, binding: Binding, said: Correction) -> bool | Refused:
    ask, day = Ask("A-canary", "rectification", 1), context.now().date()
    made = plan_corrections(context.program, world.estate, world.catalogue, (), ask, {binding.ref: [said]}, day)
    if isinstance(made, Refused):
        return made
    people = [replace(binding, corrections=(said,))]
    return run_corrections(made, world.estate, world.catalogue, people, world.stores, today=day).is_done


def _leaf(estate: Estate) -> str | None:
    """The category of the addresses by which people are found."""
    return next(
        (
            leaf
            for store in estate.stores.values()
            for table in store.tables.values()
            for one in table.identifies
            if table.root and one.names == "one" and one.form.startswith("email/")
            for leaf in leaves_of(table.column(one.column).role)
        ),
        None,
    )


def _counts(estate: Estate, cell: Cell, leaf: str) -> bool:
    """Whether the correction is about this cell. Rows that several share, and texts of another category, have rules of their own; what nobody
    mapped has none, and what stands there was left."""
    store = estate.stores[cell[0]]
    table = store.tables.get(cell[1])
    if table is None:
        return True
    return not table.shared and leaf in answers_to(estate, store, table.name).get(cell[2], ())
