"""One store's map becomes the steps of an erasure: locks and sets, holds, blanks and cuts, guards and deletes, read-backs.

The fates of docs/fates.md, whole: keeps first, what must stay for others, shared rows, copies by triggers. Deletes run
children first by foreign key; a nullable key into deleted rows is cut, any other is guarded. A guard is left out only where
the owning link proves that every referencing row goes before. Statements depend on tables and links, never on rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from upheld.engine.estate.model import Category, LiveForeignKey, StoreCatalogue, StoreMap
from upheld.engine.plan.errors import refused
from upheld.engine.plan.fates import Fates, fates_of, nullable_of, personal_columns
from upheld.engine.plan.graph import components
from upheld.engine.plan.model import DueAfter, KeepRule, Refused, RemovePaths, Replacement, Why
from upheld.engine.plan.reach import Reached, reached
from upheld.engine.plan.replacements import choose
from upheld.engine.plan.steps import (
    BlankColumns,
    ByKey,
    ByLink,
    ByRoots,
    CutLink,
    DeleteRows,
    EditDocument,
    Flag,
    Guard,
    HoldRows,
    Lead,
    LockRoots,
    Need,
    OthersLeft,
    Path,
    Reach,
    ReadBackIdentifiers,
    ReadBackKeys,
    Rows,
    Searched,
    SelectCycle,
    SelectRows,
    Step,
    Wanted,
)

Leaves = Mapping[str, frozenset[tuple[str, str]]]  # leaf → (kind, form) of identifiers that are of this leaf


@dataclass(slots=True)
class _Work:
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
    place: dict[str, int] = field(default_factory=dict)  # where in the order of deletes a table stands


def erasure_steps(store: StoreMap, live: StoreCatalogue, rules: Mapping[str, tuple[KeepRule, ...]],
                  holds: Mapping[frozenset[str], str], why: Why, leaves: Leaves | None = None,
                  ) -> tuple[Step, ...] | Refused:  # fmt: skip
    """The steps of an erasure in this store, in the order of the run; refused if a column, trigger or cycle forbids it."""
    work = _Work(store, live, rules, holds, why, reached(store))
    _who_can(work)
    work.place = {name: n for n, component in enumerate(_delete_order(work)) for name in component}
    _fates(work)
    _late(work)
    _sets(work)
    updates = _updates(work)
    if isinstance(updates, Refused):
        return updates
    deletes = _deletes(work)
    if isinstance(deletes, Refused):
        return deletes
    problem = _triggers(work)
    if problem is not None:
        return problem
    selects = _held(work) + _asked(work) + _selects(work, work.reach.order)
    early = [s for s in updates + deletes if not _is_late(work, s)]
    late = [s for s in updates + deletes if _is_late(work, s)]
    again = _selects(work, tuple((t,) for t in work.reach.tables() if t in work.late and t in work.sets)) if late else []
    steps = [*selects, *_hold_rows(work), *early, *again, *late]
    effects = tuple(n for n, s in enumerate(steps) if isinstance(s, CutLink | BlankColumns | EditDocument | DeleteRows))
    steps.append(ReadBackKeys(effects, why))
    searched = _searched(work, leaves or {})
    if searched:
        steps.append(ReadBackIdentifiers(searched, why))
    return tuple(steps)


# ---- who can stay, who can go --------------------------------------------------------------------------------------


def _keys_into(work: _Work, table: str) -> list[tuple[str, LiveForeignKey]]:
    return [
        (name, key)
        for name, live in sorted(work.live.tables.items())
        if live.kind != "partition"
        for key in live.foreign_keys
        if key.target == table
    ]


def _is_nullable(work: _Work, table: str, key: LiveForeignKey) -> bool:
    return any(work.live.tables[table].column(c).nullable for c in key.columns)


def _who_can(work: _Work) -> None:
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
            for child, key in _keys_into(work, name):
                if child not in work.can_stay or child not in tables or _is_nullable(work, child, key):
                    continue
                need = Need(child, "", key.columns, key.target_columns)
                if need not in work.needs.setdefault(name, []):
                    work.needs[name].append(need)
                    work.can_stay.add(name)
                    changed = True


def _fates(work: _Work) -> None:
    for name in work.reach.tables():
        table = work.store.tables[name]
        rules = work.rules.get(name, ())
        holds = {n: work.holds[r.subjects] for n, r in enumerate(rules) if r.subjects is not None}
        others = {}
        for role, rule in table.shared.items():
            left = _others_left(work, name, role, frozenset())
            if rule.erasure == "delete-when-last" and left.links:
                others[role] = Flag(f"others-{role}", left)
        work.fates[name] = fates_of(
            table, work.live.tables[name], work.reach.links[name], rules, holds, bool(work.needs.get(name)), others
        )
    for name, needs in work.needs.items():
        work.needs[name] = [replace(need, part=work.fates[need.child].stays or "") for need in needs]


def _others_left(work: _Work, name: str, role: str, seen: frozenset[str]) -> OthersLeft:
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
            if beyond.links:
                leads.append(Lead(by, parent.key, beyond))
        else:
            leads.append(Lead(by, parent.key))
    return OthersLeft(tuple(leads))


def _late(work: _Work) -> None:
    """Tables that triggers copy into are worked on after the table they copy from, children with them."""
    for name in work.reach.tables():
        for trigger in work.store.tables[name].triggers:
            if trigger.rule == "copies-to" and trigger.target in work.reach.tables() and _has_effects(work, name):
                work.late.add(trigger.target)
    grown = True
    while grown:
        more = {t for name in work.late for t in work.reach.hanging_on(name)} - work.late
        work.late |= more
        grown = bool(more)


def _has_effects(work: _Work, name: str) -> bool:
    return work.fates[name].deletes is not None or _is_updated(work, name)


def _is_updated(work: _Work, name: str) -> bool:
    """The plan may write the table's rows: blank, cut, or let go of a deleted parent."""
    fates = work.fates[name]
    hangs = any(key.target in work.can_delete and _is_nullable(work, name, key) for key in work.live.tables[name].foreign_keys)
    return bool(fates.blanks or fates.cuts or (hangs and fates.stays is not None))


