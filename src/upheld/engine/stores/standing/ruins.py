"""The standing half-erased query: rows with personal data whose person is gone or blank.

Needs no identifier and no ask, so it finds what other tools left as well as what we did. A row counts if it says something of a person, hangs on
somebody by at least one link, and every chain of links that it hangs by ends at a person who is missing or blank. Of a shared row only an owner's
own columns count, and only where that owner is gone. One statement a table, joined by keys; a table that owns itself is one recursive statement.
Not taken: following a circle of several tables; a row that hangs in one is taken to belong to somebody, so a ruin may be missed and none is invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from upheld.engine.estate.model import OwningLink, StoreCatalogue, StoreMap, Table
from upheld.engine.plan.passes.fates import personal_columns
from upheld.engine.plan.steps import ByLink
from upheld.engine.stores.sql.dialects import dialect_of
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.engine.stores.sql.writer import Build, Dialect, any_of, quoted, when_of
from upheld.engine.stores.standing.says import says

KeptColumns = Sequence[frozenset[str]]  # groups of rows that rightly say something, by the columns that stay in them


@dataclass(slots=True)
class _Query:
    """One statement being written: recursive parts by table, and a number for each further row that is looked at."""

    store: StoreMap
    live: StoreCatalogue
    build: Build
    alive: dict[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)  # tables whose recursive part is being written
    rows: int = 0

    def row(self) -> str:
        self.rows += 1
        return f"q{self.rows}"


def ruins_of(store: StoreMap, table: Table, live: StoreCatalogue, kept: KeptColumns = ()) -> Statement | None:
    """Counts the half-erased rows of one table; None where the table has no owner, is of people itself, or holds nothing personal.

    `kept`: for each group its keys are asked for as `Param("roots", table, part=str(number))`; in these rows the group's columns may speak.
    """
    if table.root is not None or not table.owning or table.name not in live.tables:
        return None
    query = _Query(store, live, Build(live, dialect_of(store.engine)))
    where = _shared_ruin(query, table, kept) if table.shared else _sole_ruin(query, table, kept)
    if not where:
        return None
    first = f"WITH RECURSIVE {', '.join(query.parts)} " if query.parts else ""
    return Statement(
        f"{first}SELECT count(*) FROM {query.build.dialect.place(table.name)} AS t WHERE {where}", query.build.params
    )


def values_of(key: Sequence[str], groups: Mapping[str, Sequence[tuple[object, ...]]], param: Param) -> list[object]:
    """The keys of the group that `param` asks for, by column where it names some."""
    rows = groups[param.part]
    at = [key.index(column) for column in param.columns or key]
    return [row[at[0]] for row in rows] if len(at) == 1 else [tuple(row[n] for n in at) for row in rows]


# ---- what says something -------------------------------------------------------------------------------------------


def _sole_ruin(query: _Query, table: Table, kept: KeptColumns) -> str:
    speaks = _speaks(query, table, personal_columns(table), kept)
    if not speaks:
        return ""
    hangs = any_of(_hangs(query.build.dialect, link, "t") for link in table.owning)
    return " AND ".join([speaks, hangs, *(f"NOT {_somebody(query, link, 't', (table.name,))}" for link in table.owning)])


def _shared_ruin(query: _Query, table: Table, kept: KeptColumns) -> str:
    """An owner is gone and the columns that are hers alone still speak. An inherited role has no link of its own to ask."""
    parts = []
    for role, rule in sorted(table.shared.items()):
        links = [link for link in table.owning if link.role == role]
        speaks = _speaks(query, table, rule.mine, kept) if links and rule.erasure != "keep" else ""
        if speaks:
            gone = [f"NOT {_somebody(query, link, 't', (table.name,))}" for link in links]
            parts.append(f"({' AND '.join([speaks, any_of(_hangs(query.build.dialect, link, 't') for link in links), *gone])})")
    return any_of(parts) if parts else ""


def _speaks(query: _Query, table: Table, columns: Sequence[str], kept: KeptColumns) -> str:
    """Some of the columns says something, those left out that are rightly kept in this row. Empty where none ever can."""

    def any_saying(names: Sequence[str]) -> str:
        parts = [one for name in names if (one := says(query.build, query.store, table, query.live, name, "t"))]
        return any_of(parts) if parts else ""

    whole = any_saying(columns)
    if not whole or not kept:
        return whole
    cases = []
    for number, stays in enumerate(kept):
        among = _among(query, table, number)
        left = any_saying([name for name in columns if name not in stays])
        cases.append(f"WHEN {among} THEN {left or '1 = 0'}")
    return f"(CASE {' '.join(cases)} ELSE {whole} END)"


def _among(query: _Query, table: Table, number: int) -> str:
    columns = [(f"t.{quoted(name)}", query.live.tables[table.name].column(name)) for name in table.key]
    param = Param("roots", table.name, part=str(number), columns=table.key)
    return f"({query.build.dialect.matches(query.build, columns, param)})"


# ---- who it hangs on -----------------------------------------------------------------------------------------------


def _hangs(dialect: Dialect, link: OwningLink, alias: str) -> str:
    parts = [f"{alias}.{quoted(c)} IS NOT NULL" for c in link.columns]
    return "(" + " AND ".join([*parts, *_when(dialect, link, alias)]) + ")"


def _when(dialect: Dialect, link: OwningLink, alias: str) -> list[str]:
    if not link.when:
        return []
    return [when_of(ByLink(link.columns, link.parent, link.parent_columns, when=link.when), alias, dialect)]


def _somebody(query: _Query, link: OwningLink, alias: str, path: tuple[str, ...]) -> str:
    """The link leads to a row that belongs to somebody."""
    row, parent = query.row(), query.store.tables[link.parent]
    on = [f"{row}.{quoted(p)} = {alias}.{quoted(c)}" for c, p in zip(link.columns, link.parent_columns, strict=True)]
    on += _when(query.build.dialect, link, alias)
    if _owns_itself(parent) and parent.name not in query.open:
        return f"EXISTS (SELECT 1 FROM {_alive(query, parent, path)} AS {row} WHERE {' AND '.join(on)})"
    belongs = _belongs(query, parent, row, path)
    where = " AND ".join([*on, *([belongs] if belongs else [])])
    return f"EXISTS (SELECT 1 FROM {query.build.dialect.place(link.parent)} AS {row} WHERE {where})"


def _owns_itself(table: Table) -> bool:
    return table.root is None and any(link.parent == table.name for link in table.owning)


def _belongs(query: _Query, table: Table, alias: str, path: tuple[str, ...]) -> str:
    """The row is a person who is not blank, or hangs on one. Empty: it is always taken to."""
    if table.root is not None:
        parts = [says(query.build, query.store, table, query.live, name, alias) for name in personal_columns(table)]
        parts = [part for part in parts if part]
        return any_of(parts) if parts else ""
    links = [link for link in table.owning if link.parent != table.name]
    if not links or table.name in path:
        return ""
    onwards = (*path, table.name)
    alone = " AND ".join(f"NOT {_hangs(query.build.dialect, link, alias)}" for link in table.owning)
    borne = [f"{alias}.{quoted(link.column)} IS NOT NULL" for link in table.identity]
    return any_of([f"({alone})", *borne, *(_somebody(query, link, alias, onwards) for link in links)])


def _alive(query: _Query, table: Table, path: tuple[str, ...]) -> str:
    """The name of the recursive part that holds the rows of a table which owns itself, as far as they belong to somebody."""
    if table.name in query.alive:
        return query.alive[table.name]
    name = query.alive[table.name] = f"alive{len(query.alive)}"
    own = [link for link in table.owning if link.parent == table.name]
    columns = list(dict.fromkeys(c for link in query.store.tables.values() for o in link.owning if o.parent == table.name
                                 for c in o.parent_columns))  # fmt: skip
    place, row = query.build.dialect.place(table.name), query.row()
    carried = ", ".join(f"{row}.{quoted(c)}" for c in columns)
    # Tables on the path are not followed again; a row that hangs on them only is taken to belong to somebody.
    query.open.add(table.name)
    base = _belongs(query, table, row, tuple(one for one in path if one != table.name))
    query.open.discard(table.name)
    step = " OR ".join("(" + " AND ".join([f"r.{quoted(p)} = {row}.{quoted(c)}" for c, p in zip(o.columns, o.parent_columns, strict=True)]
                                          + _when(query.build.dialect, o, row)) + ")" for o in own)  # fmt: skip
    if not base:  # it hangs on nothing else: whoever hangs on nothing at all begins a chain
        base = " AND ".join(f"NOT {_hangs(query.build.dialect, link, row)}" for link in table.owning)
    query.parts.append(
        f"{name} ({', '.join(quoted(c) for c in columns)}) AS (SELECT {carried} FROM {place} AS {row} WHERE {base} "
        f"UNION SELECT {carried} FROM {name} AS r JOIN {place} AS {row} ON {step})"
    )
    return name
