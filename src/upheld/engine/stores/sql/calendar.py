"""Whose time is over, in SQL: the algebra of `plan.ends` as conditions that are true where it is known, and the sets that a calendar plan reads.

Rows are found by what they say and not by whose they are, at most so many at a time, and locked as they are read. A preview counts every row by its
flags in one statement a table, as if what goes before it in a run had gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from upheld.engine.estate.model import Engine, LiveColumn, LiveTable, StoreCatalogue
from upheld.engine.plan.ends import (
    Both,
    Dated,
    Elsewhere,
    Ends,
    Fact,
    First,
    Holds,
    Hop,
    Last,
    Named,
    NoneLeft,
    Not,
    NotTrue,
    OnDay,
    Over,
    Unread,
    Untold,
    day_column,
    unread,
)
from upheld.engine.plan.model import Why
from upheld.engine.plan.steps import BlankColumns, ByLink, CutLink, DayOf, DeleteRows, Past, Rows, SelectDue, Step
from upheld.engine.stores.sql.conditions import FALSE, TRUE, Condition, all_of, flattest, leads, negated, said, some_of
from upheld.engine.stores.sql.conditions.moments import is_unread
from upheld.engine.stores.sql.dialects import dialect_of
from upheld.engine.stores.sql.sqlite import SQLite
from upheld.engine.stores.sql.statements import Param, Span, Statement, Walk
from upheld.engine.stores.sql.writer import Build, any_of, changes_of, quoted, when_of

DUE_ROWS = 100_000  # rows that one transaction of a calendar plan takes
GOES = "delete"  # the part of a table's set whose rows are deleted
There = Callable[[str, str, int], Condition]  # table, alias and depth of the row that is reached
OF_T = re.compile(r"(?<![\w.])t\.(?=[\"`])")


@dataclass(slots=True)
class Calendar:
    """Conditions of one statement. `counting`: rows that go first in a run are taken as gone.

    Aliases are numbered by how deep they stand, so that what is said twice is written alike and stands once.
    """

    build: Build
    day: date
    counting: bool = False
    known: dict[tuple[int, str, int, Asked], Condition] = field(
        default_factory=dict
    )  # ends by identity: they stand in the plan
    cells: dict[int, tuple[Ends, ...]] = field(
        default_factory=dict
    )  # what of them may be unread; held here, so that no identity comes twice

    def over(self, table: str, ends: Ends, alias: str = "t") -> str:
        """True for the row of `table` under `alias` if it is over; else false or NULL."""
        return self._text(self._says(table, ends, alias, 0, Asked(True, True)))

    def not_over(self, table: str, ends: Ends, alias: str = "t") -> str:
        """True for the row if it is not over, or not known; else false or NULL."""
        return self._text(self._says(table, ends, alias, 0, Asked(True, False)))

    def still_open(self, table: str, ends: Ends, alias: str = "t") -> str:
        """True for the row if it is known not to be over; else false or NULL."""
        return self._text(self._says(table, ends, alias, 0, Asked(False, True)))

    def _text(self, one: Condition) -> str:
        return flattest(one) if isinstance(self.build.dialect, SQLite) else one.sql

    def _says(self, table: str, ends: Ends, alias: str, depth: int, asked: Asked) -> Condition:
        place = id(ends), alias, depth, asked
        if place not in self.known:
            self.known[place] = self._written(table, ends, alias, depth, asked)
        return self.known[place]

    def _written(self, table: str, ends: Ends, alias: str, depth: int, asked: Asked) -> Condition:
        match ends:
            case Both(of=of):
                join = all_of if asked.is_straight else some_of
                return join(self._says(table, one, alias, depth, asked) for one in of)
            case First(of=of):
                join = some_of if asked.is_straight else all_of
                return join(self._says(table, one, alias, depth, asked) for one in of)
            case Last(of=of):
                return self._last(table, of, alias, depth, asked)
            case Not(of=one):
                return self._says(table, one, alias, depth, Asked(not asked.wanted, asked.so))
            case NotTrue(of=one):
                return self._says(table, one, alias, depth, Asked(True, not asked.is_straight))
            case Untold():
                return FALSE if asked.so else TRUE
            case OnDay(day=day):
                return TRUE if (day <= self.day) is asked.is_straight else FALSE
            case Over(hops=hops, ends=inner):
                late = self._leads(
                    hops, alias, depth, lambda to, there, at: self._says(to, inner, there, at, Asked(True, False))
                )
                if not asked.wanted:
                    return late if asked.so else negated(late)
                some = self._leads(hops, alias, depth)
                return all_of([some, negated(late)]) if asked.so else some_of([negated(some), late])
            case NoneLeft():
                left = self._left(ends, alias, depth)
                return negated(left) if asked.is_straight else left
            case Elsewhere(some=some):
                return self._elsewhere(table, ends, alias, asked)
            case Unread(column=column):
                live = self.build.live(table, column)
                found = is_unread(self.build.store.engine, f"{alias}.{quoted(column)}", live)
                holds = FALSE if found == FALSE.sql else said(found)
                return holds if asked.is_straight else negated(holds)
            case _:
                return asked.of(self._cell(table, ends, alias))

    def _last(self, table: str, of: tuple[Ends, ...], alias: str, depth: int, asked: Asked) -> Condition:
        """Each that is known is over, and one is known. Where none is known to be open, one that is known is over: whether it is known is enough."""
        opens = [self._open(table, one, alias, depth, Asked(False, asked.wanted is not asked.so)) for one in of]
        if not asked.wanted:
            return some_of(opens) if asked.so else all_of(opens)
        known = [self._known(table, one, alias, depth, asked) for one in of]
        return all_of([some_of(known), *opens]) if asked.so else some_of([all_of(known), *opens])

    def _open(self, table: str, ends: Ends, alias: str, depth: int, asked: Asked) -> Condition:
        """Known not to be over. Of what cannot be read nobody knows whether it is later than all the others: it counts as open."""
        is_open = self._says(table, ends, alias, depth, asked)
        if id(ends) not in self.cells:
            self.cells[id(ends)] = tuple(unread(ends))
        blocks = [self._says(table, one, alias, depth, Asked(True, asked.so)) for one in self.cells[id(ends)]]
        return (some_of if asked.so else all_of)([is_open, *blocks])

    def _known(self, table: str, ends: Ends, alias: str, depth: int, asked: Asked) -> Condition:
        if not isinstance(ends, Over):
            return self._says(table, ends, alias, depth, asked)
        some = self._leads(ends.hops, alias, depth)
        return some if asked.so else negated(some)

    def _left(self, ends: NoneLeft, alias: str, depth: int) -> Condition:
        """Whether a row is left."""
        still, going = ends.still, ends.going if self.counting else None
        if going is not None and still == going:
            return FALSE

        def stays(table: str, there: str, at: int) -> Condition:
            left = TRUE if still is None else self._says(table, still, there, at, Asked(True, True))
            goes = TRUE if going is None else self._says(table, going, there, at, Asked(True, False))
            return all_of([left, goes])

        return self._leads(ends.hops, alias, depth, stays)

    def _elsewhere(self, table: str, ends: Elsewhere, alias: str, asked: Asked) -> Condition:
        over = self._bears(table, ends, alias, "over")
        if ends.some or asked.wanted:
            return said(f"({over})" if asked.is_straight else f"({over}) IS NOT TRUE")
        told = self._bears(table, ends, alias, "told")
        return said(f"(({told}) AND ({over}) IS NOT TRUE)" if asked.so else f"(({over}) OR ({told}) IS NOT TRUE)")

    def _cell(self, table: str, ends: Ends, alias: str) -> str:
        """What the row's own cells say: true, false or NULL."""
        match ends:
            case Dated(column=column):
                return self.build.dialect.is_past(self.build, f"{alias}.{quoted(column)}", self.build.live(table, column), ends)
            case Fact(column=column, wanted=wanted):
                return f"{alias}.{quoted(column)} = {'true' if wanted else 'false'}"
            case Named(key=key, on=on):
                columns = [(f"{alias}.{quoted(c)}", self.build.live(table, c)) for c in key]
                return self.build.dialect.matches(self.build, columns, Param("roots", table, columns=key, scope=on))
            case Holds(key=key, columns=cells):
                return self._holds(table, key, cells, alias)
        raise TypeError(type(ends).__name__)

    def _leads(self, hops: tuple[Hop, ...], alias: str, depth: int, where: There | None = None) -> Condition:
        """Whether the way leads to a row (of which `where` is true)."""
        way, there = self.way(hops, alias, depth)
        return leads(way, TRUE if where is None else where(hops[-1].table, there, depth + len(hops)))

    def way(self, hops: tuple[Hop, ...], alias: str, depth: int = 0) -> tuple[str, str]:
        """FROM and WHERE that lead from a row to others, and the alias of these."""
        tables, on = [], []
        for number, hop in enumerate(hops, depth):
            there = f"w{number}"
            tables.append(f"{self.build.dialect.place(hop.table)} AS {there}")
            on += [f"{there}.{quoted(c)} = {alias}.{quoted(at)}" for c, at in zip(hop.columns, hop.at, strict=True)]
            if hop.when is not None:
                column, word = hop.when
                on.append(self.build.dialect.is_word(f"{alias if hop.up else there}.{quoted(column)}", word))
            alias = there
        return f"FROM {', '.join(tables)} WHERE {' AND '.join(on)}", alias

    def _bears(self, table: str, ends: Elsewhere, alias: str, part: str) -> str:
        """The row's identifier is one of those of whom it is over, or of whom it is told."""
        asked = Param("people", table, part, (), ends.form, ends.kind, ends, "counting" if self.counting else "")
        return self.build.dialect.form(self.build, f"{alias}.{quoted(ends.column)}", asked)

    def _holds(self, table: str, key: tuple[str, ...], columns: tuple[tuple[str, object], ...], alias: str) -> str:
        if not columns:
            return TRUE.sql
        step = BlankColumns(Rows(table, key, ()), columns, Why(()))  # type: ignore[arg-type]
        sql = any_of(condition for *_, condition in changes_of(self.build, step))
        return f"({OF_T.sub(f'{alias}.', sql)})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of something that is over, open or not known: whether it is `wanted` (over, else open), or with `so` False whether it is anything else.

    What is written for an answer is only ever held to be true: NULL is as good as false. So nothing is written to tell those two apart.
    """

    wanted: bool
    so: bool

    @property
    def is_straight(self) -> bool:
        """Of what is known, over is the answer."""
        return self.wanted is self.so

    def of(self, sql: str) -> Condition:
        """The answer, of a condition that may be NULL."""
        if sql == TRUE.sql:
            return TRUE if self.is_straight else FALSE
        if self.so:
            return said(sql if self.wanted else f"NOT ({sql})")
        return said(f"({sql}) IS NOT {'TRUE' if self.wanted else 'FALSE'}")


def not_over(build: Build, table: str, ends: Ends) -> str:
    """True for the row under `t` that is not over, or not known; days that stand in `ends` itself are no part of a keep rule."""
    return Calendar(build, date.min).not_over(table, ends)


def day_of(build: Build, table: str, ends: Ends) -> str:
    """The latest day that `ends` is counted from."""
    found = day_column(ends)
    assert found is not None  # the plan asked for it
    hops, dated = found
    if not hops:
        return f"t.{quoted(dated.column)}"
    way, there = Calendar(build, date.min).way(hops, "t")
    return f"SELECT max({there}.{quoted(dated.column)}) {way}"


def write_due(step: SelectDue, build: Build, at_most: int = DUE_ROWS, among: str = "") -> Statement:
    """Due rows, locked: key, carried columns, flags. `among`: a condition of which rows at all."""
    calendar, wanted = Calendar(build, step.day), step.wanted
    columns = [f"t.{quoted(c)}" for c in (*wanted.key, *wanted.carry)]
    columns += [f"({_flag(calendar, step, n)}) AS {quoted(flag.name)}" for n, flag in enumerate(wanted.flags)]
    place = build.dialect.place(wanted.table)
    due = calendar.over(wanted.table, step.due)
    due = f"{among} AND ({due}) IS TRUE" if among else due
    sql = f"SELECT {', '.join(columns)} FROM {place} AS t WHERE {due} LIMIT {at_most}"
    if build.dialect.for_update:
        sql += f" {build.dialect.for_update}"
    return Statement(sql, build.params, (), (*wanted.key, *wanted.carry, *(f.name for f in wanted.flags)))


def write_whole(step: SelectDue, build: Build, engine: Engine, at_most: int = DUE_ROWS) -> Statement | None:
    """Due rows deleted where they lie, so many at a time; None where the engine has no way to say so much and no more."""
    if engine == "mariadb":
        return None  # no LIMIT in a subquery
    calendar, table = Calendar(build, step.day), step.wanted.table
    place = build.dialect.place(table)
    due = f"FROM {place} AS t WHERE {calendar.over(table, step.due)} LIMIT {at_most}"
    if engine == "postgresql" and build.store.tables[table].kind == "table":
        # By place, unlocked: a row that somebody changes meanwhile has moved, its new version is on no list, and the next pass judges it anew.
        return Statement(f"DELETE FROM {place} WHERE ctid = ANY (ARRAY(SELECT t.ctid {due}))", build.params)
    key = ", ".join(quoted(c) for c in step.wanted.key)
    inner = ", ".join(f"t.{quoted(c)}" for c in step.wanted.key)
    return Statement(f"DELETE FROM {place} WHERE ({key}) IN (SELECT {inner} {due})", build.params)


def write_walk(step: SelectDue, build: Build, engine: Engine) -> Walk | None:
    """The same from page to page, so that no transaction looks again at what those before it left dead; PostgreSQL's plain tables.

    A row that moves behind the walk meanwhile is the next pass's. Not taken: so many rows and no more, which has to find the last of them first.
    """
    table = step.wanted.table
    if engine != "postgresql" or build.store.tables[table].kind != "table":
        return None
    place = build.dialect.place(table)
    after, until = (build.param(Param("place", part=part)) for part in ("after", "until"))
    between = f"t.ctid > %({after})s::tid AND t.ctid <= %({until})s::tid"
    goes = Statement(
        f"DELETE FROM {place} AS t WHERE {between} AND {Calendar(build, step.day).over(table, step.due)}", build.params
    )
    name = place.replace("'", "''")
    pages = f"pg_relation_size(oid) / current_setting('block_size')::bigint FROM pg_class WHERE oid = '{name}'::regclass"
    return Walk(Statement(f"SELECT reltuples::bigint, relpages::bigint, {pages}", {}), goes)


def write_span(step: SelectDue, build: Build, engine: Engine, at: int, whole: bool) -> Span | None:
    """The same by ranges of the primary key, each with as many due rows as one transaction takes; SQLite's and MariaDB's plain tables.

    Reads what is due twice, and every row once, where a statement with a limit alone goes through all rows that stay at every transaction anew.
    An index of a date is of no use to it (`IS TRUE`, and the key named): all that is due by it would be sorted each time.
    """
    table = step.wanted.table
    live = build.store.tables[table]
    key = live.primary_key
    if engine == "postgresql" or live.kind != "table" or not key or not all(_in_order(live.column(c)) for c in key):
        return None
    place, names = build.dialect.place(table), ", ".join(f"t.{quoted(c)}" for c in key)
    named = f"{place} AS t" + (" FORCE INDEX (PRIMARY)" if engine == "mariadb" else "")
    held = " AND ".join(
        f"t.{quoted(c)} IS NOT NULL" for c in key
    )  # SQLite takes NULL in most keys: such a row is the next pass's
    order = ", ".join(f"t.{quoted(c)} DESC" for c in key)

    def some(how: str) -> Statement:
        other = Build(build.store, build.dialect, region=build.region)
        due = f"{_beyond(other, engine, table, key, 'after')} AND ({Calendar(other, step.day).over(table, step.due)}) IS TRUE"
        return Statement(f"SELECT {names} FROM {named} WHERE {due} {how}", other.params)

    among = f"{_beyond(build, engine, table, key, 'after')} AND {_beyond(build, engine, table, key, 'until')}"
    if whole:
        due = Calendar(build, step.day).over(table, step.due)
        goes = Statement(f"DELETE FROM {place} AS t WHERE {among} AND ({due}) IS TRUE", build.params)
    else:
        goes = write_due(step, build, DUE_ROWS, among)
    return Span(
        at,
        key,
        Statement(f"SELECT {names} FROM {named} WHERE {held} ORDER BY {names} LIMIT 1", {}),
        Statement(f"SELECT {names} FROM {named} WHERE {held} ORDER BY {order} LIMIT 1", {}),
        some(f"ORDER BY {names} LIMIT 1 OFFSET {DUE_ROWS - 1}"),
        goes,
    )


def _in_order(live: LiveColumn) -> bool:
    """Whether a value of the column, sent back, stands where the engine's order has it. A word of an ENUM is compared as a word and ordered by number."""
    return live.family in ("integer", "text", "binary", "date") and not live.type.lower().startswith(("bit", "enum", "set"))


