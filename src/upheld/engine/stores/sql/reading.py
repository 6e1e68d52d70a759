"""Access steps become SQL whose rows bear their subject: every set is read with the ordinal of the person it belongs to.

A set's parameter brings keys and ordinals side by side, and the join hands the ordinal on, so that one statement answers for a thousand people.
Rows leave as JSON arrays, made by the server. Locks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from upheld.engine.estate.model import LiveColumn, LiveTable
from upheld.engine.plan.steps import ByForm, ByKey, ByLink, ByRoots, InRole, Path, ReadRows, SelectCycle, SelectRows, Step
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build, cycle_layout, quoted, when_of

SUBJECT = "#"
SMALL_READ_ROWS = 2_000


class ReadingDialect(Protocol):
    """What engines say differently when they read."""

    cross: str

    def source(self, build: Build, columns: list[LiveColumn | None], param: Param) -> tuple[str, list[str]]: ...
    def narrowed(self, build: Build, column: str, live: LiveColumn | None, param: Param) -> str: ...
    def form_key(self, form: str, column: str, live: LiveTable) -> str: ...
    def form_joins(self, form: str, column: str, name: str, live: LiveTable) -> str: ...
    def same_type(self, sql: str, live: LiveColumn) -> str: ...
    def recursive(self, columns: list[str], base: list[str], members: list[tuple[str, str]]) -> str: ...
    def as_array(self, columns: list[tuple[str, LiveColumn]]) -> str: ...
    def place(self, name: str) -> str: ...
    def is_word(self, column: str, word: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One table's rows, as seen in one view (a set of columns left out). `documents`, `review` and `key` say where the array's parts lie."""

    step: ReadRows
    view: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    few: Statement
    all: Statement


def written_access(step: Step, build: Build, dialect: ReadingDialect) -> Statement | None:
    """The statement of one select step of an access plan."""
    match step:
        case SelectRows():
            return _select(build, dialect, step)
        case SelectCycle():
            return _cycle(build, dialect, step)
        case _:
            return None


def source_of(build: Build, dialect: ReadingDialect, table: str, key: tuple[str, ...], path: Path) -> tuple[str, str, Param]:
    """(rows that feed the path, the condition that joins them to `t`, their parameter)."""
    live = build.store.tables[table]
    match path:
        case ByForm():
            param = Param("identifiers", table, path.column, ("value", SUBJECT), path.form, path.kind, region=build.region)
            source, names = dialect.source(build, [None], param)
            column = f"t.{quoted(path.column)}"
            narrowed = dialect.narrowed(build, dialect.form_key(path.form, column, live), None, param)
            return source, dialect.form_joins(path.form, column, names[0], live) + narrowed, param
        case ByRoots():
            columns, param = key, Param("roots", table, columns=(*key, SUBJECT))
        case ByKey():
            columns, param = key, Param("set", table, path.part, (*key, SUBJECT))
        case ByLink():
            columns, param = path.columns, Param("set", path.parent, path.part, (*path.at, SUBJECT))
    source, names = dialect.source(build, [live.column(c) for c in columns], param)
    on = " AND ".join(f"t.{quoted(c)} = {name}" for c, name in zip(columns, names[:-1], strict=True))
    on += dialect.narrowed(build, f"t.{quoted(columns[0])}", live.column(columns[0]), param)
    if isinstance(path, ByLink) and path.when:
        on += f" AND {when_of(path, 't', dialect)}"
    return source, on, param


def subject_name(dialect: ReadingDialect, build: Build, param: Param) -> str:
    """The SQL name of the ordinal in a source of this parameter."""
    return dialect.source(build, [None] * (len(param.columns) - 1), param)[1][-1]


def _select(build: Build, dialect: ReadingDialect, step: SelectRows) -> Statement:
    wanted = step.wanted
    columns = ", ".join(f"t.{quoted(c)}" for c in (*wanted.key, *wanted.carry))
    roles: list[tuple[str, Path]] = [
        (flag.name, path) for flag in wanted.flags if isinstance(flag.test, InRole) for path in flag.test.paths
    ] or [("", path) for path in step.paths]
    parts, needs = [], []
    for role, path in roles:
        source, on, param = source_of(build, dialect, wanted.table, wanted.key, path)
        subject = subject_name(dialect, build, param)
        role_sql = ", '" + role.replace("'", "''") + "'"
        parts.append(
            f"SELECT {subject}, {columns}{role_sql} FROM {source} {dialect.cross} {dialect.place(wanted.table)} AS t ON {on}"
        )
        needs.append(param)
    return Statement(" UNION ".join(parts), build.params, tuple(needs), (SUBJECT, *wanted.key, *wanted.carry))