def _is_late(work: _Work, step: Step) -> bool:
    match step:
        case BlankColumns() | EditDocument() | DeleteRows():
            return step.rows.table in work.late
        case CutLink():
            return (step.parent or step.rows.table) in work.late
        case Guard():
            return step.parent in work.late
        case _:
            return False


# ---- sets ----------------------------------------------------------------------------------------------------------


def _discharged(work: _Work, child: str, key: LiveForeignKey, parent: str) -> bool:
    """The child's owning link proves that every row with this reference belongs to the ask and goes, before the parent."""
    if child not in work.fates or child == parent or child in work.can_stay or work.store.tables[child].shared:
        return False
    if work.place[child] > work.place[parent]:
        return False
    pairs = set(zip(key.columns, key.target_columns, strict=True))
    return any(
        link.parent == parent and link.when is None and set(zip(link.columns, link.parent_columns, strict=True)) == pairs
        for link in work.store.tables[child].owning
    )


def _hanging_keys(work: _Work, name: str) -> list[tuple[str, LiveForeignKey]]:
    if name not in work.can_delete:
        return []
    return [(c, k) for c, k in _keys_into(work, name) if not _discharged(work, c, k, name)]


def _sets(work: _Work) -> None:
    sources = {need.child for needs in work.needs.values() for need in needs}
    in_cycle = {t for c in work.reach.cycles for t in c}
    for name in work.reach.tables():
        table, links, fates = work.store.tables[name], work.reach.links[name], work.fates[name]
        by_path = _path_columns(work, name)
        if (
            table.root is not None
            or work.reach.hanging_on(name)
            or len(links.paths) > 1
            or name in in_cycle
            or fates.flags
            or fates.parts
            or name in sources
            or _hanging_keys(work, name)
            or (fates.stays is not None and by_path & _written(work, name))
        ):
            work.sets.add(name)


def _path_columns(work: _Work, name: str) -> set[str]:
    columns: set[str] = set()
    for _, path in work.reach.links[name].paths:
        columns |= set(getattr(path, "columns", ())) | {getattr(path, "column", "")}
    return columns


