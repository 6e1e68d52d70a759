"""One chunk inside one store's open transaction: sets are read, parts divided, steps done, fates read back.

Knows nothing of commits and records. Stops at the first guard that finds a row, and at a read-back that finds anything left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from upheld.engine.execution.chunks.sets import KeySet, Row, divide, key_set, keys_of_set, role_parts
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.execution.errors import refused as refused_x
from upheld.engine.execution.journal import Changed, Kept, Owners
from upheld.engine.plan.ends import Lengths, day_column
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import DueAfter, KeepRule, Lasts, Refused, Until
from upheld.engine.plan.periods import later
from upheld.engine.plan.steps import (
    BlankColumns,
    ByKey,
    CountInto,
    CutLink,
    DeleteRows,
    EditDocument,
    Guard,
    HandOver,
    HoldRows,
    LockRoots,
    ReadBackGroups,
    ReadBackIdentifiers,
    ReadBackKeys,
    ReadPaths,
    Rekey,
    SelectCycle,
    SelectDue,
    SelectRows,
    Step,
    SuppressGroups,
    UnlinkLarge,
    Wanted,
)
from upheld.engine.stores import Store
from upheld.engine.stores.session import Answered
from upheld.engine.stores.sql.conditions.moments import LEAST, MOST
from upheld.engine.stores.sql.statements import Script
from upheld.engine.stores.sql.writer import cycle_layout

SELECTS = (LockRoots, SelectRows, SelectCycle, SelectDue)
Whose = Callable[[set[str]], Mapping[str, Mapping[Row, Owners]]]


@dataclass(slots=True)
class Found:
    """What a chunk did: rows by step, what read-backs found, kept rows; or the problem at which it stopped."""

    rows: dict[int, int] = field(default_factory=dict)
    left: int = 0
    identifiers: dict[str, int] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    paths: set[tuple[str, str]] = field(default_factory=set)  # (object store, value) that rows point to
    frames: frozenset[tuple[str, Row]] = frozenset()
    problem: Refused | None = None
    handed: dict[int, tuple[tuple[object, ...], ...]] = field(default_factory=dict)  # rows for another party, by step
    changed: tuple[Changed, ...] = ()  # cells that a correction changed
    met: set[tuple[str, int]] = field(default_factory=set)  # corrections that some cell is about: (person, which of hers)


def run_chunk(
    session: Store,
    script: Script,
    values: ChunkValues,
    *,
    several: bool,
    meanwhile: Callable[[], None] | None = None,
    whose: Whose | None = None,
) -> Found:
    """All steps of the script, a round trip per round. `several`: the ask has more chunks than this one.

    `meanwhile` is done once, while the store works on the first effects. `whose` is asked of the tables of which rows stay, before any effect.
    """  # fmt: skip
    found = Found()
    parts = rounds(script, several=several)
    for numbers in parts:
        reads = isinstance(script.steps[numbers[0]], SELECTS)
        if not reads:
            divide_sets(values, script.steps)
            kept = tuple(k for n in numbers for k in _kept(values, script.steps[n]))
            found.kept += with_owners(kept, values, whose) if kept else ()
            found.frames |= _frames(values, script.steps)
        sent = [n for n in numbers if n in script.statements]
        answers = session.together(
            [script.statements[n] for n in sent], values, None if reads else meanwhile, seals=numbers is parts[-1]
        )
        meanwhile = meanwhile if reads else None
        for number, answered in zip(sent, answers, strict=False):
            # What an earlier step found counts more than the fault of a later one: a guard names what a foreign key only refuses.
            if answered.fault is not None:
                answered.fault.step = number
                raise answered.fault
            if reads:
                take_set(values, script.steps[number], list(answered.rows))
            else:
                found.problem = _judged(session.name, script.steps[number], number, answered, found)
            if found.problem is not None:
                return found
    # A script may be of one table alone: its other steps stand for nothing then.
    unsaid = {n for n in script.told if isinstance(script.steps[n], BlankColumns | EditDocument)} - found.rows.keys()
    if unsaid:
        found.problem = _not_held(session.name, unsaid)
    return found


def _not_held(store: str, steps: Iterable[int]) -> Refused:
    place = f"{store}, {', '.join(f'step {n}' for n in sorted(steps))}"
    return refused_x("X301", place, "A trigger or a rule of the store works against the plan.")


def rounds(script: Script, *, several: bool) -> list[list[int]]:
    """Steps that need nothing of one another, together: sets level by level, and every effect between two reads."""
    found: list[list[int]] = []
    reading: set[str] = set()
    for number, step in enumerate(script.steps):
        if isinstance(step, SelectRows | SelectCycle) and step.scope == "ask" and not several:
            continue
        tables = _tables(step)
        needed = tables | {p.table for p in script.statements[number].params.values()} if tables else set()
        alike = bool(found) and isinstance(script.steps[found[-1][0]], SELECTS) == bool(tables)
        if alike and not needed & reading:
            found[-1].append(number)
        else:
            found.append([number])
            reading.clear()
        reading |= tables
    return found


def _tables(step: Step) -> set[str]:
    """The tables whose sets a step reads; none for an effect."""
    match step:
        case LockRoots() | SelectRows() | SelectDue():
            return {step.wanted.table}
        case SelectCycle():
            return {w.table for w in step.wanted}
        case _:
            return set()


def take_set(values: ChunkValues, step: Step, rows: list[tuple[object, ...]]) -> None:
    """The set (or the sets of a cycle) of one step."""
    assert isinstance(step, SELECTS)
    scope = (
        ""
        if isinstance(step, LockRoots | SelectDue)
        else step.hold
        if step.scope == "held"
        else "ask"
        if step.scope == "ask"
        else ""
    )
    if isinstance(step, SelectCycle):
        for wanted, found in _cycle_sets(step, rows):
            role_parts(found, wanted.parts)
            values.sets[scope, wanted.table] = found
        return
    wanted = step.wanted
    columns = (*wanted.key, *wanted.carry)
    held = {
        name: keys_of_set(found)
        for (name, table), found in values.sets.items()
        if table == wanted.table and name not in ("", "ask")
    }
    # A row that an earlier chunk kept may have lost the link by which the hold's subject reached it.
    for (name, table), keys in values.held_before.items():
        if table == wanted.table:
            held[name] = held.get(name, set()) | keys
    before = values.sets.get((scope, wanted.table))
    copies = before is not None and wanted.table in values.store.copied_into
    found = key_set(wanted, columns, rows, before, held, values.today, copies=copies)
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
        if isinstance(step, LockRoots | SelectDue) or (isinstance(step, SelectRows) and step.scope == "chunk"):
            wanted[step.wanted.table] = step.wanted
        elif isinstance(step, SelectCycle) and step.scope == "chunk":
            wanted |= {w.table: w for w in step.wanted}
    divide({table: found for (scope, table), found in values.sets.items() if not scope}, wanted.values())


def _kept(values: ChunkValues, step: Step) -> list[Kept]:
    if not isinstance(step, HoldRows):
        return []
    found = values.sets.get(("", step.table))
    if found is None or not found.parts.get(step.part):
        return []
    rows = [found.rows[n] for n in found.parts[step.part]]
    return [
        Kept(step.table, step.rule, tuple(r[: found.key_size] for r in rows), tuple(_until(step.rule, found, r) for r in rows))
    ]


def with_owners(kept: tuple[Kept, ...], values: ChunkValues, whose: Whose | None) -> tuple[Kept, ...]:
    """Each kept row with the people it is of. Of one person's chunk everything is hers, but for her roles in a shared row."""
    chunk = values.scopes[""]
    shared = {one.table for one in kept if values.store.tables[one.table].shared}
    asked = {one.table for one in kept} if len(chunk) > 1 else shared
    known = whose(asked) if whose is not None and asked else {}
    alone: Owners = ((chunk[0].ref, frozenset()),) if len(chunk) == 1 else ()
    found = []
    for one in kept:
        owners = known.get(one.table, {}) if one.table in asked else dict.fromkeys(one.keys, alone)
        # Also of a row that stays for another one's case: what is held in it of hers is hers to be told, and goes when the case ends.
        found.append(replace(one, owners=tuple(owners.get(key, ()) for key in one.keys)))
    return tuple(found)


