"""A store's plan becomes its script: every statement once, before the first row is touched.

Scripts are kept for the plans and schemas in use: two asks of one estate mostly share both, and to write a script takes longer than to carry out
one person's. Whether two are the same is asked of the objects and not of their values, whose hash would cost as much again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.plan.plans import StorePlan
from upheld.engine.plan.steps import (
    CountInto,
    DeleteRows,
    ReadBackGroups,
    ReadBackKeys,
    ReadPaths,
    ReadRows,
    Rekey,
    SelectDue,
    Step,
    SuppressGroups,
    UnlinkLarge,
)
from upheld.engine.stores.sql.calendar import write_due, write_due_count, write_span, write_walk, write_whole
from upheld.engine.stores.sql.dialects import AnyDialect
from upheld.engine.stores.sql.files.write import write_objects
from upheld.engine.stores.sql.groups import write_grouped
from upheld.engine.stores.sql.reading import Reading, readings_of, written_access
from upheld.engine.stores.sql.rekey.write import old_keys_left, write_rekey, write_rekey_count
from upheld.engine.stores.sql.statements import Script, Span, Statement
from upheld.engine.stores.sql.writer import Build, Dialect, says_itself, write, write_count, write_drain

Kind = TypeVar("Kind")
_DIALECTS: dict[type, Any] = {}  # one of each class: a dialect holds nothing
DRAIN_ROWS = 100_000  # rows that one transaction deletes of a table declared large


@dataclass(frozen=True, slots=True, eq=False)
class _Same(Generic[Kind]):
    """One object: equal to itself alone, and alive as long as it is remembered, so that its place is nobody else's."""

    of: Kind

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.of is other.of


def written(plan: StorePlan, catalogue: StoreCatalogue, dialect: Dialect, region: str = "") -> Script:
    """The statements by position of their step. Cost: linear in steps at the first call, no round trip."""
    return _written(_Same(plan), _Same(catalogue), _Same(_DIALECTS.setdefault(type(dialect), dialect)), region)


@lru_cache(maxsize=64)
def _written(plans: _Same[StorePlan], catalogues: _Same[StoreCatalogue], dialects: _Same[Dialect], region: str) -> Script:
    plan, catalogue, dialect = plans.of, catalogues.of, dialects.of
    statements: dict[int, Statement] = {}
    for number, step in enumerate(plan.steps):
        build = Build(catalogue, dialect, region=region)
        statement = _statement(step, build, plan)
        if statement is not None:
            statements[number] = statement
    drains: dict[int, Statement] = {}
    pointing = {step.rows.table for step in plan.steps if isinstance(step, ReadPaths | UnlinkLarge)}
    for number, step in enumerate(plan.steps):
        # What rows point to is noted in the transaction in which they go: such a table is not emptied before it.
        if isinstance(step, DeleteRows) and step.rows.table in plan.large and step.rows.table not in pointing:
            drain = write_drain(step, Build(catalogue, dialect, region=region), DRAIN_ROWS)
            if drain is not None:
                drains[number] = drain
    whole = {
        number: (number + 1, goes)
        for number, step in enumerate(plan.steps)
        if isinstance(step, SelectDue) and _goes_alone(plan.steps[number : number + 3])
        if (goes := write_whole(step, Build(catalogue, dialect, region=region), plan.engine)) is not None
    }
    walks = {
        number: (at, walk)
        for number, (at, _) in whole.items()
        if isinstance(step := plan.steps[number], SelectDue)
        if (walk := write_walk(step, Build(catalogue, dialect, region=region), plan.engine)) is not None
    }
    spans = {
        number: span
        for number, step in enumerate(plan.steps)
        if isinstance(step, SelectDue)
        if (span := _span(step, Build(catalogue, dialect, region=region), plan, number, whole)) is not None
    }
    deferred = any((isinstance(s, DeleteRows) and s.along) or isinstance(s, Rekey) for s in plan.steps)
    told = frozenset(n for n, step in enumerate(plan.steps) if says_itself(Build(catalogue, dialect), step))
    return Script(statements, plan.steps, drains, whole, walks, spans, told, deferred)


def _goes_alone(unit: tuple[Step, ...]) -> bool:
    """Whether nothing is done of a table's due rows but that they are deleted, and nothing with them."""
    return (
        len(unit) == 3
        and isinstance(unit[0], SelectDue)
        and isinstance(unit[1], DeleteRows)
        and unit[1].rows.table == unit[0].wanted.table
        and isinstance(unit[2], ReadBackKeys)
    )


def _span(
    step: SelectDue, build: Build, plan: StorePlan, number: int, whole: Mapping[int, tuple[int, Statement]]
) -> Span | None:
    return write_span(step, build, plan.engine, whole[number][0] if number in whole else number, number in whole)


def _old_keys(step: ReadBackKeys, build: Build, plan: StorePlan) -> Statement:
    left = [(n, *one) for n in step.steps if isinstance(rekey := plan.steps[n], Rekey) for one in old_keys_left(rekey, build)]
    counts = [f"SELECT {n}, count(*) FROM {build.dialect.place(table)} AS t WHERE {where}" for n, table, where in left]
    return Statement(" UNION ALL ".join(counts), build.params)


def _statement(step: Step, build: Build, plan: StorePlan) -> Statement | None:
    match step:
        case ReadPaths() | UnlinkLarge():
            return write_objects(step, build)
        case Rekey():
            return write_rekey(step, build)
        case ReadBackKeys() if any(isinstance(plan.steps[n], Rekey) for n in step.steps):
            return _old_keys(step, build, plan)
        case SelectDue():
            return write_due(step, build)
        case SuppressGroups() | ReadBackGroups() | CountInto():
            return write_grouped(step, build)
        case _:
            return write(step, build, plan.steps)


def written_to_count(plan: StorePlan, catalogue: StoreCatalogue, dialect: Dialect, region: str = "") -> Script:
    """The same sets, unlocked, and a count in place of each effect: what a preview runs."""
    statements: dict[int, Statement] = {}
    for number, step in enumerate(plan.steps):
        build = Build(catalogue, dialect, region=region)
        if any(isinstance(one, SelectDue) for one in plan.steps):
            statement = write_due_count(step, build, plan.steps)
        else:
            statement = write_rekey_count(step, build) if isinstance(step, Rekey) else write_count(step, build)
        if statement is not None:
            statements[number] = statement
    return Script(statements, plan.steps)


def written_to_read(
    plan: StorePlan, catalogue: StoreCatalogue, dialect: AnyDialect, region: str = ""
) -> tuple[Script, dict[int, list[Reading]]]:
    """An access plan's statements: sets with their subjects, and each table's readings by position of its step."""
    return _written_to_read(_Same(plan), _Same(catalogue), _Same(_DIALECTS.setdefault(type(dialect), dialect)), region)


@lru_cache(maxsize=64)
def _written_to_read(
    plans: _Same[StorePlan], catalogues: _Same[StoreCatalogue], dialects: _Same[AnyDialect], region: str
) -> tuple[Script, dict[int, list[Reading]]]:
    plan, catalogue, dialect = plans.of, catalogues.of, dialects.of
    statements: dict[int, Statement] = {}
    readings: dict[int, list[Reading]] = {}
    for number, step in enumerate(plan.steps):
        build = Build(catalogue, dialect, region=region)
        if isinstance(step, ReadRows):
            readings[number] = readings_of(step, build, dialect)
        elif (statement := written_access(step, build, dialect)) is not None:
            statements[number] = statement
    return Script(statements, plan.steps), readings
