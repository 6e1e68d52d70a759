"""A plan and its bindings become counts: how many rows each step would touch now. Nothing is touched or locked.

Runs the plan's own sets and guards in a read-only snapshot with a count in place of each effect, so that what is shown and what will run are found
the same way. A guard that would stop the run refuses here already. Execution compares itself with these counts (blast radius).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.chunks.chunk import SELECTS, divide_sets, rounds, take_set
from upheld.engine.execution.chunks.nobody import nobody_in
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.plan.errors import drifted, refused
from upheld.engine.plan.model import Binding, Refused
from upheld.engine.plan.plans import Plan, Preview, StorePlan
from upheld.engine.plan.steps import (
    BlankColumns,
    CutLink,
    DeleteRows,
    EditDocument,
    Guard,
    HoldRows,
    ReadRows,
    Rekey,
    Step,
)
from upheld.engine.stores import Store
from upheld.engine.stores.sql.statements import Script

CHUNK_SUBJECTS = 1_000


def preview(
    plan: Plan,
    estate: Estate,
    catalogue: Catalogue,
    bindings: Sequence[Binding],
    stores: Mapping[str, Store],
    today: date,
    others: Sequence[Binding] = (),
) -> Preview | Refused:
    """Rows by store and step, for all subjects. `others`: people whom a hold of the plan names and the ask does not. Refused: L201 a guard, L202 drift. StoreFault where a store is out of reach."""
    rows: dict[tuple[str, int], int] = {}
    for part in plan.stores:
        store, live = estate.stores[part.store], catalogue.stores[part.store]
        session = stores[part.store]
        script = session.counting(part, live, store.region or store.place)
        nobody = nobody_in(session, script, store)
        for start in range(0, max(len(bindings), 1), CHUNK_SUBJECTS):
            chunk = bindings[start : start + CHUNK_SUBJECTS]
            scopes: dict[str, Sequence[Binding]] = {"": chunk, "ask": bindings}
            scopes |= {name: [b for b in (*bindings, *others) if b.ref in refs] for name, refs in part.holds}
            values = ChunkValues(store, scopes, today, "0" * 32, people=nobody)
            problem = count_chunk(session, part, script, values, rows, live.fingerprint, several=len(bindings) > CHUNK_SUBJECTS)
            if problem is not None:
                return problem
    return Preview(rows, len(bindings))


def count_chunk(
    session: Store,
    part: StorePlan,
    script: Script,
    values: ChunkValues,
    rows: dict[tuple[str, int], int],
    fingerprint: str,
    *,
    several: bool,
) -> Refused | None:
    """One chunk's counts, added to `rows`; refused as a run of it would be. Reads only, in a snapshot of its own."""
    session.begin(snapshot=True)
    try:
        if session.fingerprint() != fingerprint:
            return drifted(part.store)
        for numbers in rounds(script, several=several):
            reads = isinstance(script.steps[numbers[0]], SELECTS)
            if not reads:
                divide_sets(values, script.steps)
                _count_held(part.store, script, numbers, values, rows)
            sent = [n for n in numbers if n in script.statements and (reads or _counts(script.steps[n]))]
            answers = session.together([script.statements[n] for n in sent], values)
            for number, answered in zip(sent, answers, strict=False):
                step = script.steps[number]
                if answered.fault is not None:
                    raise answered.fault
                if reads:
                    take_set(values, step, list(answered.rows))
                elif isinstance(step, Guard) and answered.rows:
                    return _held_on(part.store, step)
                elif not isinstance(step, Guard):
                    rows[part.store, number] = rows.get((part.store, number), 0) + answered.touched
    finally:
        session.rollback()
    return None


def _count_held(
    store: str, script: Script, numbers: Sequence[int], values: ChunkValues, rows: dict[tuple[str, int], int]
) -> None:
    for number in numbers:
        step = script.steps[number]
        if isinstance(step, HoldRows):
            kept = values.sets.get(("", step.table))
            rows[store, number] = rows.get((store, number), 0) + (len(kept.parts.get(step.part, ())) if kept else 0)


def _counts(step: Step) -> bool:
    if isinstance(step, ReadRows):
        return all(may_read for _, may_read, _ in step.roles)  # of a row that one role may not read, only the run can tell
    return isinstance(step, Guard | CutLink | BlankColumns | EditDocument | Rekey | DeleteRows)


def _held_on(store: str, step: Guard) -> Refused:
    place = f"{store}.{step.child.table} ({step.constraint}) holds on to {store}.{step.parent}"
    return refused("L201", place, "Map the link, or say who else owns the row.")