def _frames(values: ChunkValues, steps: tuple[Step, ...]) -> frozenset[tuple[str, Row]]:
    """Root rows of the chunk that this plan does not delete, by table and key; asked once its sets are divided."""
    deleted = {rows.table: rows for step in steps if isinstance(step, DeleteRows) for rows in (step.rows, *step.along)}
    found: set[tuple[str, Row]] = set()
    for step in steps:
        if not isinstance(step, LockRoots) or ("", step.wanted.table) not in values.sets:
            continue
        rows = values.sets["", step.wanted.table]
        roots = {key for b in values.scopes[""] for key in b.roots.get((values.store.store, step.wanted.table), ())}
        goes = deleted.get(step.wanted.table)
        part = next((path.part for path in goes.paths if isinstance(path, ByKey)), "") if goes else ""
        gone = set(rows.parts.get(part, ())) if part else set(range(len(rows.rows))) if goes else set()
        found |= {
            (step.wanted.table, row[: rows.key_size])
            for n, row in enumerate(rows.rows)
            if n not in gone and row[: rows.key_size] in roots
        }
    return frozenset(found)


def _until(rule: KeepRule, found: KeySet, row: tuple[object, ...]) -> date | None:
    lengths: Lengths
    match rule.ends:
        case Until(day=day):
            return day
        case DueAfter(column=column, amount=amount, unit=unit):
            value, lengths = row[found.columns.index(column)], ((amount, unit),)
        case Lasts(ends=ends):
            counted, flag = day_column(ends), found.days.get(ends)
            if counted is None or flag is None:
                return None
            value, lengths = row[flag], counted[1].lengths
    event = _day(value)
    return None if event is None else _later(event, lengths)


