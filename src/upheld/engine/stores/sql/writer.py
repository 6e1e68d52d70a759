"""A store's steps become SQL text, once per plan, for either engine.

What engines say differently (arrays or JSON, locks, documents, tokens) is a `Dialect`'s; what they say alike is here. Names come from estate
and catalogue and are quoted; values are parameters, always. Assumes a plan of `plan_for`: sets before what hangs on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, assert_never

from upheld.engine.estate.model import LiveColumn, LiveTable, StoreCatalogue
from upheld.engine.plan.ends import Dated
from upheld.engine.plan.model import Coarser, DueAfter, Lasts, Mark, Put, RemovePaths, Replacement, SetNull, SetToken, SetValue
from upheld.engine.plan.steps import (
    BlankColumns,
    ByForm,
    ByKey,
    ByLink,
    ByRoots,
    CutLink,
    DayOf,
    DeleteRows,
    EditDocument,
    Flag,
    Guard,
    HandOver,
    InRole,
    Keeps,
    LockRoots,
    OthersLeft,
    Past,
    Path,
    ReadBackIdentifiers,
    ReadBackKeys,
    ReadRows,
    Rows,
    SelectCycle,
    SelectRows,
    Step,
)
from upheld.engine.stores.sql.coarsening import unmarked
from upheld.engine.stores.sql.statements import Param, Statement

SMALL_ROWS = 10_000  # a table that may be scanned inside a transaction


class Dialect(Protocol):
    """What one engine says in its own way. `params` grows as parameters are named."""

    for_update: str
    returns: bool  # an UPDATE can answer with its rows, counted by the engine

    def counting(
        self, build: Build, live: LiveColumn, how: Replacement
    ) -> tuple[str, str]: ...  # a last assignment by which an UPDATE counts the rows of which what stands between is not true

    def delete_from(self, name: str) -> tuple[str, str]: ...  # what stands before WHERE, and what the rows are called after it
    def gathered(
        self, columns: list[tuple[str, LiveColumn]]
    ) -> str: ...  # keys as one text, where rows one by one cost more; else nothing

    def keys_hold(
        self, store: StoreCatalogue
    ) -> bool: ...  # in our sessions every row is held to its foreign keys, at the end of each statement

    def place(self, name: str) -> str: ...
    def matches(self, build: Build, columns: list[tuple[str, LiveColumn]], param: Param) -> str: ...
    def joined(self, build: Build, place: str, column: str, live: LiveColumn, param: Param) -> str: ...
    def form(self, build: Build, column: str, param: Param) -> str: ...
    def is_alive(self, build: Build, column: str, live: LiveColumn, ends: DueAfter) -> str: ...
    def is_past(self, build: Build, column: str, live: LiveColumn, ends: Dated) -> str: ...
    def differs(self, left: str, right: str) -> str: ...
    def says_something(self, column: str) -> str: ...
    def replaced(self, build: Build, table: str, key: list[str], live: LiveColumn, replacement: Replacement) -> str: ...
    def deletes(self, build: Build, deletes: list[str]) -> tuple[str, tuple[str, ...]]: ...
    def same_type(self, sql: str, live: LiveColumn) -> str: ...
    def recursive(self, columns: list[str], base: list[str], members: list[tuple[str, str]]) -> str: ...
    def indexes(self, store: StoreCatalogue, table: str, column: str, form: str) -> bool: ...
    def is_word(self, column: str, word: str) -> str: ...
    def untouched(self, live: LiveTable) -> list[str]: ...
    def deletes_some(self, place: str, key: tuple[str, ...], where: str, at_most: int) -> str: ...
    def as_array(self, columns: list[tuple[str, LiveColumn]]) -> str: ...
    def coarser(self, column: str, live: LiveColumn, how: Coarser) -> str: ...


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(slots=True)
class Build:
    """One statement being written: its parameters, by number, each different one once."""

    store: StoreCatalogue
    dialect: Dialect
    scope: str = ""
    region: str = ""
    params: dict[str, Param] = field(default_factory=dict)
    names: dict[Param, str] = field(default_factory=dict)

    def param(self, param: Param) -> str:
        """The placeholder's name for this parameter."""
        if param not in self.names:
            self.names[param] = f"p{len(self.params)}"
            self.params[self.names[param]] = param
        return self.names[param]

    def live(self, table: str, column: str) -> LiveColumn:
        return self.store.tables[table].column(column)


