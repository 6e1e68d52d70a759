"""A step becomes its searches: by which columns, or by which expression, it looks for rows of which table.

So that a table that is read from end to end can be told with the index that is missing, and not only by name. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from upheld.engine.estate.forms import twin
from upheld.engine.estate.mariadb.key_columns import creating, is_found
from upheld.engine.estate.model import Engine, LiveTable
from upheld.engine.plan.passes.indexes import leads, same
from upheld.engine.plan.steps import (
    BlankColumns,
    ByForm,
    ByLink,
    CutLink,
    DeleteRows,
    EditDocument,
    Guard,
    InRole,
    LockRoots,
    Path,
    ReadBackIdentifiers,
    ReadRows,
    Rows,
    SelectCycle,
    SelectRows,
    Step,
    Wanted,
)


@dataclass(frozen=True, slots=True, order=True)
class Search:
    """Rows of `table` are looked for by `columns`, or by the expression `key` over one of them; `plain`: the column itself does as well.

    `form` is the normal form of an identifier in a store that has indexes on columns only.
    """

    table: str
    columns: tuple[str, ...]
    key: str = ""
    plain: bool = True
    form: str = ""

    def served(self, live: LiveTable) -> bool:
        """Whether an index leads there."""
        if self.form:
            return is_found(live, self.columns[0], self.form)
        expressed = any(i.columns and not i.partial and same(i.columns[0], self.key) for i in live.indexes)
        return (bool(self.key) and expressed) or (self.plain and leads(live, self.columns))

    def statement(self, engine: Engine) -> str:
        """The statement that makes the index, or the two; on PostgreSQL and MariaDB writers go on meanwhile."""
        if self.form:
            return creating(self.table, self.columns[0], self.form)
        name = re.sub(r"\W", "_", f"{self.table}_{'_'.join(self.columns)}")
        place = ".".join(_quoted(part, engine) for part in self.table.split("."))
        what = f"({self.key})" if not self.plain else ", ".join(_quoted(column, engine) for column in self.columns)
        ending = " ALGORITHM=INPLACE LOCK=NONE" if engine == "mariadb" else ""
        return f"CREATE INDEX {'CONCURRENTLY ' if engine == 'postgresql' else ''}{_quoted(name, engine)} ON {place} ({what}){ending};"


def searches(step: Step, engine: Engine) -> tuple[Search, ...]:
    """Every search of this step that goes by a link or an identifier. A key always has its index."""
    return tuple(dict.fromkeys(_of(table, path, engine) for table, path in _paths(step) if isinstance(path, ByLink | ByForm)))


def _of(table: str, path: ByLink | ByForm, engine: Engine) -> Search:
    if isinstance(path, ByLink):
        return Search(table, path.columns)
    if engine == "mariadb":
        return Search(table, (path.column,), form=path.form)
    # The twin is asked for the name as an index shows it.
    return Search(table, (path.column,), twin(path.form, engine, _quoted(path.column, engine)).key, path.form == "exact/1")


def _paths(step: Step) -> Iterator[tuple[str, Path]]:
    match step:
        case LockRoots(wanted=wanted):
            yield from _flags(wanted)
        case SelectRows(wanted=wanted, paths=paths):
            yield from ((wanted.table, path) for path in paths)
            yield from _flags(wanted)
        case SelectCycle(reaches=reaches):
            yield from ((reach.table, path) for reach in reaches for path in reach.paths)
        case Guard(child=rows) | CutLink(rows=rows) | BlankColumns(rows=rows) | EditDocument(rows=rows) | ReadRows(rows=rows):
            yield from _rows(rows)
        case DeleteRows(rows=rows, along=along):
            for one in (rows, *along):
                yield from _rows(one)
        case ReadBackIdentifiers(columns=columns):
            yield from ((one.table, ByForm(one.column, one.form, one.kind)) for one in columns)
        case _:
            return


def _rows(rows: Rows) -> Iterator[tuple[str, Path]]:
    return ((rows.table, path) for path in rows.paths)


def _flags(wanted: Wanted) -> Iterator[tuple[str, Path]]:
    return ((wanted.table, path) for flag in wanted.flags if isinstance(flag.test, InRole) for path in flag.test.paths)


def _quoted(name: str, engine: Engine) -> str:
    mark = "`" if engine == "mariadb" else '"'
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else mark + name.replace(mark, mark * 2) + mark
