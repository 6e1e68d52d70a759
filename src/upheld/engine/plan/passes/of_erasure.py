"""One store's map becomes the steps of an erasure: locks and sets, holds, blanks and cuts, guards and deletes, read-backs.

The fates of docs/fates.md, whole: keeps first, what must stay for others, shared rows, copies by triggers. Deletes run
children first by foreign key; a nullable key into deleted rows is cut, any other is guarded. A guard is left out only where
the owning link proves that every referencing row goes before. Statements depend on tables and links, never on rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from upheld.engine.estate.model import Category, StoreCatalogue, StoreMap
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import KeepRule, Refused, Why
from upheld.engine.plan.passes.effects import delete_order, deletes_of, updates_of
from upheld.engine.plan.passes.hard.objects import with_files
from upheld.engine.plan.passes.hard.rekeys import rekeys_of
from upheld.engine.plan.passes.key_sets import asked_sets, find_sets, held_sets, holds_of, selects_of
from upheld.engine.plan.passes.reach import reached
from upheld.engine.plan.passes.work import Work, copied_by_keys, find_fates, find_late, find_who_can, is_late, is_updated
from upheld.engine.plan.steps import (
    BlankColumns,
    CutLink,
    DeleteRows,
    EditDocument,
    ReadBackIdentifiers,
    ReadBackKeys,
    Searched,
    Step,
)

EFFECTS = (CutLink, BlankColumns, EditDocument, DeleteRows)
Leaves = Mapping[str, frozenset[tuple[str, str]]]  # leaf → (kind, form) of identifiers that are of this leaf


def erasure_steps(store: StoreMap, live: StoreCatalogue, rules: Mapping[str, tuple[KeepRule, ...]],
                  holds: Mapping[frozenset[str], str], why: Why, leaves: Leaves | None = None,
                  ) -> tuple[Step, ...] | Refused:  # fmt: skip
    """The steps of an erasure in this store, in the order of the run; refused if a column, trigger or cycle forbids it."""
    work = Work(store, live, rules, holds, why, reached(store))
    find_who_can(work)
    work.place = {name: n for n, component in enumerate(delete_order(work)) for name in component}
    find_fates(work)
    rekeys = rekeys_of(work)
    if isinstance(rekeys, Refused):
        return rekeys
    find_late(work)
    find_sets(work)
    updates = updates_of(work)
    if isinstance(updates, Refused):
        return updates
    deletes = deletes_of(work)
    if isinstance(deletes, Refused):
        return deletes
    problem = _triggers(work, updates + deletes)
    if problem is not None:
        return problem
    # What triggers copy into is read last: the rows copied from are locked by then, and whatever is copied later is this run's own doing.
    order = sorted(work.reach.order, key=lambda component: component[0] in work.late)
    selects = held_sets(work) + asked_sets(work) + selects_of(work, tuple(order))
    early = with_files(work, [s for s in updates + deletes if not is_late(work, s)])
    late = with_files(work, [s for s in updates + deletes if is_late(work, s)])
    again = selects_of(work, tuple((t,) for t in work.reach.tables() if t in work.late and t in work.sets)) if late else []
    steps = [*selects, *holds_of(work), *early, *again, *late]
    effects = tuple(n for n, s in enumerate(steps) if isinstance(s, EFFECTS))
    steps.append(ReadBackKeys(effects, why))
    if rekeys:
        first = len(steps)
        # Copies that triggers make of rows whose keys change bear the old keys, as the sets do.
        steps += [*rekeys, *(again + late if copied_by_keys(work) else [])]
        copies = tuple(n for n, s in enumerate(steps) if n >= first and isinstance(s, EFFECTS))
        steps += [ReadBackKeys(copies, why)] if copies else []
        steps.append(ReadBackKeys(tuple(range(first, first + len(rekeys))), why))
    searched = _searched(work, leaves or {})
    if searched:
        steps.append(ReadBackIdentifiers(searched, why))
    return tuple(steps)


# ---- triggers and searches -----------------------------------------------------------------------------------------


def _triggers(work: Work, effects: list[Step]) -> Refused | None:
    """Every table that the plan writes to, those outside of the ask whose links it cuts included."""
    cut = {s.rows.table for s in effects if isinstance(s, CutLink)}
    for name in sorted({*work.reach.tables(), *work.follow, *cut}):
        problem = _trigger(work, name, cut)
        if problem is not None:
            return problem
    return None


def _trigger(work: Work, name: str, cut: set[str]) -> Refused | None:
    reached, mapped = name in work.fates, work.store.tables.get(name)
    events = {"update"} if name in cut | work.follow or (reached and is_updated(work, name)) else set()
    if reached and work.fates[name].deletes is not None:
        events.add("delete")
    declared = {t.name: t for t in mapped.triggers} if mapped else {}
    undeclared = sorted(set(work.live.tables[name].publications) - set(declared)) if events and reached else []
    if undeclared:
        place = f"{work.store.store}.{name}, publication {undeclared[0]} is not declared"
        return refused("L103", place, "Say `harmless`, and map the place that it feeds as a derived store.")
    for trigger in work.live.tables[name].triggers:
        place = f"{work.store.store}.{name}, trigger {trigger.name}"
        rule = declared.get(trigger.name)
        if not events & set(trigger.events):
            continue
        if rule is None:
            return refused("L103", f"{place} is not declared", "Say `harmless`, `copies-to` or `blocks` in the estate.")
        if rule.rule == "blocks":
            return refused("L103", f"{place} blocks", "Erase by the means that the trigger demands.")
        if rule.rule == "copies-to" and name in work.late:
            help = "Let the first trigger write both copies, or say how the second table is kept clean: `harmless: reason`."
            return refused("L103", f"{place} copies what a trigger has copied, or what hangs on it, to {rule.target}", help)
        # A row outside of the ask that lets go of a link is copied as it was: with a key, and with nothing of the person.
        if rule.rule == "copies-to" and rule.target not in work.reach.tables() and (reached or name in work.follow):
            return refused("L103", f"{place} copies to {rule.target}, which is not reached", "Map its owner.")
    return None


def _searched(work: Work, leaves: Leaves) -> tuple[Searched, ...]:
    found = []
    for name, table in sorted(work.store.tables.items()):
        if work.live.tables[name].kind not in ("table", "partitioned"):
            continue
        for column in table.columns:
            if not isinstance(column.role, Category) or work.live.tables[name].column(column.name).family != "text":
                continue
            for kind, form in sorted(leaves.get(column.role.leaf, ())):
                found.append(Searched(name, table.key, column.name, form, kind, _may_bear(work, name, column.name)))
    return tuple(found)


def _may_bear(work: Work, name: str, column: str) -> tuple[str, ...]:
    if name not in work.fates:
        return ()
    fates = work.fates[name]
    parts = [part for part, rule in fates.holds if column in rule.columns]
    if work.store.tables[name].shared:
        parts.append(fates.stays or "")
    return tuple(parts)