def write(step: Step, build: Build, steps: tuple[Step, ...]) -> Statement | None:
    """The statement of one step; None where the store has nothing to do."""
    match step:
        case LockRoots():
            wanted = step.wanted
            return _select(build, wanted.table, wanted.key, wanted.carry, wanted.flags, (ByRoots(),), "ordered")
        case SelectRows():
            build.scope = step.hold if step.scope == "held" else "ask" if step.scope == "ask" else ""
            wanted = step.wanted
            lock = "locked" if step.lock else ""
            return _select(build, wanted.table, wanted.key, wanted.carry, wanted.flags, step.paths, lock)
        case SelectCycle():
            build.scope = step.hold if step.scope == "held" else "ask" if step.scope == "ask" else ""
            return _cycle(build, step)
        case Guard():
            where, needs = _where(build, step.child)
            sql = f"SELECT 1 FROM {build.dialect.place(step.child.table)} AS t WHERE {where} LIMIT 1"
            return Statement(sql, build.params, needs)
        case BlankColumns() | EditDocument() if says_itself(build, step):
            return _update_told(build, step)
        case CutLink() | BlankColumns() | EditDocument():
            return _update(build, step)
        case DeleteRows():
            return _delete(build, step)
        case HandOver():
            where, needs = _where(build, step.rows)
            columns = ", ".join(f"t.{quoted(c)}" for c in step.columns)
            return Statement(
                f"SELECT {columns} FROM {build.dialect.place(step.rows.table)} AS t WHERE {where}", build.params, needs
            )
        case ReadBackKeys():
            return _read_back(build, step, steps)
        case ReadBackIdentifiers():
            return _identifiers(build, step)
        case _:
            return None


# ---- conditions ----------------------------------------------------------------------------------------------------


def condition(build: Build, table: str, key: tuple[str, ...], path: Path, alias: str = "t") -> tuple[str, Param]:
    """The condition that a row of `table` is reached by `path`, and the parameter that feeds it."""
    match path:
        case ByRoots():
            param = Param("roots", table, columns=key, scope=build.scope)
            return _matches(build, table, key, param, alias), param
        case ByKey():
            param = Param("set", table, path.part, key, scope=build.scope)
            return _matches(build, table, key, param, alias), param
        case ByLink():
            param = Param("set", path.parent, path.part, path.at, scope=build.scope)
            sql = _matches(build, table, path.columns, param, alias)
            return (f"{sql} AND {when_of(path, alias, build.dialect)}" if path.when else sql), param
        case ByForm():
            param = Param(
                "identifiers", table, part=path.column, form=path.form, person=path.kind, scope=build.scope, region=build.region
            )
            return build.dialect.form(build, f"{alias}.{quoted(path.column)}", param), param
        case _:
            assert_never(path)


class Worded(Protocol):
    """Whoever can say that a column holds a word."""

    def is_word(self, column: str, word: str) -> str: ...


def when_of(path: ByLink, alias: str, dialect: Worded) -> str:
    """The condition that the discriminator holds its literal, letter by letter."""
    assert path.when is not None
    column, literal = path.when
    return dialect.is_word(f"{alias}.{quoted(column)}", literal)


def is_word(column: str, word: str) -> str:
    """Where an engine's own equality is of letters."""
    return f"{column} = '{word.replace(chr(39), chr(39) * 2)}'"


