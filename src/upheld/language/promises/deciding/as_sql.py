"""The same decision for everybody at once: a flow becomes one SQL predicate over a view of facts, a row a subject.

Tests on the flow's own keys are constants and fold away; tests on the person stay, with NULL for unknown, so that the
database's three-valued logic is the language's own. Assumes the views that docs/decide.md describes. Emits text and
parameters, runs nothing, and names no table of a firm. Not taken: a function in the database; a planner cannot see
into it, and it costs up to 77 times the bare query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from upheld.language.promises.deciding.decide import worlds_published
from upheld.language.promises.deciding.index import Index, World, index_of
from upheld.language.promises.deciding.rules import Demand, Lexicon, Mask
from upheld.language.promises.deciding.shape import Open, OpenFloor, OpenRule, WorldShape, shape_of
from upheld.language.promises.facts import (
    AGE_BELOW,
    AGE_LEAST,
    BIRTH_DATE,
    birth_cutoff,
    column_of,
    member_tests,
    runs_out,
    until_column,
    version_given,
)
from upheld.language.promises.model import Age, Decision, Flow, Known, Name, Program, Some, Test

Dialect = Literal["postgresql", "sqlite"]
# A formula: a constant (None is unknown) or SQL text that needs no further brackets.
Formula = bool | str | None


@dataclass(frozen=True, slots=True)
class SqlPredicate:
    """`sql` is a boolean, never NULL; `params` in the style of the driver: `%(p0)s` for psycopg, `:p0` for sqlite3."""

    sql: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FactColumn:
    """A column of the facts view: which fact it holds, and of which type."""

    column: str
    fact: Name
    type: Literal["boolean", "date", "integer"]


def as_sql(
    program: Program, flow: Flow, dialect: Dialect, facts: str = "facts", records: str = "upheld_records"
) -> SqlPredicate:
    """True for exactly the subjects for whom `decide` would allow `flow`, were all their open records cited.

    `facts` is the alias of the facts view in the query around it, `records` the records view. The flow's own subject
    and cited records are not read. A flow that cannot be decided gives FALSE. Cost: one pass over the verb's rules.
    """
    index = index_of(program)
    shape = shape_of(index, flow)
    if isinstance(shape, Decision) or (shape.of_tenant and flow.tenant is None):
        return SqlPredicate("FALSE", {})
    writing = _Writing(flow, dialect, facts, records, index.lexicon)
    published = worlds_published(index, flow.at.date())
    newest = published[-1].versions
    worlds = [each for each in shape.worlds if each.world in published]
    each = [_or([_outgrown(one.world, newest, writing), _allowed(one, shape.data, writing)]) for one in worlds]
    sql = _text(_and(each))
    return SqlPredicate(sql, {key: value for key, value in writing.params.items() if writing.placeholder(key) in sql})


def fact_columns(program: Program) -> tuple[FactColumn, ...]:
    """Every column of the facts view that a predicate of this program may read, in order of their names."""
    found: dict[str, FactColumn] = {}
    for column in _columns(index_of(program)):
        found[column.column] = column
    return tuple(found[name] for name in sorted(found))


# ---- one world -----------------------------------------------------------------------------------------------------


def _allowed(shape: WorldShape, data: Mask, writing: _Writing) -> Formula:
    held = [(permit, _is_true(writing.tests_of(permit.scope))) for permit in shape.permits]
    leaves = []
    for bit in _bits(data):
        permits = [formula for permit, formula in held if permit.leaves & bit]
        walls = [_stands(wall, bit, held, writing) for *_, wall in shape.walls if wall.leaves & bit]
        leaves.append(_and([_or(permits), _not(_or(walls))]))
    waits = [_told(floor, writing) for floor in shape.waits]
    return _and([*leaves, *waits])


def _bits(mask: Mask) -> Iterator[Mask]:
    while mask:
        yield mask & -mask
        mask &= mask - 1


def _stands(wall: OpenRule, leaf: Mask, held: list[tuple[OpenRule, Formula]], writing: _Writing) -> Formula:
    stands = _is_not_false(writing.tests_of(wall.scope))
    opened = False if wall.door is None else _is_true(writing.tests_of(wall.door))
    excepted = [formula for permit, formula in held if permit.id in wall.rule.passers and permit.leaves & leaf]
    return _and([stands, _not(opened), _not(_or(excepted))])


def _told(floor: OpenFloor, writing: _Writing) -> Formula:
    owed = _is_not_false(writing.tests_of(floor.scope))
    return _or([_not(owed), _is_true([writing.column(column_of(each)) for each in floor.about])])


def _outgrown(world: World, newest: Mapping[str, date], writing: _Writing) -> Formula:
    """Whether the person was given a later version than this world's."""
    later = [
        _is_true([f"({writing.column(column_of(version_given(notice)))} > {writing.param(writing.day(effective))})"])
        for notice, effective in world.versions.items()
        if effective != newest[notice]
    ]
    return _or(later)