def _beyond(build: Build, engine: Engine, table: str, key: tuple[str, ...], part: Literal["after", "until"]) -> str:
    """That a row's key is not before `after`, or not behind `until`."""
    sign, marks = (">" if part == "after" else "<"), [build.param(Param("place", table, part, (c,))) for c in key]
    columns = [f"t.{quoted(c)}" for c in key]
    if engine == "sqlite":
        return f"({', '.join(columns)}) {sign}= ({', '.join(f':{m}' for m in marks)})"
    # Of rows of values MariaDB makes no range.
    parts = []
    for n, column in enumerate(columns):
        same = [f"{columns[m]} = ⟦{marks[m]}⟧" for m in range(n)]
        last = "=" if n == len(key) - 1 else ""
        parts.append(" AND ".join([*same, f"{column} {sign}{last} ⟦{marks[n]}⟧"]))
    return any_of(parts)


def led_by(step: SelectDue, live: LiveTable) -> bool:
    """Whether an index of the table begins with a day that its rows are due by, so that few due rows are found without the others."""
    return bool({index.columns[0] for index in live.indexes if index.columns} & _days(step.due))


def _days(ends: Ends) -> set[str]:
    match ends:
        case Dated(column=column):
            return {column}
        case Both(of=of) | First(of=of) | Last(of=of):
            return {day for one in of for day in _days(one)}
    return set()


