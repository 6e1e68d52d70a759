"""An ask, the estate and the catalogue become a plan: the sets to read and what happens to each part, in order.

Pure: no clock, no row, no identifier. Sets are read parents first, deletes run children first; a guard stands before every
delete that a row outside could hang on. Not taken: rows walked outward from the subject; the number of statements must not
grow with rows. Cost: linear in tables, links and foreign keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from upheld.engine.estate.mariadb.check import unfit
from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue, StoreMap, leaves_of
from upheld.engine.plan.digest import digest_of
from upheld.engine.plan.errors import refused
from upheld.engine.plan.keeps import Hold, keeps_of, rights_of, tells_of
from upheld.engine.plan.model import Ask, KeepRule, Refused, Why
from upheld.engine.plan.passes.hard.derived import names_of, refreshed
from upheld.engine.plan.passes.hard.limits import beyond
from upheld.engine.plan.passes.hard.objects import deletes_of_objects
from upheld.engine.plan.passes.indexes import unindexed
from upheld.engine.plan.passes.narrowed import narrowed
from upheld.engine.plan.passes.of_access import access_steps
from upheld.engine.plan.passes.of_erasure import Leaves, erasure_steps
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import Compact, DeleteRows, RefreshDerived, ReviewRows, Step, Sweep
from upheld.language.promises.model import Program

ERASES = ("erasure", "child-found", "replay-after-restore")  # asks whose plan is the ordinary erasure
Keeps = Mapping[tuple[str, str], tuple[KeepRule, ...]]


def plan(
    program: Program,
    estate: Estate,
    catalogue: Catalogue,
    holds: tuple[Hold, ...],
    ask: Ask,
    today: date,
    *,
    judge_indexes: bool = True,
) -> Plan | Refused:
    """The plan that answers `ask` under what the notices promise, or why there is none.

    Keeps come from held states and floors (`retain`) and from `holds`. A rule whose end has passed on `today` is left out.
    `judge_indexes`: a link of a large table without an index refuses (L108); not where the engines themselves are asked (E412).
    """
    keeps = keeps_of(program, estate, holds, today, ask.regime, catalogue) if ask.kind in ERASES else {}
    if isinstance(keeps, Refused):
        return keeps
    why, tells = rights_of(program, ask.kind, ask.regime), tells_of(program, ask.kind)
    found = plan_for(estate, catalogue, keeps, ask, why, tells, judge_indexes=judge_indexes)
    if ask.kind != "access" or isinstance(found, Refused):
        return found
    stores = narrowed(found.stores, program, estate, ask.regime)
    return found if stores is found.stores else Plan(ask, stores, found.after, digest_of(ask, stores, found.after))


def plan_for(estate: Estate, catalogue: Catalogue, keeps: Keeps, ask: Ask, why: Why | None = None,
             after: tuple[Step, ...] = (), *, judge_indexes: bool = True) -> Plan | Refused:  # fmt: skip
    """The plan under given keep rules. Stores that provide identities come last."""
    why = why or Why((), (), "asked")
    leaves = identifying(estate)
    stores = []
    for name in run_order(estate):
        store, live = estate.stores[name], catalogue.stores.get(name)
        if store.kind == "backup":
            continue
        if live is None:
            return refused("L105", f"{name} is in no catalogue", "Run `upheld scan` and keep its estate.lock.")
        part = _store_plan(store, live, keeps, ask, why, leaves, judge_indexes)
        if isinstance(part, Refused):
            return part
        if part is not None:
            stores.append(part)
    if ask.kind in ERASES:
        after = (*deletes_of_objects(estate, why), *after)
    if not stores:
        return refused("L101", "no root and no identity link", "Say in the estate which table's row is a person (`root:`).")
    return Plan(ask, tuple(stores), after, digest_of(ask, tuple(stores), after))


def run_order(estate: Estate) -> list[str]:
    """Leaf stores first; a store whose root kinds other stores' identity links name comes last."""
    wanted = {(name, link.kind) for name, s in estate.stores.items() for table in s.tables.values() for link in table.identity}

    def provides(name: str) -> bool:
        kinds = {table.root for table in estate.stores[name].tables.values() if table.root}
        return any(kind in kinds and other != name for other, kind in wanted)

    return sorted(estate.stores, key=lambda name: (provides(name), name))