def _matches(build: Build, table: str, columns: tuple[str, ...], param: Param, alias: str) -> str:
    live = [(f"{alias}.{quoted(c)}", build.live(table, c)) for c in columns]
    return build.dialect.matches(build, live, param)


def _where(build: Build, rows: Rows, alias: str = "t") -> tuple[str, tuple[Param, ...]]:
    conditions, needs = [], []
    for path in rows.paths:
        sql, param = condition(build, rows.table, rows.key, path, alias)
        conditions.append(sql)
        needs.append(param)
    where = any_of(conditions)
    if rows.but is not None:
        param = Param("set", rows.table, rows.but, rows.key)
        where += f" AND NOT {_matches(build, rows.table, rows.key, param, alias)}"
    return where, tuple(needs)


def rows_where(build: Build, rows: Rows, alias: str = "t") -> tuple[str, tuple[Param, ...]]:
    """The condition that a row is one of these, and the parameters that feed it."""
    return _where(build, rows, alias)


def any_of(conditions: Iterable[str]) -> str:
    """Joined by OR, in brackets where there are several."""
    parts = list(conditions)
    return parts[0] if len(parts) == 1 else "(" + " OR ".join(f"({p})" for p in parts) + ")"


# ---- selects -------------------------------------------------------------------------------------------------------


def _select(build: Build, table: str, key: tuple[str, ...], carry: tuple[str, ...], flags: tuple[Flag, ...],
            paths: tuple[Path, ...], lock: str) -> Statement:  # fmt: skip
    where, needs = _where(build, Rows(table, key, paths))
    columns = [f"t.{quoted(c)}" for c in (*key, *carry)]
    live = [(f"t.{quoted(c)}", build.live(table, c)) for c in (*key, *carry)]
    together = "" if flags or lock == "ordered" else build.dialect.gathered(live)
    columns = [together] if together else columns
    columns += [f"({_flag(build, table, key, flag)}) AS {quoted(flag.name)}" for flag in flags]
    sql = f"SELECT {', '.join(columns)} FROM {build.dialect.place(table)} AS t WHERE {where}"
    if lock == "ordered":
        sql += " ORDER BY " + ", ".join(f"t.{quoted(c)}" for c in key)
    if lock and build.dialect.for_update:
        sql += f" {build.dialect.for_update}"
    return Statement(sql, build.params, needs, (*key, *carry, *(f.name for f in flags)), gathered=bool(together))


def _flag(build: Build, table: str, key: tuple[str, ...], flag: Flag) -> str:
    from upheld.engine.stores.sql.calendar import day_of, not_over  # it stands on this file

    match flag.test:
        case InRole(paths=paths, whole=whole):
            scope, build.scope = build.scope, "ask" if whole and not build.scope else build.scope
            reached = [condition(build, table, key, p)[0] for p in paths]
            build.scope = scope
            return f"coalesce({any_of(reached)}, false)"
        case Keeps(ends=DueAfter() as ends):
            return build.dialect.is_alive(build, f"t.{quoted(ends.column)}", build.live(table, ends.column), ends)
        case Keeps(ends=Lasts(ends=ends)):
            return not_over(build, table, ends)
        case DayOf(ends=ends):
            return day_of(build, table, ends)
        case Keeps():
            return "true"
        case OthersLeft() as left:
            return _others(build, table, left, "t", 0)
        case Past():
            raise ValueError(flag.name)  # of a calendar's set alone, which sql.calendar writes
        case _:
            assert_never(flag.test)


def _others(build: Build, table: str, left: OthersLeft, alias: str, depth: int) -> str:
    found = []
    for lead in left.links:
        link, parent = lead.link, f"q{depth}"
        on = " AND ".join(f"{parent}.{quoted(at)} = {alias}.{quoted(c)}" for c, at in zip(link.columns, link.at, strict=True))
        if link.when:
            on += f" AND {when_of(link, alias, build.dialect)}"
        if lead.beyond is not None:
            on += f" AND {_others(build, link.parent, lead.beyond, parent, depth + 1)}"
        else:
            param = Param("set", link.parent, "", lead.key, scope="ask")
            on += f" AND NOT {_matches(build, link.parent, lead.key, param, parent)}"
        found.append(f"EXISTS (SELECT 1 FROM {build.dialect.place(link.parent)} AS {parent} WHERE {on})")
    return any_of([*found, *(_says_somebody(build, table, form, alias) for form in left.forms)])