def still_due(step: SelectDue, store: StoreCatalogue, engine: Engine) -> Statement:
    """How many rows the set would take now, at most one transaction's worth; nothing is locked."""
    build, table = Build(store, dialect_of(engine)), step.wanted.table
    due = f"SELECT 1 FROM {build.dialect.place(table)} AS t WHERE {Calendar(build, step.day).over(table, step.due)} LIMIT {DUE_ROWS}"
    return Statement(f"SELECT count(*) FROM ({due}) AS due", build.params)


def write_due_count(step: Step, build: Build, steps: tuple[Step, ...]) -> Statement | None:
    """How many rows have which flags; for a cut, how many rows let go of one that goes. None where the flags say it already."""
    match step:
        case SelectDue():
            calendar, wanted = Calendar(build, step.day, counting=True), step.wanted
            told = [(n, f) for n, f in enumerate(wanted.flags) if isinstance(f.test, Past)]
            flags = [f"coalesce({_flag(calendar, step, n)}, false) AS {quoted(f.name)}" for n, f in told]
            inner = f"SELECT {', '.join(flags)} FROM {build.dialect.place(wanted.table)} AS t"
            inner += f" WHERE {calendar.over(wanted.table, step.due)}"
            names = ", ".join(quoted(f.name) for _, f in told)
            return Statement(f"SELECT {names}, count(*) FROM ({inner}) AS due GROUP BY {names}", build.params)
        case CutLink(rows=rows) | DeleteRows(rows=rows) | BlankColumns(rows=rows) if isinstance(path := rows.paths[0], ByLink):
            return _hanging(rows.table, path, build, {s.wanted.table: s for s in steps if isinstance(s, SelectDue)})
        case _:
            return None


