"""Whose time is over, in SQL: the algebra of `plan.ends` as three-valued conditions, and the sets that a calendar plan reads.

Rows are found by what they say and not by whose they are, at most so many at a time, and locked as they are read. A preview counts every row by its
flags in one statement a table, as if what goes before it in a run had gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from upheld.engine.estate.model import Engine, StoreCatalogue
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
    Untold,
    day_column,
)
from upheld.engine.plan.model import Why
from upheld.engine.plan.steps import BlankColumns, CutLink, DayOf, Past, Rows, SelectDue, Step
from upheld.engine.stores.sql.dialects import dialect_of
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build, any_of, changes_of, quoted

DUE_ROWS = 100_000  # rows that one transaction of a calendar plan takes
UNKNOWN = "(NULL = 1)"
OF_T = re.compile(r"(?<![\w.])t\.(?=[\"`])")


@dataclass(slots=True)
class Calendar:
    """Conditions of one statement. `counting`: rows that go first in a run are taken as gone."""

    build: Build
    day: date
    counting: bool = False
    numbers: count[int] = field(default_factory=count)

    def over(self, table: str, ends: Ends, alias: str = "t") -> str:
        """True, false or NULL for the row of `table` that stands under `alias`."""
        match ends:
            case Dated(column=column):
                return self.build.dialect.is_past(self.build, f"{alias}.{quoted(column)}", self.build.live(table, column), ends)
            case OnDay(day=day):
                return "true" if day <= self.day else "false"
            case Untold():
                return UNKNOWN
            case Fact(column=column, wanted=wanted):
                return f"{alias}.{quoted(column)} = {'true' if wanted else 'false'}"
            case Both(of=of):
                return f"({' AND '.join(self.over(table, one, alias) for one in of)})" if of else "true"
            case First(of=of):
                return f"({' OR '.join(self.over(table, one, alias) for one in of)})" if of else "false"
            case Last(of=of):
                parts = [self.over(table, one, alias) for one in of]
                known = " OR ".join(f"({part}) IS NOT NULL" for part in parts)
                return f"CASE WHEN {known} THEN {' AND '.join(f'coalesce({part}, true)' for part in parts)} END"
            case Not(of=one):
                return f"NOT ({self.over(table, one, alias)})"
            case Over(hops=hops, ends=inner):
                way, there = self.way(hops, alias)
                late = self.over(hops[-1].table, inner, there)
                return f"CASE WHEN EXISTS (SELECT 1 {way}) THEN NOT EXISTS (SELECT 1 {way} AND ({late}) IS NOT TRUE) END"
            case NotTrue(of=one):
                return f"({self.over(table, one, alias)}) IS NOT TRUE"
            case Named(key=key, on=on):
                columns = [(f"{alias}.{quoted(c)}", self.build.live(table, c)) for c in key]
                return self.build.dialect.matches(self.build, columns, Param("roots", table, columns=key, scope=on))
            case Holds(key=key, columns=columns):
                return self._holds(table, key, columns, alias)
            case Elsewhere(some=some):
                told = self._bears(table, ends, alias, "over")
                if some:
                    return f"coalesce({told}, false)"
                return f"CASE WHEN {told} THEN true WHEN {self._bears(table, ends, alias, 'told')} THEN false END"
            case NoneLeft(still=still, going=going) if self.counting and still is not None and still == going:
                return "true"
            case NoneLeft(hops=hops, still=still, going=going):
                way, there = self.way(hops, alias)
                if still is not None:
                    way += f" AND ({self.over(hops[-1].table, still, there)})"
                if self.counting and going is not None:
                    way += f" AND ({self.over(hops[-1].table, going, there)}) IS NOT TRUE"
                return f"NOT EXISTS (SELECT 1 {way})"

    def way(self, hops: tuple[Hop, ...], alias: str) -> tuple[str, str]:
        """FROM and WHERE that lead from a row to others, and the alias of these."""
        tables, on = [], []
        for hop in hops:
            there = f"w{next(self.numbers)}"
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
            return "true"
        step = BlankColumns(Rows(table, key, ()), columns, Why(()))  # type: ignore[arg-type]
        sql = any_of(condition for *_, condition in changes_of(self.build, step))
        return f"({OF_T.sub(f'{alias}.', sql)})"


def over(build: Build, table: str, ends: Ends) -> str:
    """True, false or NULL for the row under `t`; days that stand in `ends` itself are no part of a keep rule."""
    return Calendar(build, date.min).over(table, ends)


def day_of(build: Build, table: str, ends: Ends) -> str:
    """The latest day that `ends` is counted from."""
    found = day_column(ends)
    assert found is not None  # the plan asked for it
    hops, dated = found
    if not hops:
        return f"t.{quoted(dated.column)}"
    way, there = Calendar(build, date.min).way(hops, "t")
    return f"SELECT max({there}.{quoted(dated.column)}) {way}"


def write_due(step: SelectDue, build: Build, at_most: int = DUE_ROWS) -> Statement:
    """Due rows, locked: key, carried columns, flags."""
    calendar, wanted = Calendar(build, step.day), step.wanted
    columns = [f"t.{quoted(c)}" for c in (*wanted.key, *wanted.carry)]
    columns += [f"({_flag(calendar, step, n)}) AS {quoted(flag.name)}" for n, flag in enumerate(wanted.flags)]
    place = build.dialect.place(wanted.table)
    sql = f"SELECT {', '.join(columns)} FROM {place} AS t WHERE {calendar.over(wanted.table, step.due)} LIMIT {at_most}"
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


def still_due(due: Statement, engine: Engine) -> Statement:
    """How many rows a set would take now, at most one transaction's worth; nothing is locked."""
    bare = due.sql.removesuffix(f" {dialect_of(engine).for_update}")
    return Statement(f"SELECT count(*) FROM ({bare}) AS due", due.params)


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
        case CutLink(parent=parent) if parent:
            return _cut_count(step, build, {s.wanted.table: s for s in steps if isinstance(s, SelectDue)})
        case _:
            return None


def _cut_count(step: CutLink, build: Build, dues: dict[str, SelectDue]) -> Statement:
    [path] = step.rows.paths
    due, child = dues[step.parent], step.rows.table
    calendar = Calendar(build, due.day, counting=True)
    on = " AND ".join(f"p.{quoted(at)} = t.{quoted(c)}" for c, at in zip(path.columns, path.at, strict=True))  # type: ignore[union-attr]
    goes = calendar.over(step.parent, _gone(due), "p")
    where = f"EXISTS (SELECT 1 FROM {build.dialect.place(step.parent)} AS p WHERE {on} AND {goes})"
    if child in dues and any(f.name == "gone" for f in dues[child].wanted.flags):
        where += f" AND ({calendar.over(child, _gone(dues[child]))}) IS NOT TRUE"
    return Statement(f"SELECT count(*) FROM {build.dialect.place(child)} AS t WHERE {where}", build.params)


def _gone(due: SelectDue) -> Ends:
    return next(f.test.ends for f in due.wanted.flags if f.name == "gone" and isinstance(f.test, Past))


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
    over = calendar.over(ends.table, ends.ends)
    if counting and ends.going is not None:
        over = f"({over}) AND ({calendar.over(ends.table, ends.going)}) IS NOT TRUE"
    at = f"t.{quoted(ends.at)}"
    sql = f"SELECT {at}, CASE WHEN {over} THEN 1 WHEN NOT ({over}) THEN 0 END FROM {build.dialect.place(ends.table)} AS t"
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