def _written(work: _Work, name: str) -> set[str]:
    """Columns of staying rows that the plan may write: blanked, cut, or a nullable key into deleted rows."""
    fates = work.fates[name]
    columns = {c for _, names in (*fates.blanks, *fates.cuts) for c in names}
    for key in work.live.tables[name].foreign_keys:
        if key.target in work.can_delete:
            columns |= set(nullable_of(work.live.tables[name], key.columns))
    for link in work.store.tables[name].owning:
        if fates.keep_role and link.parent in work.can_delete:
            columns |= set(link.columns)
    return columns


def _wanted(work: _Work, name: str) -> Wanted:
    table, fates = work.store.tables[name], work.fates[name]
    carry: dict[str, None] = {}
    for child in work.reach.hanging_on(name):
        for link, _ in work.reach.links[child].owning:
            if link.parent == name:
                carry |= dict.fromkeys(link.parent_columns)
    for _, key in _hanging_keys(work, name):
        carry |= dict.fromkeys(key.target_columns)
    for needs in work.needs.values():
        for need in needs:
            if need.child == name:
                carry |= dict.fromkeys(need.columns)
    for need in work.needs.get(name, ()):
        carry |= dict.fromkeys(need.at)
    for link in table.owning if fates.keep_role else ():
        if link.parent in work.can_delete:
            carry |= {}
    for rule in work.rules.get(name, ()):
        if isinstance(rule.ends, DueAfter):
            carry |= {rule.ends.column: None}
    extra = tuple(c for c in carry if c not in table.key)
    return Wanted(name, table.key, extra, tuple(fates.flags), tuple(work.needs.get(name, ())), tuple(fates.parts))


def _selects(work: _Work, order: tuple[tuple[str, ...], ...]) -> list[Step]:
    steps: list[Step] = []
    for component in order:
        if component in work.reach.cycles:
            steps += _cycle(work, component)
        elif component[0] in work.sets:
            steps += _acyclic(work, component[0])
    return steps


def _acyclic(work: _Work, name: str) -> list[Step]:
    wanted = _wanted(work, name)
    paths = tuple(path for _, path in work.reach.links[name].paths)
    if work.store.tables[name].root is None:
        return [SelectRows(wanted, _once(paths), work.why)]
    if len(paths) == 1:
        return [LockRoots(wanted, work.why)]
    return [
        LockRoots(Wanted(name, wanted.key), work.why),
        SelectRows(wanted, tuple(ByKey() if isinstance(p, ByRoots) else p for p in paths), work.why),
    ]


def _once(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(paths))


def _cycle(work: _Work, component: tuple[str, ...]) -> list[Step]:
    steps: list[Step] = []
    bare, after, reaches = [], [], []
    for name in component:
        wanted = _wanted(work, name)
        if work.store.tables[name].root is not None:
            steps.append(LockRoots(Wanted(name, wanted.key), work.why))
        flags = tuple(f for f in wanted.flags if not f.name.startswith("@"))
        if flags:
            after.append(SelectRows(replace(wanted, flags=flags), (ByKey(),), work.why))
            wanted = replace(wanted, needs=())
        parts = tuple(p for p in wanted.parts if p.name.startswith("@")) if flags else wanted.parts
        bare.append(replace(wanted, flags=(), parts=parts))
        by_role: dict[str, list[Path]] = {}
        for role, path in work.reach.links[name].paths:
            by_role.setdefault(role if work.store.tables[name].shared else "owner", []).append(path)
        reaches += [Reach(name, role, _once(tuple(paths))) for role, paths in sorted(by_role.items())]
    return [*steps, SelectCycle(tuple(bare), tuple(reaches), work.why), *after]


def _held(work: _Work) -> list[Step]:
    """For each case hold, the sets of its subjects alone, of the tables that its rules name and all above them."""
    steps: list[Step] = []
    for subjects, hold in sorted(work.holds.items(), key=lambda h: h[1]):
        named = {t for t, rules in work.rules.items() if any(r.subjects == subjects for r in rules)}
        wanted = _above(work, named)
        for component in work.reach.order:
            if set(component) & wanted:
                steps += _scoped(work, component, "held", hold)
    return steps


def _asked(work: _Work) -> list[Step]:
    """Where rows go with their last owner: the owners' sets of every subject of the ask, for a chunk knows its own alone."""
    lefts = [f.test for fates in work.fates.values() for f in fates.flags if isinstance(f.test, OthersLeft)]
    wanted = _above(work, {parent for left in lefts for parent in _ends(left)} & set(work.reach.tables()))
    return [s for component in work.reach.order if set(component) & wanted for s in _scoped(work, component, "ask")]