def _hanging(child: str, path: ByLink, build: Build, dues: dict[str, SelectDue]) -> Statement:
    """Rows of `child` that the path leads to from rows that go, but for those that go by themselves."""
    due = dues[path.parent]
    calendar = Calendar(build, due.day, counting=True)
    on = " AND ".join(f"p.{quoted(at)} = t.{quoted(c)}" for c, at in zip(path.columns, path.at, strict=True))
    goes = calendar.over(path.parent, _due_as(due, path.part), "p")
    where = f"EXISTS (SELECT 1 FROM {build.dialect.place(path.parent)} AS p WHERE {on} AND {goes})"
    if path.when is not None:
        where += f" AND {when_of(path, 't', build.dialect)}"
    if child in dues and any(one.name == GOES for one in dues[child].wanted.parts):
        where += f" AND {calendar.not_over(child, _due_as(dues[child], GOES))}"
    return Statement(f"SELECT count(*) FROM {build.dialect.place(child)} AS t WHERE {where}", build.params)


def _due_as(due: SelectDue, part: str) -> Ends:
    """When a row belongs to the part of the set; rows of another part that it leaves out are counted with it."""
    [flag] = next(one.any_of for one in due.wanted.parts if one.name == part)
    return next(f.test.ends for f in due.wanted.flags if f.name == flag and isinstance(f.test, Past))


