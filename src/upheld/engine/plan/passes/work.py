"""One store's tables become a judged whole: who can go, who can stay, the fates of each, and who is worked on last.

Reads estate and catalogue alone. Staying spreads upwards along NOT NULL foreign keys, so it is a fixpoint over tables; over rows it is one again, at
run time. Not taken: one object with methods per pass; each pass fills one field and the next reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from upheld.engine.estate.model import LiveForeignKey, StoreCatalogue, StoreMap
from upheld.engine.plan.model import KeepRule, Why
from upheld.engine.plan.passes.fates import Fates, fates_of
from upheld.engine.plan.passes.reach import Reached
from upheld.engine.plan.steps import (
    BlankColumns,
    ByForm,
    ByLink,
    CutLink,
    DeleteRows,
    EditDocument,
    Flag,
    Guard,
    Lead,
    Need,
    OthersLeft,
    Step,
)


@dataclass(slots=True)
class Work:
    store: StoreMap
    live: StoreCatalogue
    rules: Mapping[str, tuple[KeepRule, ...]]
    holds: Mapping[frozenset[str], str]
    why: Why
    reach: Reached
    needs: dict[str, list[Need]] = field(default_factory=dict)
    can_stay: set[str] = field(default_factory=set)
    can_delete: set[str] = field(default_factory=set)
    fates: dict[str, Fates] = field(default_factory=dict)
    sets: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    follow: set[str] = field(default_factory=set)  # tables with a key that is made anew, or with a column that follows one
    place: dict[str, int] = field(default_factory=dict)  # where in the order of deletes a table stands


def keys_into(work: Work, table: str) -> list[tuple[str, LiveForeignKey]]:
    return [
        (name, key)
        for name, live in sorted(work.live.tables.items())
        if live.kind != "partition"
        for key in live.foreign_keys
        if key.target == table
    ]


def is_nullable(work: Work, table: str, key: LiveForeignKey) -> bool:
    return any(work.live.tables[table].column(c).nullable for c in key.columns)


def find_who_can(work: Work) -> None:
    tables = work.reach.tables()
    for name in tables:
        table = work.store.tables[name]
        whens = any(rule.erasure == "delete-when-last" for rule in table.shared.values())
        if whens or (not table.shared and table.erasure == "delete"):
            work.can_delete.add(name)
        if table.shared or table.erasure != "delete" or work.rules.get(name):
            work.can_stay.add(name)
    changed = True
    while changed:
        changed = False
        for name in work.can_delete:
            for child, key in keys_into(work, name):
                if child not in work.can_stay or child not in tables or is_nullable(work, child, key):
                    continue
                need = Need(child, "", key.columns, key.target_columns)
                if need not in work.needs.setdefault(name, []):
                    work.needs[name].append(need)
                    work.can_stay.add(name)
                    changed = True


def find_fates(work: Work) -> None:
    for name in work.reach.tables():
        table = work.store.tables[name]
        rules = work.rules.get(name, ())
        holds = {n: work.holds[r.subjects] for n, r in enumerate(rules) if r.subjects is not None}
        others = {}
        for role, rule in table.shared.items():
            left = _others_left(work, name, role, frozenset())
            if rule.erasure == "delete-when-last" and (left.links or left.forms):
                others[role] = Flag(f"others-{role}", left)
        work.fates[name] = fates_of(
            table, work.live.tables[name], work.reach.links[name], rules, holds, bool(work.needs.get(name)), others
        )
    for name, needs in work.needs.items():
        work.needs[name] = [replace(need, part=work.fates[need.child].stays or "") for need in needs]


def _others_left(work: Work, name: str, role: str, seen: frozenset[str]) -> OthersLeft:
    leads = []
    for link in work.store.tables[name].owning:
        if link.role == role:
            continue
        parent = work.store.tables[link.parent]
        by = ByLink(link.columns, link.parent, link.parent_columns, "", link.when)
        if link.role == "owner" and parent.shared:
            if link.parent in seen or link.parent == name:
                continue
            beyond = _others_left(work, link.parent, role, seen | {name})
            if beyond.links or beyond.forms:
                leads.append(Lead(by, parent.key, beyond))
        else:
            leads.append(Lead(by, parent.key))
    forms = tuple(ByForm(i.column, i.form, i.kind) for i in work.store.tables[name].identity if i.role != role)
    return OthersLeft(tuple(leads), forms)


def find_late(work: Work) -> None:
    """Tables that triggers copy into are worked on after the table they copy from, children with them."""
    for name in work.reach.tables():
        for trigger in work.store.tables[name].triggers:
            if trigger.rule == "copies-to" and trigger.target in work.reach.tables() and has_effects(work, name):
                work.late.add(trigger.target)
    work.late |= copied_by_keys(work)
    grown = True
    while grown:
        more = {t for name in work.late for t in work.reach.hanging_on(name)} - work.late
        work.late |= more
        grown = bool(more)


def copied_by_keys(work: Work) -> set[str]:
    """Reached tables that triggers copy into when a personal key is made anew."""
    followers = [work.store.tables[name] for name in work.follow if name in work.store.tables]
    copied = {t.target for table in followers for t in table.triggers if t.rule == "copies-to"}
    return copied & set(work.reach.tables())


def has_effects(work: Work, name: str) -> bool:
    return work.fates[name].deletes is not None or is_updated(work, name)


def is_updated(work: Work, name: str) -> bool:
    """The plan may write the table's rows: blank, cut, or let go of a deleted parent."""
    fates = work.fates[name]
    hangs = any(key.target in work.can_delete and is_nullable(work, name, key) for key in work.live.tables[name].foreign_keys)
    return bool(fates.blanks or fates.cuts or (hangs and fates.stays is not None))


def is_late(work: Work, step: Step) -> bool:
    match step:
        case BlankColumns() | EditDocument() | DeleteRows():
            return step.rows.table in work.late
        case CutLink():
            return (step.parent or step.rows.table) in work.late
        case Guard():
            return step.parent in work.late
        case _:
            return False