def _says_somebody(build: Build, table: str, form: ByForm, alias: str) -> str:
    """The column names a person, who is not of this ask: nobody's rows are asked, since a stranger to this store is a person too."""
    column = f"{alias}.{quoted(form.column)}"
    of_ask = Param("identifiers", table, part=form.column, form=form.form, person=form.kind, scope="ask", region=build.region)
    nobody = Param("placeholders", table, part=form.column, form=form.form)
    known = [build.dialect.form(build, column, param) for param in (of_ask, nobody)]
    return f"coalesce({build.dialect.says_something(column)} AND NOT {any_of(known)}, false)"


def cycle_layout(step: SelectCycle) -> tuple[tuple[str, str, tuple[int, ...], tuple[str, ...]], ...]:
    """By tag: table, role, positions of its columns in a result row (after the tag), and their names."""
    offsets: dict[str, tuple[int, ...]] = {}
    names: dict[str, tuple[str, ...]] = {}
    position = 1
    for wanted in step.wanted:
        names[wanted.table] = (*wanted.key, *wanted.carry)
        offsets[wanted.table] = tuple(range(position, position + len(names[wanted.table])))
        position += len(names[wanted.table])
    return tuple((r.table, r.role, offsets[r.table], names[r.table]) for r in step.reaches)


def _cycle(build: Build, step: SelectCycle) -> Statement:
    layout = cycle_layout(step)
    keys = {w.table: w.key for w in step.wanted}
    every = [(w.table, c) for w in step.wanted for c in (*w.key, *w.carry)]
    inside = {w.table for w in step.wanted}
    base, members, needs = [], [], []
    for tag, reach in enumerate(step.reaches):
        row = ", ".join(
            build.dialect.same_type(f"t.{quoted(c)}" if table == reach.table else "NULL", build.live(table, c))
            for table, c in every
        )
        source = f"SELECT {tag}, {row} FROM {{lead}}{build.dialect.place(reach.table)} AS t"
        for path in reach.paths:
            if isinstance(path, ByLink) and path.parent in inside:
                members.append((source, _step_on(every, layout, path, build.dialect)))
            else:
                where, param = condition(build, reach.table, keys[reach.table], path)
                base.append(f"{source.format(lead='')} WHERE {where}")
                needs.append(param)
    columns = ["tag", *(f"c{n}" for n in range(1, len(every) + 1))]
    return Statement(build.dialect.recursive(columns, base, members), build.params, tuple(needs))


def _step_on(every: list[tuple[str, str]], layout: tuple[tuple[str, str, tuple[int, ...], tuple[str, ...]], ...],
             path: ByLink, dialect: Dialect) -> str:  # fmt: skip
    role = path.part.removeprefix("@")
    tags = [str(n) for n, (table, r, _, _) in enumerate(layout) if table == path.parent and (not role or r == role)]
    on = [f"r.tag IN ({', '.join(tags)})"]
    for column, at in zip(path.columns, path.at, strict=True):
        on.append(f"t.{quoted(column)} = r.c{every.index((path.parent, at)) + 1}")
    if path.when:
        on.append(when_of(path, "t", dialect))
    return " AND ".join(on)


# ---- effects -------------------------------------------------------------------------------------------------------