def _flag(calendar: Calendar, step: SelectDue, number: int) -> str:
    test = step.wanted.flags[number].test
    if isinstance(test, DayOf):
        return day_of(calendar.build, step.wanted.table, test.ends)
    assert isinstance(test, Past)
    if test.ends == step.due:
        return "true"
    return calendar.over(step.wanted.table, test.ends)


def write_told(store: StoreCatalogue, ends: Elsewhere, day: date, engine: Engine, counting: bool) -> Statement:
    """Identifiers of another store's rows, and whether it is over there: 1, 0, or NULL where it is not known."""
    build = Build(store, dialect_of(engine))
    calendar = Calendar(build, day, counting)
    over, still = calendar.over(ends.table, ends.ends), calendar.still_open(ends.table, ends.ends)
    if counting and ends.going is not None:
        over = f"{over} AND {calendar.not_over(ends.table, ends.going)}"
        still = f"({still} OR {calendar.over(ends.table, ends.going)})"
    at = f"t.{quoted(ends.at)}"
    sql = f"SELECT {at}, CASE WHEN {over} THEN 1 WHEN {still} THEN 0 END FROM {build.dialect.place(ends.table)} AS t"
    return Statement(f"{sql} WHERE {at} IS NOT NULL", build.params)


def write_borne(store: StoreCatalogue, table: str, column: str, engine: Engine) -> Statement:
    """Each way in which a column writes an identifier, letter by letter."""
    name = f"t.{quoted(column)}"
    each = f", CAST({name} AS BINARY)" if engine == "mariadb" else ""  # a collation calls two ways one
    sql = f"SELECT {name} FROM {dialect_of(engine).place(table)} AS t WHERE {name} IS NOT NULL GROUP BY {name}{each}"
    return Statement(sql, {})


def waiting_rows(
    store: StoreCatalogue,
    table: str,
    columns: tuple[str, ...],
    ends: Ends,
    day: date,
    engine: Engine,
    key: tuple[str, ...] = (),
) -> Statement:
    """The rows of `table` that are over and hold something in `columns`, for a person to look at: how many, or with `key` which."""
    build = Build(store, dialect_of(engine))
    over = Calendar(build, day).over(table, ends)
    holds = " OR ".join(f"t.{quoted(c)} IS NOT NULL" for c in columns)
    names = ", ".join(f"t.{quoted(c)}" for c in key)
    what, order = (names, f" ORDER BY {names}") if key else ("count(*)", "")
    return Statement(f"SELECT {what} FROM {build.dialect.place(table)} AS t WHERE {over} AND ({holds}){order}", build.params)


def bare_rows(table: str, columns: tuple[str, ...], engine: Engine) -> Statement:
    """The count of rows of `table` in which any of `columns` is not NULL: data that nothing ends."""
    holds = " OR ".join(f"t.{quoted(c)} IS NOT NULL" for c in columns)
    return Statement(f"SELECT count(*) FROM {dialect_of(engine).place(table)} AS t WHERE {holds}", {})
