"""Steps become words: what a step does, where, and why it stands in the plan. Pure; the same words on every screen.

The field's words: erase, blank, cut a link, hold, read back. A plan holds no personal data, so its explanation holds none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from upheld.engine.plan.ends import day_column
from upheld.engine.plan.model import DueAfter, KeepRule, Lasts, RemovePaths, Why
from upheld.engine.plan.model import Mark as SetMark
from upheld.engine.plan.passes.indexes import UNLED
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import (
    Alike,
    BlankColumns,
    Compact,
    CorrectColumns,
    CountInto,
    CutLink,
    DeleteObjects,
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
    ReadRows,
    RefreshDerived,
    Rekey,
    ReviewRows,
    SelectCycle,
    SelectDue,
    SelectRows,
    Step,
    SuppressGroups,
    Sweep,
    TellRecipient,
    UnlinkLarge,
)

Mark = Literal["erased", "blanked", "cut", "held", "read", "corrected", "waiting", ""]


@dataclass(frozen=True, slots=True)
class Line:
    """One step in words. `place` is store.table (or the store, or a party); `action` is short, `says` a sentence, `because` its ground.

    `effect` is true for what changes or keeps rows: these are the lines of a plan's table.
    """

    number: int
    store: str
    place: str
    action: str
    says: str
    because: str
    short: str
    mark: Mark
    effect: bool


def explain(plan: Plan) -> tuple[Line, ...]:
    """Every step of every store in the order of the run, then what no store executes."""
    lines = [_line(number, part.store, step) for part in plan.stores for number, step in enumerate(part.steps)]
    return (*lines, *(_line(number, "", step) for number, step in enumerate(plan.after)))


def because(why: Why, at_most: int | None = None) -> str:
    """Clauses and law that a step rests on: `retention.3; GDPR 17(3)(b)`; with `at_most` only so many, and how many more."""
    said = [*(f"{cite.source} {cite.at}".strip() for cite in why.cites), *why.clauses]
    if at_most is None or len(said) <= at_most:
        return "; ".join(said) or why.says
    return "; ".join(said[:at_most]) + f" and {len(said) - at_most} more"


def ends(rule: KeepRule) -> str:
    """When a keep rule ends, in words."""
    if isinstance(rule.ends, DueAfter):
        return f"until {rule.ends.amount} {rule.ends.unit} after {rule.ends.column}"
    if isinstance(rule.ends, Lasts):
        return _lasting(rule.ends)
    return f"until {rule.ends.day.isoformat()}"


def _lasting(lasts: Lasts) -> str:
    counted = day_column(lasts.ends)
    if counted is None:
        return "until its period is over"
    hops, dated = counted
    place = f"{hops[-1].table}.{dated.column}" if hops else dated.column
    lengths = " and ".join(f"{amount} {unit}" for amount, unit in dated.lengths) or "the day"
    return f"until {lengths} after {place}"


def _line(number: int, store: str, step: Step) -> Line:
    table, action, says, mark = _words(step)
    place = f"{store}.{table}" if store and table else store or table
    effect = isinstance(
        step,
        CutLink
        | BlankColumns
        | EditDocument
        | Rekey
        | DeleteRows
        | HoldRows
        | ReadRows
        | TellRecipient
        | SuppressGroups
        | HandOver
        | CountInto
        | CorrectColumns,
    )
    return Line(number, store, place, action, says, because(step.why), because(step.why, 1), mark, effect)


def _words(step: Step) -> tuple[str, str, str, Mark]:
    match step:
        case LockRoots():
            table = step.wanted.table
            return table, "lock", f"Lock the person's own row in {table}, so that nothing new can hang on it meanwhile.", ""
        case SelectRows():
            table = step.wanted.table
            note = f" {step.why.says}" if step.why.says.startswith(UNLED) else ""
            return table, "find", f"Read which rows of {table} are the person's.{note}", ""
        case SelectDue():
            table = step.wanted.table
            return table, "find", f"Read and lock the rows of {table} that are past their date on {step.day.isoformat()}.", ""
        case SelectCycle():
            tables = " and ".join(wanted.table for wanted in step.wanted)
            return tables, "find", f"Read which rows of {tables} are the person's; these tables hang on each other.", ""
        case Guard():
            child, parent = step.child.table, step.parent
            return (
                child,
                "guard",
                f"Stop if a row of {child} that is nobody's in this ask hangs on a row of {parent} that would go ({step.constraint}).",
                "",
            )
        case CutLink():
            columns = ", ".join(step.columns)
            return (
                step.rows.table,
                f"cut link {columns}",
                f"Cut the link {columns} of {step.rows.table}, so that the row leads to nobody.",
                "cut",
            )
        case BlankColumns(columns=[(mark, SetMark())]):
            return (
                step.rows.table,
                "hide",
                f"Set {mark} in {step.rows.table}, by which the row is out of view; it loses nothing.",
                "blanked",
            )
        case BlankColumns():
            columns = ", ".join(name for name, _ in step.columns)
            return step.rows.table, f"blank {columns}", f"Blank {columns} in {step.rows.table}; the row stays.", "blanked"
        case CorrectColumns():
            columns = ", ".join(step.columns)
            says = (
                f"Correct {columns} in {step.rows.table} wherever it says what the person says is wrong; nothing else changes."
            )
            return step.rows.table, f"correct {columns}", says, "corrected"
        case EditDocument():
            paths = ", ".join(f"{name} {_paths(removal)}" for name, removal in step.columns)
            return (
                step.rows.table,
                f"blank {paths}",
                f"Take {paths} out of the documents of {step.rows.table}; the rest of each stays.",
                "blanked",
            )
        case Rekey():
            text = f"Give the rows of {step.rows.table} that stay another {step.column}, which says nothing, and every row that leads there the same."
            return step.rows.table, f"rekey {step.column}", text, "blanked"
        case DeleteRows():
            tables = ", ".join(rows.table for rows in (step.rows, *step.along))
            return tables, "erase", f"Erase the rows of {tables} that nothing before this keeps.", "erased"
        case HoldRows():
            columns = ", ".join(step.rule.columns)
            # A floor has no ground but the clause that promises it.
            floor = step.rule.ground in step.rule.why.clauses
            why = f"as {step.rule.ground} promises" if floor else f"on the ground {step.rule.ground}"
            text = f"Hold {columns} of {step.table} {why}, {ends(step.rule)}; nothing else of these rows stays."
            return step.table, f"hold {columns} {ends(step.rule)}", text, "held"
        case ReadRows():
            return step.rows.table, "copy", f"Copy the person's rows of {step.rows.table}.", "read"
        case HandOver():
            says = f"Write the rows of {step.rows.table} down for {step.party} before they go."
            return step.rows.table, f"hand over to {step.party}", says, "read"
        case SuppressGroups() | ReadBackGroups() | CountInto():
            return _grouped(step)
        case ReadPaths() | UnlinkLarge() | DeleteObjects():
            return _of_files(step)
        case RefreshDerived():
            views = ", ".join(name for name, _ in step.views)
            return "", "refresh", f"After the commit, make {views} anew from what is left.", ""
        case _:
            return _aftermath(step)


def _grouped(step: SuppressGroups | ReadBackGroups | CountInto) -> tuple[str, str, str, Mark]:
    table = step.rows.table
    match step:
        case SuppressGroups():
            columns = ", ".join(step.columns)
            test = test_of(step.alike)
            return (
                table,
                f"suppress {columns}",
                f"Make {columns} of {table} empty wherever a row is not one of {test}.",
                "blanked",
            )
        case ReadBackGroups():
            return (
                "",
                "read back",
                f"Each anonymised row of {table} is one of {test_of(step.alike)}, or nothing is committed.",
                "",
            )
        case CountInto():
            by = ", ".join(name for name, _ in step.by)
            says = f"Count the rows of {table} in {step.into} by {by or 'nothing'}; under {step.group} alike, they are counted together."
            return table, f"count into {step.into}", says, "read"
        case _:
            assert_never(step)


def test_of(alike: Alike) -> str:
    """The test of anonymised rows, in words: `5 alike in town, born with 2 values of illness`."""
    some = f"{alike.group} alike in {', '.join(alike.quasi)}" if alike.quasi else f"{alike.group}"
    return some + (f" with {alike.diversity} values of {', '.join(alike.sensitive)}" if alike.sensitive else "")


def _of_files(step: ReadPaths | UnlinkLarge | DeleteObjects) -> tuple[str, str, str, Mark]:
    match step:
        case ReadPaths():
            table = step.rows.table
            return (
                table,
                f"note files {step.column}",
                f"Note which files of {step.objects} rows of {table} point to by {step.column}.",
                "",
            )
        case UnlinkLarge():
            table = step.rows.table
            text = f"Erase the large objects that only these rows of {table} point to by {step.column}."
            return table, f"erase files {step.column}", text, "erased"
        case DeleteObjects():
            text = f"After the commit, erase the noted files of {step.objects} that no row points to any more, and look that they are gone."
            return step.objects, "erase files", text, "erased"


def _aftermath(
    step: ReviewRows | ReadBackKeys | ReadBackIdentifiers | Sweep | TellRecipient | Compact,
) -> tuple[str, str, str, Mark]:
    match step:
        case ReviewRows():
            columns = ", ".join(step.columns)
            return (
                step.table,
                f"review {columns}",
                f"Somebody reads {columns} of {step.table} first: the text may name others.",
                "waiting",
            )
        case ReadBackKeys():
            return (
                "",
                "read back",
                "Read the same rows again by key: each has the fate that was planned, or nothing is committed.",
                "",
            )
        case ReadBackIdentifiers():
            return (
                "",
                "read back",
                "Look for every verified identifier in every column of its category, whatever path found the rows.",
                "",
            )
        case Sweep():
            return (
                "",
                "sweep",
                "After the commit, search every text column of the live store, mapped or not, for the identifiers.",
                "",
            )
        case TellRecipient():
            return step.party, "tell", f"Tell {step.party}, who had the data, and wait for the answer.", "waiting"
        case Compact():
            tables = ", ".join(step.tables)
            return (
                "",
                "compact",
                f"Overwrite what deletion leaves in the files of {tables}; until then the rows are unreachable, not overwritten.",
                "",
            )
        case _:
            assert_never(step)


def _paths(removal: RemovePaths) -> str:
    return ", ".join((*removal.paths, *(("everything undeclared",) if removal.others else ())))