def _cycle(build: Build, dialect: ReadingDialect, step: SelectCycle) -> Statement:
    layout = cycle_layout(step)
    every = [(w.table, c) for w in step.wanted for c in (*w.key, *w.carry)]
    inside, keys = {w.table for w in step.wanted}, {w.table: w.key for w in step.wanted}
    base, members, needs = [], [], []
    for tag, reach in enumerate(step.reaches):
        row = ", ".join(
            dialect.same_type(f"t.{quoted(c)}" if table == reach.table else "NULL", build.live(table, c)) for table, c in every
        )
        for path in reach.paths:
            if isinstance(path, ByLink) and path.parent in inside:
                source = f"SELECT {tag}, {row}, r.s FROM {{lead}}{dialect.place(reach.table)} AS t"
                members.append((source, _step_on(every, layout, path, dialect)))
            else:
                source, on, param = source_of(build, dialect, reach.table, keys[reach.table], path)
                subject = subject_name(dialect, build, param)
                base.append(
                    f"SELECT {tag}, {row}, {subject} FROM {source} {dialect.cross} {dialect.place(reach.table)} AS t ON {on}"
                )
                needs.append(param)
    columns = ["tag", *(f"c{n}" for n in range(1, len(every) + 1)), "s"]
    return Statement(dialect.recursive(columns, base, members), build.params, tuple(needs))


def _step_on(every: list[tuple[str, str]], layout: tuple[tuple[str, str, tuple[int, ...], tuple[str, ...]], ...],
             path: ByLink, dialect: ReadingDialect) -> str:  # fmt: skip
    role = path.part.removeprefix("@")
    tags = [str(n) for n, (table, r, _, _) in enumerate(layout) if table == path.parent and (not role or r == role)]
    on = [f"r.tag IN ({', '.join(tags)})"]
    for column, at in zip(path.columns, path.at, strict=True):
        on.append(f"t.{quoted(column)} = r.c{every.index((path.parent, at)) + 1}")
    return " AND ".join([*on, *([when_of(path, "t", dialect)] if path.when else [])])


# ---- rows ----------------------------------------------------------------------------------------------------------


def views_of(step: ReadRows) -> list[tuple[str, frozenset[str], tuple[str, ...]]]:
    """(view, roles, columns left out): which combination of roles sees which columns. Without roles, one view of all."""
    if not step.roles:
        return [("", frozenset(), ())]
    seeing = [(role, set(without)) for role, may, without in step.roles if may]
    views: dict[tuple[str, ...], set[frozenset[str]]] = {}
    for number in range(1, 2 ** len(seeing)):
        chosen = [pair for n, pair in enumerate(seeing) if number >> n & 1]
        left_out = tuple(sorted(set.intersection(*(without for _, without in chosen))))
        views.setdefault(left_out, set()).add(frozenset(role for role, _ in chosen))
    return [(f"view{n}", roles, left) for n, (left, combinations) in enumerate(sorted(views.items())) for roles in combinations]


def readings_of(step: ReadRows, build_of: Build, dialect: ReadingDialect) -> list[Reading]:
    """One reading per view of the table; `all` streams every row, `few` returns up to SMALL_READ_ROWS + 1 of them."""
    readings = []
    for view, left_out in dict.fromkeys((v, left) for v, _, left in views_of(step)):
        build = Build(build_of.store, build_of.dialect, region=build_of.region)
        live = build.store.tables[step.rows.table]
        columns = tuple(c for c in step.columns if c not in left_out)
        documents = [d.column for d in step.documents if d.column not in left_out]
        review = [c for c in step.review if c not in left_out]
        parts = [(f"t.{quoted(c)}", live.column(c)) for c in (*columns, *documents)]
        waiting = step.rows.key if documents or review else ()
        flags = [(f"CASE WHEN t.{quoted(c)} IS NULL THEN 0 ELSE 1 END", live.columns[0]) for c in review]
        array = dialect.as_array([*parts, *flags, *((f"t.{quoted(c)}", live.column(c)) for c in waiting)])
        path = ByKey(view) if view else step.rows.paths[0]
        source, on, param = source_of(build, dialect, step.rows.table, step.rows.key, path)
        subject = subject_name(dialect, build, param)
        body = f"FROM {source} {dialect.cross} {dialect.place(step.rows.table)} AS t ON {on}"
        few = Statement(f"SELECT {subject}, {array} {body} LIMIT {SMALL_READ_ROWS + 1}", build.params, (param,))
        every = Statement(f"SELECT {subject}, {array} {body}", build.params, (param,))
        readings.append(Reading(step, view, columns, left_out, few, every))
    return readings
