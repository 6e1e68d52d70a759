"""One chunk inside one store's open transaction: sets are read, parts divided, steps done, fates read back.

Knows nothing of commits and records. Stops at the first guard that finds a row, and at a read-back that finds anything left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from upheld.engine.execution.errors import refused as refused_x
from upheld.engine.execution.journal import Kept
from upheld.engine.execution.sets import KeySet, divide, key_set, role_parts
from upheld.engine.execution.values import ChunkValues
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import DueAfter, KeepRule, Refused
from upheld.engine.plan.periods import later
from upheld.engine.plan.steps import (
    BlankColumns,
    CutLink,
    DeleteRows,
    EditDocument,
    Guard,
    HoldRows,
    LockRoots,
    ReadBackIdentifiers,
    ReadBackKeys,
    SelectCycle,
    SelectRows,
    Step,
    Wanted,
)
from upheld.engine.stores import Store
from upheld.engine.stores.statements import Script
from upheld.engine.stores.writer import cycle_layout


@dataclass(slots=True)
class Found:
    """What a chunk did: rows by step, what read-backs found, kept rows; or the problem at which it stopped."""

    rows: dict[int, int] = field(default_factory=dict)
    left: int = 0
    identifiers: dict[str, int] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    problem: Refused | None = None


def run_chunk(session: Store, script: Script, values: ChunkValues, *, several: bool) -> Found:
    """All steps of the script. `several`: the ask has more chunks than this one."""
    found = Found()
    kept: list[Kept] = []
    divided = False
    for number, step in enumerate(script.steps):
        if isinstance(step, LockRoots | SelectRows | SelectCycle):
            if not (isinstance(step, SelectRows | SelectCycle) and step.scope == "ask" and not several):
                select(session, script, values, number, step)
                divided = False
            continue
        if not divided:
            divide_sets(values, script.steps)
            divided = True
        if isinstance(step, HoldRows):
            kept += _kept(values, step)
        elif number in script.statements:
            found.problem = _do(session, script, values, number, step, found)
            if found.problem is not None:
                return found
    found.kept = tuple(kept)
    return found


def select(
    session: Store, script: Script, values: ChunkValues, number: int, step: LockRoots | SelectRows | SelectCycle
) -> None:
    """The set (or the sets of a cycle) of one step."""
    scope = "" if isinstance(step, LockRoots) else step.hold if step.scope == "held" else "ask" if step.scope == "ask" else ""
    statement = script.statements[number]
    rows = session.rows(statement, values)
    if isinstance(step, SelectCycle):
        for wanted, found in _cycle_sets(step, rows):
            role_parts(found, wanted.parts)
            values.sets[scope, wanted.table] = found
        return
    wanted = step.wanted
    columns = (*wanted.key, *wanted.carry)
    held = {name: found for (name, table), found in values.sets.items() if table == wanted.table and name not in ("", "ask")}
    found = key_set(wanted, columns, rows, values.sets.get((scope, wanted.table)), held, values.today)
    role_parts(found, wanted.parts)
    values.sets[scope, wanted.table] = found


def _cycle_sets(step: SelectCycle, rows: list[tuple[object, ...]]) -> list[tuple[Wanted, KeySet]]:
    layout = cycle_layout(step)
    by_table: dict[str, dict[tuple[object, ...], set[str]]] = {w.table: {} for w in step.wanted}
    for row in rows:
        table, role, offsets, _ = layout[int(str(row[0]))]
        by_table[table].setdefault(tuple(row[n] for n in offsets), set()).add(f"@{role}")
    result = []
    for wanted in step.wanted:
        found = KeySet((*wanted.key, *wanted.carry), list(by_table[wanted.table]), len(wanted.key))
        for number, roles in enumerate(by_table[wanted.table].values()):
            for role in roles:
                found.flags.setdefault(role, set()).add(number)
        result.append((wanted, found))
    return result


def divide_sets(values: ChunkValues, steps: tuple[Step, ...]) -> None:
    """The parts of every set that was read: which rows are deleted, blanked, kept."""
    wanted: dict[str, Wanted] = {}
    for step in steps:
        if isinstance(step, LockRoots) or (isinstance(step, SelectRows) and step.scope == "chunk"):
            wanted[step.wanted.table] = step.wanted
        elif isinstance(step, SelectCycle) and step.scope == "chunk":
            wanted |= {w.table: w for w in step.wanted}
    divide({table: found for (scope, table), found in values.sets.items() if not scope}, wanted.values())


def _kept(values: ChunkValues, step: HoldRows) -> list[Kept]:
    found = values.sets.get(("", step.table))
    if found is None or not found.parts.get(step.part):
        return []
    rows = [found.rows[n] for n in found.parts[step.part]]
    return [
        Kept(step.table, step.rule, tuple(r[: found.key_size] for r in rows), tuple(_until(step.rule, found, r) for r in rows))
    ]


def _until(rule: KeepRule, found: KeySet, row: tuple[object, ...]) -> date | None:
    if not isinstance(rule.ends, DueAfter):
        return rule.ends.day
    value = row[found.columns.index(rule.ends.column)]
    if value is None:
        return None
    try:
        return later(date.fromisoformat(str(value)[:10]), rule.ends.amount, rule.ends.unit)
    except ValueError:
        return None


def _do(session: Store, script: Script, values: ChunkValues, number: int, step: Step, found: Found) -> Refused | None:
    statement = script.statements[number]
    match step:
        case Guard():
            if session.rows(statement, values):
                place = f"{session.name}.{step.child.table} ({step.constraint}) holds on to {session.name}.{step.parent}"
                return refused("L201", place, "Map the link, or say who else owns the row.")
        case CutLink() | BlankColumns() | EditDocument() | DeleteRows():
            found.rows[number] = session.run(statement, values)
        case ReadBackKeys():
            left = {int(str(n)): int(str(count)) for n, count in session.rows(statement, values) if count}
            if left:
                steps = ", ".join(f"step {n}" for n in sorted(left))
                return refused_x("X301", f"{session.name}, {steps}", "A trigger or a rule of the store works against the plan.")
        case ReadBackIdentifiers():
            for n, count in session.rows(statement, values):
                if count:
                    searched = step.columns[int(str(n))]
                    place = f"{searched.table}.{searched.column}"
                    found.identifiers[place] = found.identifiers.get(place, 0) + int(str(count))
        case _:
            pass
    return None