def changes_of(build: Build, step: CutLink | BlankColumns | EditDocument) -> list[tuple[str, str, str]]:
    """(column, new value, condition that it is not yet so)."""
    changes = []
    table = step.rows.table
    columns: Iterable[tuple[str, Replacement]]
    columns = ((c, SetNull()) for c in step.columns) if isinstance(step, CutLink) else step.columns
    for name, replacement in columns:
        column = f"t.{quoted(name)}"
        if isinstance(replacement, SetNull):
            changes.append((name, "NULL", f"{column} IS NOT NULL"))
            continue
        key = [f"t.{quoted(c)}" for c in step.rows.key]
        value = build.dialect.replaced(build, table, key, build.live(table, name), replacement)
        if isinstance(replacement, Mark):
            changes.append((name, value, unmarked(column, build.live(table, name))))
            continue
        if isinstance(replacement, Put):
            changes.append((name, value, build.dialect.differs(column, value)))
            continue
        kept_null = f"CASE WHEN {column} IS NULL THEN NULL ELSE {value} END"
        changes.append((name, kept_null, f"{column} IS NOT NULL AND {build.dialect.differs(column, value)}"))
    return changes


def left_of(build: Build, step: CutLink | BlankColumns | EditDocument) -> str:
    """That a row is not as it should be: a written column, or a generated one that does not follow what it is computed from."""
    written = changes_of(build, step)
    return any_of((*(condition for *_, condition in written), *_not_followed(build, step, {name for name, *_ in written})))


def _not_followed(build: Build, step: CutLink | BlankColumns | EditDocument, written: set[str]) -> Iterator[str]:
    """Texts that the engine computes from these columns, where its schema says how; numbers and documents have no one writing."""
    computed = [column for column in build.store.tables[step.rows.table].columns if column.generated]
    for _ in computed:  # from one another, too, in whatever order they stand
        written = written | {
            c.name for c in computed if any(re.search(rf"\b{re.escape(n)}\b", c.default or "") for n in written)
        }
    for column in computed:
        if column.family == "text" and column.name in written:
            yield build.dialect.differs(f"t.{quoted(column.name)}", build.dialect.same_type(f"({column.default})", column))


def _update(build: Build, step: CutLink | BlankColumns | EditDocument, *more: str) -> Statement:
    where, needs = _where(build, step.rows)
    changes = changes_of(build, step)
    every = [f"{quoted(name)} = {value}" for name, value, _ in changes]
    sets = ", ".join([*every, *build.dialect.untouched(build.store.tables[step.rows.table]), *more])
    sql = f"UPDATE {build.dialect.place(step.rows.table)} AS t SET {sets} WHERE {where} AND {any_of(c for *_, c in changes)}"
    return Statement(sql, build.params, needs)


def says_itself(build: Build, step: Step) -> bool:
    """Whether the statement that blanks can say of each row what the engine then holds, so that no other need read it.

    Only where nothing can change the row afterwards: a plain table without row security, in a store without triggers and rules, and columns
    that no foreign key writes to.
    """
    if not isinstance(step, BlankColumns | EditDocument) or not (build.dialect.returns or _counting(build, step)):
        return False
    live = build.store.tables[step.rows.table]
    written = {name for name, _ in step.columns}
    return (
        live.kind == "table"
        and not live.row_security
        and not any(written & set(key.columns) for key in live.foreign_keys)
        and not any(table.triggers for table in build.store.tables.values())
    )


def _counting(build: Build, step: BlankColumns | EditDocument) -> str:
    """The assignment that counts rows which hold what they should: the read-back's own condition, over the row as the assignments before it left it.

    Nothing where that would not be the row as it is stored: a column is computed from a written one, or a written one is of the key, by which tokens
    are made; nor over documents, whose new text is read from the old.
    """
    written = {name for name, _ in step.columns}
    live = build.store.tables[step.rows.table]
    if isinstance(step, EditDocument) or written & set(step.rows.key) or any(True for _ in _not_followed(build, step, written)):
        return ""
    if any(isinstance(how, RemovePaths) for _, how in step.columns):
        return ""
    ways = (build.dialect.counting(build, live.column(name), how) for name, how in step.columns)
    before, after = next(filter(any, ways), ("", ""))
    return f"{before}{left_of(build, step)}{after}" if before else ""


