"""One store's map becomes the steps of an access: sets with their subjects, then the columns that a person is owed.

docs/fates.md, section 5. Free text that may name others is listed for review and never leaves unread; other people's
columns are named, not shown. Nothing is locked or changed.
"""

from __future__ import annotations

from dataclasses import replace

from upheld.engine.estate.model import (
    Category,
    Event,
    FreeText,
    JsonPaths,
    Key,
    NotPersonal,
    StoreCatalogue,
    StoreMap,
    Table,
)
from upheld.engine.plan.model import Why
from upheld.engine.plan.passes.reach import Reached, reached
from upheld.engine.plan.steps import (
    ByKey,
    Document,
    Flag,
    InRole,
    Part,
    Path,
    Reach,
    ReadRows,
    ReviewRows,
    Rows,
    SelectCycle,
    SelectRows,
    Step,
    Wanted,
)


def access_steps(store: StoreMap, live: StoreCatalogue, why: Why) -> tuple[Step, ...]:
    """Sets parents first, then one ReadRows per reached table in the order of the estate, then what waits for review."""
    reach = reached(store)
    sets = {t for t in reach.tables() if _needs_set(store, reach, t)}
    steps: list[Step] = list(select_steps(store, reach, sets, why))
    for name, table in store.tables.items():
        if name in reach.links:
            rows = Rows(name, table.key, (ByKey(),) if name in sets else _paths(reach, name))
            step = read_step(table, rows, why)
            steps.append(step)
            waiting = (*step.review, *(d.column for d in step.documents if d.review or d.others == "review"))
            if waiting:
                steps.append(ReviewRows(name, waiting, why))
    return tuple(steps)


def select_steps(store: StoreMap, reach: Reached, tables: set[str], why: Why) -> tuple[Step, ...]:
    """The sets of `tables`, parents first, each row with its subject; tables that own each other come together."""
    steps: list[Step] = []
    for component in reach.order:
        if component in reach.cycles and tables & set(component):
            steps += _cycle(store, reach, component, why)
        elif component[0] in tables:
            steps.append(SelectRows(_wanted(store, reach, component[0]), _paths(reach, component[0]), why, lock=False))
    return tuple(steps)


def _needs_set(store: StoreMap, reach: Reached, name: str) -> bool:
    table = store.tables[name]
    return bool(
        table.root is not None
        or table.shared
        or reach.hanging_on(name)
        or len(_paths(reach, name)) > 1
        or any(name in c for c in reach.cycles)
    )


def _paths(reach: Reached, name: str) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for _, path in reach.links[name].paths))


def _wanted(store: StoreMap, reach: Reached, name: str) -> Wanted:
    table = store.tables[name]
    carry: dict[str, None] = {}
    for child in reach.hanging_on(name):
        for link, _ in reach.links[child].owning:
            if link.parent == name:
                carry |= dict.fromkeys(c for c in link.parent_columns if c not in table.key)
    flags, parts = _roles(reach, table)
    return Wanted(name, table.key, tuple(carry), flags, (), parts)


def _roles(reach: Reached, table: Table) -> tuple[tuple[Flag, ...], tuple[Part, ...]]:
    if not table.shared:
        return (), ()
    by_role: dict[str, list[Path]] = {}
    for role, path in reach.links[table.name].paths:
        by_role.setdefault(role, []).append(path)
    return tuple(Flag(f"@{role}", InRole(tuple(paths))) for role, paths in sorted(by_role.items())), ()


def _cycle(store: StoreMap, reach: Reached, component: tuple[str, ...], why: Why) -> list[Step]:
    wanted, reaches = [], []
    for name in component:
        wanted.append(replace(_wanted(store, reach, name), flags=()))
        by_role: dict[str, list[Path]] = {}
        for role, path in reach.links[name].paths:
            by_role.setdefault(role if store.tables[name].shared else "owner", []).append(path)
        reaches += [Reach(name, role, tuple(dict.fromkeys(paths))) for role, paths in sorted(by_role.items())]
    return [SelectCycle(tuple(wanted), tuple(reaches), why)]


def read_step(table: Table, rows: Rows, why: Why, only: frozenset[str] | None = None) -> ReadRows:
    """What of these rows is returned, withheld and reviewed first; with `only`, of these columns and the table's key alone."""
    columns: list[str] = []
    documents: list[Document] = []
    review: list[str] = []
    withheld: list[tuple[str, str, str]] = []
    for column in table.columns:
        if only is not None and column.name not in only and column.name not in table.key:
            continue
        match column.role:
            case Key() | Category() | Event() | FreeText(rule="never-names-others"):
                columns.append(column.name)
            case FreeText():
                review.append(column.name)
                withheld.append((column.name, "review", "a person reads it before it leaves"))
            case NotPersonal(reason=reason):
                withheld.append((column.name, "not-personal", reason))
            case JsonPaths():
                documents.append(_document(column.name, column.role))
    roles = tuple((r, rule.access == "full", rule.without) for r, rule in sorted(table.shared.items()))
    return ReadRows(rows, tuple(columns), tuple(documents), tuple(review), tuple(withheld), roles, why)


def _document(column: str, role: JsonPaths) -> Document:
    shown, review, hidden = [], [], []
    for path, part in role.paths.items():
        match part:
            case NotPersonal():
                hidden.append(path)
            case FreeText(rule="review"):
                review.append(path)
            case _:
                shown.append(path)
    match role.others:
        case FreeText(rule="review"):
            others = "review"
        case FreeText():
            others = "shown"
        case _:
            others = "hidden"
    return Document(column, tuple(shown), tuple(review), tuple(hidden), others)  # type: ignore[arg-type]
