"""Steps about files become SQL: which files rows point to, which large objects go, which files somebody still points to."""

from __future__ import annotations

from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.plan.steps import ReadPaths, UnlinkLarge
from upheld.engine.stores.sql.dialects import dialect_of
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build, quoted, rows_where


def write_objects(step: ReadPaths | UnlinkLarge, build: Build) -> Statement:
    """The statement of a step about files. Large objects are PostgreSQL's alone."""
    if isinstance(step, ReadPaths):
        where, needs = rows_where(build, step.rows)
        column = f"t.{quoted(step.column)}"
        place = build.dialect.place(step.rows.table)
        return Statement(
            f"SELECT DISTINCT {column} FROM {place} AS t WHERE {where} AND {column} IS NOT NULL", build.params, needs
        )
    mine, needs = rows_where(build, step.rows, "t")
    others = []
    for table, column in step.pointers:
        not_mine = ""
        if table == step.rows.table:
            not_mine = f" AND NOT coalesce({rows_where(build, step.rows, 'o')[0]}, false)"
        others.append(
            f"NOT EXISTS (SELECT 1 FROM {build.dialect.place(table)} AS o WHERE o.{quoted(column)} = m.oid{not_mine})"
        )
    pointed = f"SELECT t.{quoted(step.column)} FROM {build.dialect.place(step.rows.table)} AS t WHERE {mine}"
    sql = f"SELECT count(lo_unlink(m.oid)) FROM pg_largeobject_metadata m WHERE m.oid IN ({pointed}) AND {' AND '.join(others)}"
    return Statement(sql, build.params, needs)


def pointing(live: StoreCatalogue, table: str, column: str) -> Statement:
    """The values of a column among the given ones: files that a row still points to."""
    dialect = dialect_of(live.engine)
    build = Build(live, dialect)
    param = Param("paths", table, columns=(column,))
    name = f"t.{quoted(column)}"
    where = dialect.matches(build, [(name, live.tables[table].column(column))], param)
    return Statement(f"SELECT DISTINCT {name} FROM {dialect.place(table)} AS t WHERE {where}", build.params)