def _update_told(build: Build, step: BlankColumns | EditDocument) -> Statement:
    """The update, answering how many rows it wrote and how many of them do not hold what they should."""
    if not build.dialect.returns:
        return replace(_update(build, step, _counting(build, step)), counts=True)
    update = _update(build, step)
    left = left_of(build, step)
    sql = f"WITH u AS ({update.sql} RETURNING {left} AS l) SELECT count(*), count(*) FILTER (WHERE l) FROM u"
    return replace(update, sql=sql, params=build.params)


def _delete(build: Build, step: DeleteRows) -> Statement:
    deletes: list[str] = []
    needs: list[Param] = []
    for rows in (step.rows, *step.along):
        head, alias = build.dialect.delete_from(rows.table)
        where, needed = _where(build, rows, alias)
        deletes.append(f"{head} WHERE {where}")
        needs += needed
    sql, more = build.dialect.deletes(build, deletes)
    return Statement(sql, build.params, tuple(needs), more)


def write_count(step: Step, build: Build) -> Statement | None:
    """The statement that counts what `step` would touch, or reads its set without a lock; None where there is nothing to count."""
    match step:
        case LockRoots():
            wanted = step.wanted
            return _select(build, wanted.table, wanted.key, wanted.carry, wanted.flags, (ByRoots(),), "")
        case SelectRows():
            return write(replace(step, lock=False), build, ())
        case SelectCycle() | Guard():
            return write(step, build, ())
        case CutLink() | BlankColumns() | EditDocument():
            where, needs = _where(build, step.rows)
            changed = any_of(change for *_, change in changes_of(build, step))
            sql = f"SELECT count(*) FROM {build.dialect.place(step.rows.table)} AS t WHERE {where} AND {changed}"
            return Statement(sql, build.params, needs)
        case ReadRows():
            where, needs = _where(build, step.rows)
            return Statement(
                f"SELECT count(*) FROM {build.dialect.place(step.rows.table)} AS t WHERE {where}", build.params, needs
            )
        case DeleteRows():
            counts: list[str] = []
            needed: list[Param] = []
            for rows in (step.rows, *step.along):
                where, needs = _where(build, rows)
                counts.append(f"(SELECT count(*) FROM {build.dialect.place(rows.table)} AS t WHERE {where})")
                needed += needs
            return Statement(f"SELECT {' + '.join(counts)}", build.params, tuple(needed))
        case _:
            return None


def write_drain(step: DeleteRows, build: Build, at_most: int) -> Statement | None:
    """The same delete, `at_most` rows at a time, where the table is a leaf reached by its parents' keys alone."""
    if step.along or any(isinstance(path, ByKey | ByRoots) for path in step.rows.paths) or step.rows.but is not None:
        return None
    where, needs = _where(build, step.rows)
    place = build.dialect.place(step.rows.table)
    return Statement(build.dialect.deletes_some(place, step.rows.key, where, at_most), build.params, needs)


def deletes_some(place: str, key: tuple[str, ...], where: str, at_most: int) -> str:
    """A delete of `at_most` rows, where a subquery may have a limit."""
    some = f"SELECT {', '.join(f't.{quoted(c)}' for c in key)} FROM {place} AS t WHERE {where} LIMIT {at_most}"
    return f"DELETE FROM {place} WHERE ({', '.join(quoted(c) for c in key)}) IN ({some})"


def _read_back(build: Build, step: ReadBackKeys, steps: tuple[Step, ...]) -> Statement | None:
    counts = []
    for number in step.steps:
        effect = steps[number]
        match effect:
            case DeleteRows():
                parts = [(rows, "") for rows in (effect.rows, *effect.along) if not _held_by_keys(build, rows, step, steps)]
            case BlankColumns() | EditDocument() if says_itself(build, effect):
                continue
            case CutLink() | BlankColumns() | EditDocument():
                parts = [(effect.rows, " AND " + left_of(build, effect))]
            case _:
                continue
        for rows, left in parts:
            source = _keyed_source(build, rows)
            where = "" if source else _where(build, rows)[0]
            source = source or f"{build.dialect.place(rows.table)} AS t"
            counts.append(f"SELECT {number}, count(*) FROM {source} WHERE {where or 'true'}{left}")
    return Statement(" UNION ALL ".join(counts), build.params) if counts else None


