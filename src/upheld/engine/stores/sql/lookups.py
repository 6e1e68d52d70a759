"""A root table becomes the statements that look its rows up: by key, and by each identifying column; an identity link, its own.

The only statements that ever read identifiers; each returns key and identifying columns, so that Python verifies what SQL proposed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from upheld.engine.estate.forms import Twin, twin
from upheld.engine.estate.model import Identifier, IdentityLink, StoreCatalogue, StoreMap, Table
from upheld.engine.stores.sql.dialects import dialect_of
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build, quoted

_TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,), "number": (int, float, Decimal), "text": (str,), "uuid": (str, uuid.UUID), "boolean": (bool,),
    "date": (str, date), "timestamp": (str, datetime),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lookup:
    """Each kind of statement returns the key's columns, then the identifying columns in the order of the estate, then the tenant where there is one."""

    by_key: Statement
    by_form: Mapping[Identifier, Statement]
    odd: Mapping[Identifier, Statement]  # every row for which the form's twin does not decide
    families: tuple[tuple[str, str], ...]

    def problem_of(self, key: tuple[object, ...]) -> str:
        """The key column whose value has another type than the store's; empty if all fit."""
        for (column, family), value in zip(self.families, key, strict=True):
            wanted = _TYPES.get(family)
            if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and family != "boolean")):
                return column
            if family == "integer" and isinstance(value, int) and not -(2**63) <= value < 2**63:
                return column
            if family == "uuid" and isinstance(value, str) and not _is_uuid(value):
                return column
        return ""


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def lookup_of(store: StoreMap, table: Table, live: StoreCatalogue) -> Lookup:
    """The lookup statements of one root table."""
    dialect = dialect_of(store.engine)
    tenant = (table.tenant,) if table.tenant else ()
    names = [f"t.{quoted(c)}" for c in (*table.key, *(i.column for i in table.identifies), *tenant)]
    select = f"SELECT {', '.join(names)} FROM {dialect.place(table.name)} AS t WHERE "
    build = Build(live, dialect)
    columns = [(f"t.{quoted(c)}", live.tables[table.name].column(c)) for c in table.key]
    by_key = Statement(select + dialect.matches(build, columns, Param("roots", table.name, columns=table.key)), build.params)
    by_form, odd = {}, {}
    for identifier in table.identifies:
        build = Build(live, dialect)
        param = Param("identifiers", table.name, form=identifier.form, person=table.root or "")
        by_form[identifier] = Statement(select + dialect.form(build, f"t.{quoted(identifier.column)}", param), build.params)
        found = twin(identifier.form, store.engine, f"t.{quoted(identifier.column)}")
        if found.may_be_odd:
            odd[identifier] = Statement(select + _is_odd(store, found), {})
    families = tuple((c, str(live.tables[table.name].column(c).family)) for c in table.key)
    return Lookup(by_key, by_form, odd, families)


def linked_of(store: StoreMap, table: Table, link: IdentityLink, live: StoreCatalogue) -> Statement:
    """The rows that an identity link's identifiers reach: the key's columns, then the linking column."""
    dialect = dialect_of(store.engine)
    names = [f"t.{quoted(c)}" for c in (*table.key, link.column)]
    build = Build(live, dialect)
    param = Param("identifiers", table.name, form=link.form, person=link.kind)
    where = dialect.form(build, f"t.{quoted(link.column)}", param)
    return Statement(f"SELECT {', '.join(names)} FROM {dialect.place(table.name)} AS t WHERE {where}", build.params)


def odd_linked_of(store: StoreMap, table: Table, link: IdentityLink) -> Statement | None:
    """The rows of an identity link for which the form's twin does not decide: key, linking column. None: there are none."""
    column = f"t.{quoted(link.column)}"
    found = twin(link.form, store.engine, column)
    if not found.may_be_odd:
        return None
    names = [f"t.{quoted(c)}" for c in (*table.key, link.column)]
    place = dialect_of(store.engine).place(table.name)
    return Statement(f"SELECT {', '.join(names)} FROM {place} AS t WHERE {_is_odd(store, found)}", {})


def _is_odd(store: StoreMap, found: Twin) -> str:
    # Compared with 1, or SQLite leaves the index alone.
    return f"({found.odd}) = 1" if store.engine == "sqlite" else f"({found.odd})"