def _ends(left: OthersLeft) -> set[str]:
    """The tables whose sets say whether an owner is left."""
    return {t for lead in left.links for t in (_ends(lead.beyond) if lead.beyond else {lead.link.parent})}


def _scoped(work: _Work, component: tuple[str, ...], scope: Literal["ask", "held"], hold: str = "") -> list[Step]:
    """The sets of a component for other subjects than the chunk's: keys and roles alone, nothing locked."""
    if component in work.reach.cycles:
        cycle = next(s for s in _cycle(work, component) if isinstance(s, SelectCycle))
        bare = tuple(replace(w, needs=(), parts=()) for w in cycle.wanted)
        return [replace(cycle, wanted=bare, scope=scope, hold=hold)]
    wanted = _wanted(work, component[0])
    flags = tuple(f for f in wanted.flags if f.name.startswith("@"))
    paths = _once(tuple(path for _, path in work.reach.links[component[0]].paths))
    return [SelectRows(replace(wanted, flags=flags, needs=(), parts=()), paths, work.why, scope, hold, lock=False)]


def _above(work: _Work, tables: set[str]) -> set[str]:
    known = set(tables)
    while True:
        more = {link.parent for t in known for link, _ in work.reach.links[t].owning} - known
        if not more:
            return known
        known |= more


def _hold_rows(work: _Work) -> list[Step]:
    return [HoldRows(name, part, rule, rule.why) for name in work.reach.tables() for part, rule in work.fates[name].holds]


# ---- effects -------------------------------------------------------------------------------------------------------


def _rows(work: _Work, name: str, part: str) -> Rows:
    key = work.store.tables[name].key
    if name in work.sets:
        return Rows(name, key, (ByKey(part),))
    return Rows(name, key, tuple(path for _, path in work.reach.links[name].paths))


def _updates(work: _Work) -> list[Step] | Refused:
    steps: list[Step] = []
    for name in reversed(work.reach.tables()):
        for part, columns in work.fates[name].blanks:
            step = _blank(work, name, part, columns)
            if isinstance(step, Refused):
                return step
            if step is not None:
                steps.append(step)
        for part, columns in work.fates[name].cuts:
            steps.append(CutLink(_rows(work, name, part), columns, work.why))
    return steps


def _blank(work: _Work, name: str, part: str, columns: tuple[str, ...]) -> Step | Refused | None:
    live, chosen = work.live.tables[name], []
    for column in columns:
        place = f"{work.store.store}.{name}.{column}"
        if column in live.primary_key and work.fates[name].deletes is not None:
            continue  # the row stays only for others, who name it by this key
        referenced = frozenset(c for _, key in _keys_into(work, name) for c in key.target_columns)
        replacement = choose(place, live, live.column(column), work.store.tables[name].column(column).role, referenced)
        if isinstance(replacement, Refused):
            return replacement
        if replacement is None:
            continue
        chosen.append((column, replacement))
    return _update(_rows(work, name, part), tuple(chosen), work.why)


def _update(rows: Rows, chosen: tuple[tuple[str, Replacement], ...], why: Why) -> Step | None:
    if not chosen:
        return None
    documents = tuple((c, r) for c, r in chosen if isinstance(r, RemovePaths))
    if len(documents) == len(chosen):
        return EditDocument(rows, documents, why)
    return BlankColumns(rows, chosen, why)


def _deletes(work: _Work) -> list[Step] | Refused:
    steps: list[Step] = []
    for component in _delete_order(work):
        for name in component:
            steps += _before_delete(work, name, component)
        if len(component) > 1 and _restricts(work, component):
            place = ", ".join(f"{work.store.store}.{t}" for t in component)
            return refused("L106", place, "Make one of the foreign keys nullable or deferrable.")
        rows = [_rows(work, name, work.fates[name].deletes or "") for name in component]
        steps.append(DeleteRows(rows[0], work.why, tuple(rows[1:])))
    return steps


def _restricts(work: _Work, component: tuple[str, ...]) -> bool:
    if work.store.engine == "postgresql":
        return False
    return work.store.engine == "mariadb" or any(
        key.on_delete == "restrict" and key.target in component
        for name in component
        for key in work.live.tables[name].foreign_keys
    )