# ---- writing -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Writing:
    """One predicate being written: its parameters grow."""

    flow: Flow
    dialect: Dialect
    facts: str
    records: str
    lexicon: Lexicon
    params: dict[str, object] = field(default_factory=dict)

    def placeholder(self, key: str) -> str:
        return f"%({key})s" if self.dialect == "postgresql" else f":{key}"

    def param(self, value: object) -> str:
        for key, known in self.params.items():
            if known == value and type(known) is type(value):
                return self.placeholder(key)
        key = f"p{len(self.params)}_"
        self.params[key] = value
        return self.placeholder(key)

    def column(self, column: str) -> str:
        return f'{self.facts}."{column}"'

    def day(self, value: date) -> date | str:
        return value if self.dialect == "postgresql" else value.isoformat()

    def tests_of(self, side: Open) -> list[Formula]:
        """The conjuncts that a side leaves open; a key unsaid is one that is not known."""
        found: list[Formula] = [None] if side.doubtful else []
        found += [self.filed(demand) for demand in side.demands]
        found += [self.person(test) for test in side.tests]
        found += [_not(_and(self.tests_of(inner))) for inner in side.outside]
        return found

    def filed(self, demand: Demand) -> Formula:
        return _or([_and([self._open(kind) for kind in self.lexicon.spelled(way)]) for way in demand])

    def _open(self, kind: Name) -> Formula:
        record = "r"
        return _Sure(
            f"EXISTS (SELECT 1 FROM {self.records} {record} WHERE {record}.subject = {self.facts}.subject"
            f" AND {record}.kind = {self.param(kind.id)} AND {record}.open AND {self._unexpired(record)})"
        )

    def _unexpired(self, record: str) -> str:
        at = self.flow.at
        if at.tzinfo is None:  # a moment without a zone compares with no record's end
            return f"{record}.expires IS NULL"
        return f"({record}.expires IS NULL OR {record}.expires > {self.param(self._moment(at))})"

    def _moment(self, at: datetime) -> datetime | str:
        return at if self.dialect == "postgresql" else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    def person(self, test: Test, inside: frozenset[Name] = frozenset()) -> Formula:
        """A test on the person, NULL where it is unknown."""
        if isinstance(test, Some):
            return _or([self.person(each, inside) for each in test.tests])
        if isinstance(test, Age):
            younger: Formula = True if test.below is None else self._younger(test.below)
            older: Formula = True if test.least is None else _not(self._younger(test.least))
            return _and([younger, older])
        assert isinstance(test, Known)
        members = member_tests(test.fact, self.lexicon.names)
        if members and test.fact not in inside:
            member = _and([self.person(each, inside | {test.fact}) for each in members])
            return member if test.wanted else _not(member)
        runs = runs_out(test.fact, self.lexicon.names)
        known = self._choice(test.fact) if runs else self.column(column_of(test.fact))
        return known if test.wanted else _not(known)

    def _choice(self, choice: Name) -> str:
        """A yes that is live today; a no stays no and no answer stays unknown."""
        answer, until = self.column(column_of(choice)), self.column(until_column(choice))
        today = self.param(self.day(self.flow.at.date()))
        return f"CASE WHEN {answer} THEN {until} IS NULL OR {until} > {today} ELSE {answer} END"

    def _younger(self, years: int) -> str:
        born, below, least = (self.column(column_of(each)) for each in (BIRTH_DATE, AGE_BELOW, AGE_LEAST))
        cutoff = self.param(self.day(birth_cutoff(years, self.flow.at.date())))
        number = self.param(years)
        return (
            f"CASE WHEN {born} IS NOT NULL THEN {born} > {cutoff}"
            f" WHEN {below} <= {number} THEN TRUE WHEN {least} >= {number} THEN FALSE END"
        )