def _keyed_source(build: Build, rows: Rows) -> str:
    """The same rows as a join, key by key in the order of the list, where one column of whole numbers reaches them; else nothing.

    A row comes once for each time that its key stands in the list: whether any is left is the same.
    """
    if len(rows.paths) != 1 or rows.but is not None:
        return ""
    match rows.paths[0]:
        case ByKey(part=part) if len(rows.key) == 1:
            column, param = rows.key[0], Param("set", rows.table, part, rows.key, scope=build.scope)
        case ByLink(parent=parent, part=part, columns=(column,), at=at, when=None):
            param = Param("set", parent, part, at, scope=build.scope)
        case _:
            return ""
    live = build.live(rows.table, column)
    if live.family != "integer" or live.type.startswith("bit"):
        return ""
    return build.dialect.joined(build, build.dialect.place(rows.table), f"t.{quoted(column)}", live, param)


def _held_by_keys(build: Build, rows: Rows, step: ReadBackKeys, steps: tuple[Step, ...]) -> bool:
    """Whether the engine itself says that none of these rows is left: each would reference a row that is read back as deleted.

    Only by keys that it holds every row to, at once, in plain tables without row security, and only where all rows that the path leads from go.
    """
    # Rows that go together may be checked as late as at the commit.
    if not build.dialect.keys_hold(build.store) or any(isinstance(one, DeleteRows) and one.along for one in steps):
        return False
    gone = {
        (one.rows.table, path.part)
        for one in (steps[number] for number in step.steps)
        if isinstance(one, DeleteRows) and one.rows.but is None
        for path in one.rows.paths
        if isinstance(path, ByKey)
    }
    return all(
        isinstance(path, ByLink) and (path.parent, path.part) in gone and _is_checked(build, rows.table, path)
        for path in rows.paths
    )


def _is_checked(build: Build, table: str, path: ByLink) -> bool:
    child, parent = build.store.tables[table], build.store.tables[path.parent]
    if {child.kind, parent.kind} != {"table"} or child.row_security or parent.row_security:
        return False
    wanted = set(zip(path.columns, path.at, strict=True))
    return any(
        key.target == path.parent
        and set(zip(key.columns, key.target_columns, strict=True)) == wanted
        and not key.deferrable
        and not key.unchecked
        for key in child.foreign_keys
    )


def _identifiers(build: Build, step: ReadBackIdentifiers) -> Statement | None:
    counts = []
    for number, searched in enumerate(step.columns):
        live = build.store.tables[searched.table]
        indexed = build.dialect.indexes(build.store, searched.table, searched.column, searched.form)
        if not indexed and live.estimate > SMALL_ROWS:
            continue
        param = Param("identifiers", searched.table, part=searched.column, form=searched.form, person=searched.kind,
                      scope="verified", region=build.region)  # fmt: skip
        where = build.dialect.form(build, f"t.{quoted(searched.column)}", param)
        for part in searched.but:
            rows = Param("set", searched.table, part, searched.key)
            where += f" AND NOT {_matches(build, searched.table, searched.key, rows, 't')}"
        counts.append(f"SELECT {number}, count(*) FROM {build.dialect.place(searched.table)} AS t WHERE {where}")
    return Statement(" UNION ALL ".join(counts), build.params) if counts else None


__all__ = ["Build", "Dialect", "SetToken", "SetValue", "any_of", "condition", "cycle_layout", "quoted", "says_itself", "write"]
Params = Mapping[str, Param]