def _delete_order(work: _Work) -> list[tuple[str, ...]]:
    """Children first; a nullable key does not bind the order where it closes a cycle, for it is cut."""
    every: dict[str, set[str]] = {}
    strict: dict[str, set[str]] = {}
    for name in work.can_delete:
        for child, key in _keys_into(work, name):
            if child in work.can_delete and child != name:
                every.setdefault(child, set()).add(name)
                if not _is_nullable(work, child, key):
                    strict.setdefault(child, set()).add(name)
    order: list[tuple[str, ...]] = []
    for component in components(work.can_delete, {k: frozenset(v) for k, v in every.items()}):
        order += components(component, {k: frozenset(v) for k, v in strict.items()})
    return order[::-1]


def _before_delete(work: _Work, name: str, component: tuple[str, ...]) -> list[Step]:
    """Cut what may hang on the deleted rows by a nullable key; guard against what may by any other."""
    steps: list[Step] = []
    part = work.fates[name].deletes or ""
    for child, key in _hanging_keys(work, name):
        live = work.live.tables[child]
        columns = nullable_of(live, key.columns)
        own_key = work.store.tables[child].key if child in work.store.tables else live.primary_key
        goes = work.fates[child].deletes if child in component and child in work.sets else None
        rows = Rows(child, own_key, (ByLink(key.columns, name, key.target_columns, part),), goes)
        if columns:
            says = f"{child}.{', '.join(columns)} would point to a deleted row of {name}"
            steps.append(CutLink(rows, columns, replace(work.why, says=says), name))
        else:
            says = f"no row outside of the ask may reference a deleted row of {name} by {key.name}"
            steps.append(Guard(rows, name, key.name, replace(work.why, says=says)))
    for child in work.reach.hanging_on(name):
        steps += _soft_cuts(work, child, name, part)
    return steps


def _soft_cuts(work: _Work, child: str, name: str, part: str) -> list[Step]:
    """A shared row that one owner's rule keeps whole lets go of a deleted parent also where no foreign key says so."""
    if not work.fates[child].keep_role:
        return []
    hard = {key.columns for key in work.live.tables[child].foreign_keys if key.target == name}
    steps: list[Step] = []
    for link in work.store.tables[child].owning:
        columns = nullable_of(work.live.tables[child], link.columns)
        if link.parent != name or link.columns in hard or not columns:
            continue
        by = ByLink(link.columns, name, link.parent_columns, part, link.when)
        rows = Rows(child, work.store.tables[child].key, (by,), work.fates[child].deletes)
        steps.append(CutLink(rows, columns, work.why, name))
    return steps


# ---- triggers and searches -----------------------------------------------------------------------------------------


def _triggers(work: _Work) -> Refused | None:
    for name in work.reach.tables():
        fates = work.fates[name]
        events = {"update"} if _is_updated(work, name) else set()
        if fates.deletes is not None:
            events.add("delete")
        declared = {t.name: t for t in work.store.tables[name].triggers}
        for trigger in work.live.tables[name].triggers:
            place = f"{work.store.store}.{name}, trigger {trigger.name}"
            rule = declared.get(trigger.name)
            if not events & set(trigger.events):
                continue
            if rule is None:
                return refused("L103", f"{place} is not declared", "Say `harmless`, `copies-to` or `blocks` in the estate.")
            if rule.rule == "blocks":
                return refused("L103", f"{place} blocks", "Erase by the means that the trigger demands.")
            if rule.rule == "copies-to" and rule.target not in work.reach.tables():
                return refused("L103", f"{place} copies to {rule.target}, which is not reached", "Map its owner.")
    return None


def _searched(work: _Work, leaves: Leaves) -> tuple[Searched, ...]:
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


def _may_bear(work: _Work, name: str, column: str) -> tuple[str, ...]:
    if name not in work.fates:
        return ()
    fates = work.fates[name]
    parts = [part for part, rule in fates.holds if column in rule.columns]
    if work.store.tables[name].shared:
        parts.append(fates.stays or "")
    return tuple(parts)


def unused(work: _Work) -> tuple[str, ...]:
    """Mapped tables that no link reaches."""
    return tuple(sorted(set(work.store.tables) - set(work.reach.tables())))


__all__ = ["Leaves", "erasure_steps", "personal_columns"]
