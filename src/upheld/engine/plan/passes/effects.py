"""Judged tables become effects: what is blanked and cut, then what is deleted, children first, each delete behind its cuts and guards.

A nullable key into deleted rows is cut, any other is guarded. Rows of a circle of NOT NULL keys go in one step, where the engine can.
"""

from __future__ import annotations

from dataclasses import replace

from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Refused, RemovePaths, Replacement, Why
from upheld.engine.plan.passes.fates import nullable_of
from upheld.engine.plan.passes.graph import components
from upheld.engine.plan.passes.key_sets import hanging_keys
from upheld.engine.plan.passes.replacements import choose
from upheld.engine.plan.passes.work import Work, is_nullable, keys_into
from upheld.engine.plan.steps import (
    BlankColumns,
    ByKey,
    ByLink,
    CutLink,
    DeleteRows,
    EditDocument,
    Guard,
    Rows,
    Step,
)


def rows_of(work: Work, name: str, part: str) -> Rows:
    key = work.store.tables[name].key
    if name in work.sets:
        return Rows(name, key, (ByKey(part),))
    return Rows(name, key, tuple(path for _, path in work.reach.links[name].paths))


def updates_of(work: Work) -> list[Step] | Refused:
    steps: list[Step] = []
    for name in reversed(work.reach.tables()):
        for part, columns in work.fates[name].blanks:
            step = _blank(work, name, part, columns)
            if isinstance(step, Refused):
                return step
            if step is not None:
                steps.append(step)
        for part, columns in work.fates[name].cuts:
            steps.append(CutLink(rows_of(work, name, part), columns, work.why))
    return steps


def _blank(work: Work, name: str, part: str, columns: tuple[str, ...]) -> Step | Refused | None:
    live, chosen = work.live.tables[name], []
    for column in columns:
        place = f"{work.store.store}.{name}.{column}"
        if column in live.primary_key and work.fates[name].deletes is not None:
            continue  # the row stays only for others, who name it by this key
        referenced = frozenset(c for _, key in keys_into(work, name) for c in key.target_columns)
        replacement = choose(place, live, live.column(column), work.store.tables[name].column(column).role, referenced)
        if isinstance(replacement, Refused):
            return replacement
        if replacement is None:
            continue
        chosen.append((column, replacement))
    return _update(rows_of(work, name, part), tuple(chosen), work.why)


def _update(rows: Rows, chosen: tuple[tuple[str, Replacement], ...], why: Why) -> Step | None:
    if not chosen:
        return None
    documents = tuple((c, r) for c, r in chosen if isinstance(r, RemovePaths))
    if len(documents) == len(chosen):
        return EditDocument(rows, documents, why)
    return BlankColumns(rows, chosen, why)


def deletes_of(work: Work) -> list[Step] | Refused:
    steps: list[Step] = []
    for component in delete_order(work):
        for name in component:
            steps += _before_delete(work, name, component)
        if _restricts(work, component):
            place = ", ".join(f"{work.store.store}.{t}" for t in component)
            return refused("L106", place, "Make one of the foreign keys nullable or deferrable.")
        rows = [rows_of(work, name, work.fates[name].deletes or "") for name in component]
        steps.append(DeleteRows(rows[0], work.why, tuple(rows[1:])))
    return steps


def _restricts(work: Work, component: tuple[str, ...]) -> bool:
    """Whether the engine would check a key between two rows that go before both are gone."""
    if work.store.engine == "mariadb":
        return len(component) > 1 or any(
            key.target == component[0] and not is_nullable(work, component[0], key)
            for key in work.live.tables[component[0]].foreign_keys
        )
    if work.store.engine == "postgresql" or len(component) == 1:
        return False
    return any(
        key.on_delete == "restrict" and key.target in component
        for name in component
        for key in work.live.tables[name].foreign_keys
    )


def delete_order(work: Work) -> list[tuple[str, ...]]:
    """Children first; a nullable key does not bind the order where it closes a cycle, for it is cut."""
    every: dict[str, set[str]] = {}
    strict: dict[str, set[str]] = {}
    for name in work.can_delete:
        for child, key in keys_into(work, name):
            if child in work.can_delete and child != name:
                every.setdefault(child, set()).add(name)
                if not is_nullable(work, child, key):
                    strict.setdefault(child, set()).add(name)
    order: list[tuple[str, ...]] = []
    for component in components(work.can_delete, {k: frozenset(v) for k, v in every.items()}):
        order += components(component, {k: frozenset(v) for k, v in strict.items()})
    return order[::-1]


def _before_delete(work: Work, name: str, component: tuple[str, ...]) -> list[Step]:
    """Cut what may hang on the deleted rows by a nullable key; guard against what may by any other."""
    steps: list[Step] = []
    part = work.fates[name].deletes or ""
    for child, key in hanging_keys(work, name):
        live = work.live.tables[child]
        columns = nullable_of(live, key.columns)
        own_key = work.store.tables[child].key if child in work.store.tables else live.primary_key
        # A guard is also asked while the rows that go still stand: in a preview, and before large tables are emptied.
        standing = child in component or not columns
        # Where keys are checked row by row, a row that goes may stand in the way of the row above it in the same table.
        by_row = work.store.engine == "mariadb" and child == name and bool(columns)
        goes = work.fates[child].deletes if standing and not by_row and child in work.sets else None
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


def _soft_cuts(work: Work, child: str, name: str, part: str) -> list[Step]:
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