def _later(day: date, lengths: Lengths) -> date:
    for amount, unit in lengths:
        day = later(day, amount, unit)
    return day


def _day(value: object) -> date | None:
    """The day of a moment as it stands in a row; None where the engines read none either."""
    if isinstance(value, int | float | Decimal):
        return datetime.fromtimestamp(int(value), UTC).date() if LEAST <= value <= MOST else None
    text = str(value)[:10]
    try:
        return date.fromisoformat(text) if text[4:5] == "-" else None
    except ValueError:
        return None


def _judged(store: str, step: Step, number: int, answered: Answered, found: Found) -> Refused | None:
    """What an effect, a guard or a read-back answered; the problem at which the chunk stops."""
    match step:
        case Guard() if answered.rows:
            place = f"{store}.{step.child.table} ({step.constraint}) holds on to {store}.{step.parent}"
            return refused("L201", place, "Map the link, or say who else owns the row.")
        case CutLink() | BlankColumns() | EditDocument() | DeleteRows():
            found.rows[number] = answered.touched
            # How many rows it wrote, and how many of these do not hold what they should: its own read-back.
            if any(len(row) > 1 and row[1] for row in answered.rows):
                return _not_held(store, [number])
        case HandOver():
            found.rows[number] = len(answered.rows)
            if answered.rows:
                found.handed[number] = tuple(answered.rows)
        case SuppressGroups() | CountInto():
            found.rows[number] = answered.touched
        case ReadBackGroups() if answered.rows:
            place = f"{store}.{step.rows.table}"
            return refused_x("X404", place, "A trigger or a rule of the store works against the plan.")
        case ReadPaths():
            found.paths |= {(step.objects, str(row[0])) for row in answered.rows if row[0] not in (None, "")}
        case UnlinkLarge() | Rekey():
            found.rows[number] = answered.touched
        case ReadBackKeys():
            left = {int(str(n)): int(str(count)) for n, count in answered.rows if count}
            if left:
                return _not_held(store, left)
        case ReadBackIdentifiers():
            for n, count in answered.rows:
                if count:
                    searched = step.columns[int(str(n))]
                    place = f"{searched.table}.{searched.column}"
                    found.identifiers[place] = found.identifiers.get(place, 0) + int(str(count))
        case _:
            pass
    return None