# ---- logic ---------------------------------------------------------------------------------------------------------
# `_and`, `_or`, `_not` keep the unknown as the database does; `_is_…` end it.


class _Sure(str):
    """SQL text that is never NULL. What is sure stays bare, so that a planner may turn an EXISTS into a join."""

    __slots__ = ()


def _text(formula: Formula) -> str:
    if isinstance(formula, str):
        return formula
    return "NULL" if formula is None else "TRUE" if formula else "FALSE"


def _and(parts: Iterable[Formula]) -> Formula:
    kept = [part for part in dict.fromkeys(parts) if part is not True]
    if False in kept:
        return False
    return _joined(kept, " AND ") if kept else True


def _or(parts: Iterable[Formula]) -> Formula:
    kept = [part for part in dict.fromkeys(parts) if part is not False]
    if True in kept:
        return True
    return _joined(kept, " OR ") if kept else False


def _not(part: Formula) -> Formula:
    if part is None or isinstance(part, bool):
        return None if part is None else not part
    if part.startswith("(NOT "):
        return _like([part], part[5:-1])
    return _like([part], f"(NOT {part})")


def _joined(parts: Sequence[Formula], word: str) -> Formula:
    return parts[0] if len(parts) == 1 else _like(parts, f"({word.join(map(_text, parts))})")


def _like(parts: Sequence[Formula], text: str) -> str:
    """`text`, as sure as all its parts are."""
    return _Sure(text) if all(isinstance(part, _Sure) for part in parts) else text


def _is_true(parts: Iterable[Formula]) -> Formula:
    kept = list(parts)
    if None in kept:
        return False
    rest = _and(part for part in kept if not isinstance(part, _Sure))
    sure = [part for part in kept if isinstance(part, _Sure)]
    return _and([rest if isinstance(rest, bool) else _Sure(f"({rest} IS TRUE)"), *sure])


def _is_not_false(parts: Iterable[Formula]) -> Formula:
    kept = [part for part in parts if part is not None]
    rest = _and(part for part in kept if not isinstance(part, _Sure))
    sure = [part for part in kept if isinstance(part, _Sure)]
    return _and([rest if isinstance(rest, bool) else _Sure(f"({rest} IS NOT FALSE)"), *sure])


# ---- columns -------------------------------------------------------------------------------------------------------


def _columns(index: Index) -> Iterator[FactColumn]:
    for world in index.worlds:
        for notice in world.versions:
            given = version_given(notice)
            yield FactColumn(column_of(given), given, "date")
        for rules in world.verbs.values():
            for rule in (*rules.rules.permits, *rules.rules.walls):
                for side in (rule.scope, *rule.scope.outside, *([rule.door] if rule.door else [])):
                    for test in side.tests:
                        yield from _columns_of(test, index, frozenset())
        for floors in world.floors.values():
            for floor in floors.waits:
                yield from (FactColumn(column_of(each), each, "boolean") for each in floor.about)
                for test in floor.rule.scope.tests:
                    yield from _columns_of(test, index, frozenset())


def _columns_of(test: Test, index: Index, inside: frozenset[Name]) -> Iterator[FactColumn]:
    if isinstance(test, Some):
        for each in test.tests:
            yield from _columns_of(each, index, inside)
    elif isinstance(test, Age):
        yield FactColumn(column_of(BIRTH_DATE), BIRTH_DATE, "date")
        yield FactColumn(column_of(AGE_LEAST), AGE_LEAST, "integer")
        yield FactColumn(column_of(AGE_BELOW), AGE_BELOW, "integer")
    elif isinstance(test, Known):
        members = member_tests(test.fact, index.lexicon.names)
        if members and test.fact not in inside:
            for member in members:
                yield from _columns_of(member, index, inside | {test.fact})
            return
        yield FactColumn(column_of(test.fact), test.fact, "boolean")
        if runs_out(test.fact, index.lexicon.names):
            yield FactColumn(until_column(test.fact), test.fact, "date")
