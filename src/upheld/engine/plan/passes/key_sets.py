"""Judged tables become the sets to read: which table needs one, what it carries, in which order, for whom.

A table without a set is reached by its parent's keys. Parents come first; tables that own each other are one statement. Sets of a case's hold
and of the whole ask are read beside the chunk's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from upheld.engine.estate.model import LiveForeignKey
from upheld.engine.plan.model import DueAfter
from upheld.engine.plan.passes.fates import nullable_of
from upheld.engine.plan.passes.indexes import UNLED, unled
from upheld.engine.plan.passes.work import Work, keys_into
from upheld.engine.plan.steps import (
    ByKey,
    ByLink,
    ByRoots,
    HoldRows,
    InRole,
    LockRoots,
    OthersLeft,
    Path,
    Reach,
    SelectCycle,
    SelectRows,
    Step,
    Wanted,
)


def _discharged(work: Work, child: str, key: LiveForeignKey, parent: str) -> bool:
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


def hanging_keys(work: Work, name: str) -> list[tuple[str, LiveForeignKey]]:
    if name not in work.can_delete:
        return []
    return [(c, k) for c, k in keys_into(work, name) if not _discharged(work, c, k, name)]


def _can_be_cut(work: Work, child: str, key: LiveForeignKey) -> bool:
    return bool(nullable_of(work.live.tables[child], key.columns))


def find_sets(work: Work) -> None:
    sources = {need.child for needs in work.needs.values() for need in needs}
    in_cycle = {t for c in work.reach.cycles for t in c}
    # A guard is also asked before anything went (preview, large tables): it needs to know which rows will be gone.
    guarding = {c for name in work.can_delete for c, k in hanging_keys(work, name) if not _can_be_cut(work, c, k)}
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
            or name in guarding
            or hanging_keys(work, name)
            or (fates.stays is not None and by_path & _written(work, name))
            # Measured: a delete that reads a whole table waits for every row that another transaction holds. By key it does not.
            or unled(work.store, work.live.tables[name], (path for _, path in links.paths))
        ):
            work.sets.add(name)


def _path_columns(work: Work, name: str) -> set[str]:
    columns: set[str] = set()
    for _, path in work.reach.links[name].paths:
        columns |= set(getattr(path, "columns", ())) | {getattr(path, "column", "")}
    return columns


def _written(work: Work, name: str) -> set[str]:
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


def _wanted(work: Work, name: str) -> Wanted:
    table, fates = work.store.tables[name], work.fates[name]
    carry: dict[str, None] = {}
    for child in work.reach.hanging_on(name):
        for link, _ in work.reach.links[child].owning:
            if link.parent == name:
                carry |= dict.fromkeys(link.parent_columns)
    for _, key in hanging_keys(work, name):
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


def selects_of(work: Work, order: tuple[tuple[str, ...], ...]) -> list[Step]:
    steps: list[Step] = []
    for component in order:
        if component in work.reach.cycles:
            steps += _cycle(work, component)
        elif component[0] in work.sets:
            steps += _acyclic(work, component[0])
    return steps


def _acyclic(work: Work, name: str) -> list[Step]:
    wanted = _wanted(work, name)
    paths = tuple(path for _, path in work.reach.links[name].paths)
    if work.store.tables[name].root is None:
        return [_noted(work, SelectRows(wanted, _once(paths), work.why))]
    if len(paths) == 1:
        return [LockRoots(wanted, work.why)]
    return [
        LockRoots(Wanted(name, wanted.key), work.why),
        _noted(work, SelectRows(wanted, tuple(ByKey() if isinstance(p, ByRoots) else p for p in paths), work.why)),
    ]


def _noted(work: Work, step: SelectRows) -> SelectRows:
    """A read of a whole table locks nothing there, for it would wait for every writer; and the plan says that it reads it all."""
    name = step.wanted.table
    column = unled(work.store, work.live.tables[name], step.paths)
    if not column:
        return step
    says = (
        f"{UNLED} {name} by {column}: the whole table is read, without a lock, and rows are then taken by key. "
        f"An update or delete by {column} itself would wait for every row that somebody holds (ALGORITHM=INPLACE LOCK=NONE builds the index meanwhile)."
    )
    return replace(step, lock=False, why=replace(step.why, says=says))


def _once(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(paths))


def _cycle(work: Work, component: tuple[str, ...]) -> list[Step]:
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


def held_sets(work: Work) -> list[Step]:
    """For each case hold, the sets of its subjects alone, of the tables that its rules name and all above them."""
    steps: list[Step] = []
    for subjects, hold in sorted(work.holds.items(), key=lambda h: h[1]):
        named = {t for t, rules in work.rules.items() if any(r.subjects == subjects for r in rules)}
        wanted = _above(work, named)
        for component in work.reach.order:
            if set(component) & wanted:
                steps += _scoped(work, component, "held", hold)
    return steps


def asked_sets(work: Work) -> list[Step]:
    """Where rows go with their last owner: the owners' sets of every subject of the ask, for a chunk knows its own alone."""
    lefts = [f.test for fates in work.fates.values() for f in fates.flags if isinstance(f.test, OthersLeft)]
    roles = [f.test for fates in work.fates.values() for f in fates.flags if isinstance(f.test, InRole) and f.test.whole]
    parents = {path.parent for role in roles for path in role.paths if isinstance(path, ByLink)}
    wanted = _above(work, (parents | {parent for left in lefts for parent in _ends(left)}) & set(work.reach.tables()))
    return [s for component in work.reach.order if set(component) & wanted for s in _scoped(work, component, "ask")]


def _ends(left: OthersLeft) -> set[str]:
    """The tables whose sets say whether an owner is left."""
    return {t for lead in left.links for t in (_ends(lead.beyond) if lead.beyond else {lead.link.parent})}


def _scoped(work: Work, component: tuple[str, ...], scope: Literal["ask", "held"], hold: str = "") -> list[Step]:
    """The sets of a component for other subjects than the chunk's: keys and roles alone, nothing locked."""
    if component in work.reach.cycles:
        cycle = next(s for s in _cycle(work, component) if isinstance(s, SelectCycle))
        bare = tuple(replace(w, needs=(), parts=()) for w in cycle.wanted)
        return [replace(cycle, wanted=bare, scope=scope, hold=hold)]
    wanted = _wanted(work, component[0])
    flags = tuple(f for f in wanted.flags if f.name.startswith("@"))
    paths = _once(tuple(path for _, path in work.reach.links[component[0]].paths))
    return [SelectRows(replace(wanted, flags=flags, needs=(), parts=()), paths, work.why, scope, hold, lock=False)]


def _above(work: Work, tables: set[str]) -> set[str]:
    known = set(tables)
    while True:
        more = {link.parent for t in known for link, _ in work.reach.links[t].owning} - known
        if not more:
            return known
        known |= more


def holds_of(work: Work) -> list[Step]:
    return [HoldRows(name, part, rule, rule.why) for name in work.reach.tables() for part, rule in work.fates[name].holds]