def identifying(estate: Estate) -> Leaves:
    """Leaf → what identifiers a column of this leaf may bear, in whatever store."""
    found: dict[str, set[tuple[str, str]]] = {}
    for table in (t for store in estate.stores.values() for t in store.tables.values()):
        named = [(i.column, table.root, i.form) for i in table.identifies if table.root]
        roles = {column.name: column.role for column in table.columns}
        for column, kind, form in (*named, *((link.column, link.kind, link.form) for link in table.identity)):
            for leaf in leaves_of(roles[column]) if column in roles else ():
                found.setdefault(leaf, set()).add((kind, form))
    return {leaf: frozenset(kinds) for leaf, kinds in found.items()}


def _store_plan(store: StoreMap, live: StoreCatalogue, keeps: Keeps, ask: Ask, why: Why, leaves: Leaves,
                judge_indexes: bool = True) -> StorePlan | Refused | None:  # fmt: skip
    mine = {table: rules for (name, table), rules in keeps.items() if name == store.store and rules}
    if not any(t.root or t.identity for t in store.tables.values()):
        return None
    for table in store.tables.values():
        problem = _fits(store, table.name, live)
        if problem is not None:
            return problem
    problem = (unindexed(store, live) if judge_indexes else None) or beyond(store, live)
    if problem is not None:
        return problem
    holds = _holds(mine)
    steps: tuple[Step, ...] | Refused
    if ask.kind == "access":
        steps = access_steps(store, live, why)
    else:
        steps = erasure_steps(store, live, mine, holds, why, leaves)
    if isinstance(steps, Refused):
        return steps
    if ask.kind in ERASES:
        views = refreshed(store, live, why)
        steps = (*steps, *views, Sweep(why), *_compact(steps, views, why))
    named = tuple((name, tuple(sorted(subjects))) for subjects, name in sorted(holds.items(), key=lambda h: h[1]))
    return StorePlan(store.store, store.engine, live.fingerprint, steps, named, _emptied_before(store, mine))


def _emptied_before(store: StoreMap, rules: Mapping[str, tuple[KeepRule, ...]]) -> tuple[str, ...]:
    """Large tables that may be emptied in transactions of their own: not where a trigger then copies rows to where a rule keeps some.

    Committed, such a copy could not be told from what was there before and is held.
    """
    return tuple(
        name
        for name in store.large
        if not any(
            t.rule == "copies-to" and rules.get(t.target) for t in (store.tables[name].triggers if name in store.tables else ())
        )
    )


def _holds(keeps: Mapping[str, tuple[KeepRule, ...]]) -> dict[frozenset[str], str]:
    """Each different set of subjects under a case hold, named hold-1, hold-2 …"""
    groups = {rule.subjects for rules in keeps.values() for rule in rules if rule.subjects is not None}
    return {subjects: f"hold-{n}" for n, subjects in enumerate(sorted(groups, key=sorted), 1)}


def _fits(store: StoreMap, table: str, live: StoreCatalogue) -> Refused | None:
    place = f"{store.store}.{table}"
    if table not in live.tables:
        return refused("L105", f"{place} is not in the catalogue", "Run `upheld scan` again.")
    found = live.tables[table]
    if found.kind not in ("table", "partitioned"):
        return refused("L104", f"{place} is a {found.kind}", "Map the tables beneath it instead.")
    if store.engine == "mariadb" and (why := unfit(found)) and store.tables[table].has_effects:
        return refused("L104", f"{place} {why}", "Change how the table is kept, scan again, plan again.")
    known = {c.name for c in found.columns}
    mapped = store.tables[table]
    wanted = {c.name for c in mapped.columns} | set(mapped.key)
    for link in mapped.owning:
        wanted |= set(link.columns)
        if link.parent not in store.tables or link.parent not in live.tables:
            return refused("L105", f"{place} hangs on {link.parent}, which is not mapped", "Map the parent, or drop the link.")
        columns = {c.name for c in live.tables[link.parent].columns}
        if not set(link.parent_columns) <= columns:
            return refused("L105", f"{place} hangs on columns that {link.parent} has not", "Correct the link.")
    missing = sorted(wanted - known)
    if missing:
        return refused("L105", f"{place}.{missing[0]} is not in the catalogue", "Run `upheld scan` again.")
    if not mapped.key:
        return refused("L104", f"{place} has no key", "Name the columns that tell its rows apart (`key:`).")
    return None


def _compact(steps: tuple[Step, ...], views: tuple[RefreshDerived, ...], why: Why) -> tuple[Step, ...]:
    touched = sorted({s.rows.table for s in steps if hasattr(s, "rows") and not isinstance(s, ReviewRows)})
    deleted = [s for s in steps if isinstance(s, DeleteRows)]
    return (Compact((*touched, *names_of(views)), why),) if touched or deleted else ()
