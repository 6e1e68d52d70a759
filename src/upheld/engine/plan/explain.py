"""A plan becomes words: what each step does to which table, and the sentence or law it rests on.

Walks the very list that is executed, so that what is explained is what runs. Names tables, columns and clauses; there is no value in a plan
to name. A step that only prepares (locks, sets) is told as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from upheld.engine.plan.model import DueAfter, KeepRule, RemovePaths, Replacement, SetNull, SetToken, SetValue, Why
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import (
    BlankColumns,
    Compact,
    CutLink,
    DeleteRows,
    EditDocument,
    Guard,
    HoldRows,
    LockRoots,
    Path,
    ReadBackIdentifiers,
    ReadBackKeys,
    ReadRows,
    ReviewRows,
    Rows,
    SelectCycle,
    SelectRows,
    Step,
    Sweep,
    TellRecipient,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One step in words. `number` is its position in the store's list; `table` is empty where a step has none."""

    store: str
    number: int
    table: str
    action: str
    says: str
    because: str


def explain(plan: Plan, table: str = "") -> tuple[Line, ...]:
    """Every line of the plan, or those of one table (`orders` or `shop.orders`)."""
    lines = [
        Line(part.store, n, tables_of(step)[0] if tables_of(step) else "", action_of(step), says_of(step), because_of(step.why))
        for part in plan.stores
        for n, step in enumerate(part.steps)
        if not table or _is_about(table, part.store, step)
    ]
    if not table:
        lines += [Line("", n, "", action_of(s), says_of(s), because_of(s.why)) for n, s in enumerate(plan.after)]
    return tuple(lines)


def _is_about(table: str, store: str, step: Step) -> bool:
    return any(table in (name, f"{store}.{name}") for name in tables_of(step))


def tables_of(step: Step) -> tuple[str, ...]:
    """The tables that a step reads or writes, the first being its own."""
    match step:
        case LockRoots() | SelectRows():
            return (step.wanted.table,)
        case SelectCycle():
            return tuple(w.table for w in step.wanted)
        case Guard():
            return step.child.table, step.parent
        case CutLink():
            return (step.rows.table, step.parent) if step.parent else (step.rows.table,)
        case DeleteRows():
            return (step.rows.table, *(rows.table for rows in step.along))
        case BlankColumns() | EditDocument() | ReadRows():
            return (step.rows.table,)
        case HoldRows() | ReviewRows():
            return (step.table,)
        case ReadBackIdentifiers():
            return tuple(dict.fromkeys(searched.table for searched in step.columns))
        case Compact():
            return step.tables
        case ReadBackKeys() | Sweep() | TellRecipient():
            return ()
        case _:
            assert_never(step)


_ACTIONS: dict[type, str] = {
    LockRoots: "lock", SelectRows: "select", SelectCycle: "select", Guard: "guard", CutLink: "cut", BlankColumns: "blank",
    EditDocument: "edit", DeleteRows: "delete", HoldRows: "keep", ReadRows: "read", ReviewRows: "review", ReadBackKeys: "read back",
    ReadBackIdentifiers: "read back", Sweep: "sweep", TellRecipient: "tell", Compact: "compact",
}  # fmt: skip


def action_of(step: Step) -> str:
    """The step's action in one word or two."""
    return _ACTIONS[type(step)]


def says_of(step: Step) -> str:
    """The step in one sentence."""
    match step:
        case LockRoots():
            return f"Lock the rows of {step.wanted.table} that the ask is bound to."
        case SelectRows():
            return f"Find the rows of {step.wanted.table} {_by(step.paths)}."
        case SelectCycle():
            names = ", ".join(w.table for w in step.wanted)
            return f"Find the rows of {names} that belong to one another, in one statement."
        case Guard():
            return f"Stop if a row of {step.child.table} that stays needs a row of {step.parent} that would go ({step.constraint})."
        case CutLink():
            to = f" where they point to deleted rows of {step.parent}" if step.parent else ""
            return f"Set {_and(step.columns)} of {step.rows.table} to NULL{to}."
        case BlankColumns() | EditDocument():
            return "; ".join(_blanked(step.rows.table, c, r) for c, r in step.columns) + "."
        case DeleteRows():
            names = _and(tuple(r.table for r in (step.rows, *step.along)))
            return f"Delete rows of {names}{_part(step.rows)}."
        case HoldRows():
            return f"Keep {_and(step.rule.columns)} of {step.table} on {step.rule.ground} {_until(step.rule)}."
        case ReadRows():
            return f"Return {_and((*step.columns, *(d.column for d in step.documents)))} of {step.rows.table}."
        case ReviewRows():
            return f"A person reads {_and(step.columns)} of {step.table} before it leaves: it may name others."
        case ReadBackKeys():
            return "Look at the same rows again, before the commit: nothing may be left of what was to go."
        case ReadBackIdentifiers():
            return f"Look for the verified identifiers in {_and(tuple(f'{s.table}.{s.column}' for s in step.columns))}."
        case Sweep():
            return "After the commit, look for the identifiers in every text and JSON column of the live schema."
        case TellRecipient():
            return f"Tell {step.party}, and wait for the answer."
        case Compact():
            return f"Rewrite the files of {_and(step.tables)}: until then rows are unreachable, not overwritten."
        case _:
            assert_never(step)


def because_of(why: Why) -> str:
    """Clauses, citations and the sentence of a step."""
    said = [*why.clauses, *(f"{c.source} {c.at}" for c in why.cites)]
    return ": ".join(part for part in (", ".join(said), why.says) if part)


def _blanked(table: str, column: str, replacement: Replacement) -> str:
    place = f"{table}.{column}"
    match replacement:
        case SetNull():
            return f"Set {place} to NULL"
        case SetToken():
            return f"Replace {place} by a token per row"
        case SetValue(value=value):
            return f"Set {place} to {value}"
        case RemovePaths(paths=paths, others=others):
            rest = " and every undeclared member" if others else ""
            return f"Remove {_and(paths)}{rest} from {place}" if paths else f"Remove every undeclared member from {place}"
        case _:
            assert_never(replacement)


def _until(rule: KeepRule) -> str:
    if isinstance(rule.ends, DueAfter):
        ends = rule.ends
        return f"until {ends.amount} {ends.unit} after {ends.column}" if ends.amount else f"until {ends.column}"
    return "without end" if rule.ends.day.year == 9999 else f"until {rule.ends.day.isoformat()}"


def _part(rows: Rows) -> str:
    parted = any(getattr(path, "part", "") for path in rows.paths)
    return " that nothing keeps" if parted else ""


def _by(paths: tuple[Path, ...]) -> str:
    return " or ".join(dict.fromkeys(_one(path) for path in paths))


def _one(path: Path) -> str:
    kind = type(path).__name__
    if kind == "ByLink":
        return f"that hang on {getattr(path, 'parent', '')}"
    if kind == "ByForm":
        return f"whose {getattr(path, 'column', '')} is a verified identifier"
    return "that the ask is bound to" if kind == "ByRoots" else "already found"


def _and(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def sentences(plan: Plan) -> Iterator[str]:
    """Every line as text, for a plan printed whole."""
    for line in explain(plan):
        place = ".".join(p for p in (line.store, line.table) if p)
        yield f"{place}: {line.says}" + (f" Because {line.because}." if line.because else "")
