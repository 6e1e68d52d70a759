"""A plan becomes a rehearsal: its own statements on the first people's rows, in a transaction that is rolled back.

A catalogue does not tell what an opaque check, a domain or a trigger will say of a replacement; the engine does, when it is tried. Asked when a
plan is made, so that nobody approves what cannot run. Triggers fire and are rolled back with everything else; rows are locked for as long as that
takes, sequences keep gaps. Not tried: more than 10,000 rows, and a store that is locked, full, read-only or out of reach, which is no fault of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.chunks.chunk import run_chunk
from upheld.engine.execution.chunks.nobody import nobody_in
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.execution.errors import refused
from upheld.engine.execution.journal import Kept
from upheld.engine.plan.model import Binding, Refused
from upheld.engine.plan.plans import Plan, Preview, StorePlan
from upheld.engine.plan.steps import BlankColumns, CutLink, DeleteRows, EditDocument, HoldRows, Rekey, Step
from upheld.engine.stores import Store, StoreFault

PEOPLE = 20
ROWS = 10_000
EFFECTS = (BlankColumns, CutLink, DeleteRows, EditDocument, Rekey)
SAID_NO = ("X102", "X104", "X108")  # the store's own word on the step, and not on its state
HELP = "Make the column nullable, relax the check, domain or trigger, or let the rows go whole with `erasure: delete`; then plan again."


def rehearse(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store], today: date,
             counts: Preview, others: Sequence[Binding] = ()) -> Refused | None:  # fmt: skip
    """L121 and the place where a store refuses a step, or None. Costs what the erasure of so many people costs, and changes nothing."""
    for part in plan.stores:
        rows = sum(
            n for (store, step), n in counts.rows.items() if store == part.store and isinstance(part.steps[step], EFFECTS)
        )
        people = min(PEOPLE, len(bindings), len(bindings) * ROWS // max(rows, 1))
        if not rows or not people:
            continue
        values = _values(part, estate, bindings, people, others, today)
        tried = _tried(part, catalogue, stores[part.store], values, several=people < len(bindings))
        if isinstance(tried, Refused):
            return tried
    return None


def rehearsed_keeps(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store], today: date,
                    others: Sequence[Binding] = ()) -> dict[str, tuple[Kept, ...]] | Refused:  # fmt: skip
    """Store → rows that an erasure of these few people would leave today, each with the day on which its ground ends. Everything is rolled back."""
    found: dict[str, tuple[Kept, ...]] = {}
    for part in plan.stores:
        if any(isinstance(step, HoldRows) for step in part.steps):
            values = _values(part, estate, bindings, len(bindings), others, today)
            tried = _tried(part, catalogue, stores[part.store], values, several=False)
            if isinstance(tried, Refused):
                return tried
            found[part.store] = tuple(kept for kept in tried if kept.keys)
    return found


def _values(
    part: StorePlan, estate: Estate, bindings: Sequence[Binding], people: int, others: Sequence[Binding], today: date
) -> ChunkValues:
    scopes: dict[str, Sequence[Binding]] = {"": bindings[:people], "ask": bindings}
    scopes |= {name: [b for b in (*bindings, *others) if b.ref in refs] for name, refs in part.holds}
    return ChunkValues(estate.stores[part.store], scopes, today, "0" * 32)


def _tried(
    part: StorePlan, catalogue: Catalogue, session: Store, values: ChunkValues, *, several: bool
) -> Refused | tuple[Kept, ...]:
    script = session.script(part, catalogue.stores[part.store], values.store.region or values.store.place)
    try:
        values.people = nobody_in(session, script, values.store)
        session.begin(deferred=script.deferred)
        found = run_chunk(session, script, values, several=several)
        if found.problem is None:
            session.seal()
    except StoreFault as fault:
        return _told(part, fault) if fault.code in SAID_NO else ()
    finally:
        session.rollback()
    return found.problem or found.kept


def _told(part: StorePlan, fault: StoreFault) -> Refused:
    step = part.steps[fault.step] if fault.step is not None else None
    place = f"{part.store}.{_place(step)}" if step is not None else part.store
    return refused("L121", f"{place}: {fault.code} {fault.cause}", HELP)


def _place(step: Step) -> str:
    match step:
        case BlankColumns() | EditDocument():
            return f"{step.rows.table}.{', '.join(name for name, _ in step.columns)}"
        case CutLink():
            return f"{step.rows.table}.{', '.join(step.columns)}"
        case Rekey():
            return f"{step.rows.table}.{step.column}"
        case DeleteRows():
            return step.rows.table
        case _:
            return "a read-back"
