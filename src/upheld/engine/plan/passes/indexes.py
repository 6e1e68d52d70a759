"""Links and identifiers of large tables without an index: the plan is refused with the index that is missing.

A scan of a large table inside a chunk's transaction blocks the firm's writers. Only the catalogue is asked; its estimate may be old, so the
bound is generous. SQLite is left out: its estimate is the largest row id, which may say nothing, and it has one writer anyway. Source: measured, a missing link index costs 350 to 2,000 times for one person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from upheld.engine.estate.forms import twin
from upheld.engine.estate.mariadb.key_columns import creating, is_found
from upheld.engine.estate.model import LiveTable, StoreCatalogue, StoreMap
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Refused
from upheld.engine.plan.steps import ByForm, ByLink, Path

LARGE_ROWS = 100_000
UNLED = "No index leads to"  # how the reason of a step begins that reads a whole table


def unindexed(store: StoreMap, live: StoreCatalogue) -> Refused | None:
    """The first search of this store that would read a large table from end to end, or None."""
    for name, table in sorted(store.tables.items()) if store.engine != "sqlite" else ():
        place = live.tables[name]
        if place.estimate <= LARGE_ROWS:
            continue
        for link in table.owning:
            if not leads(place, link.columns):
                return _missing(store.store, name, ", ".join(link.columns))
        searched = [(i.column, i.form) for i in table.identifies] + [(i.column, i.form) for i in table.identity]
        for column, form in searched:
            if store.engine == "mariadb":
                if not is_found(place, column, form):
                    return refused(
                        "L108", f"{store.store}.{name} by {column}", f"{creating(name, column, form)} Scan again, plan again."
                    )
                continue
            key = twin(form, store.engine, column).key
            found = any(same(i.columns[0], key) for i in place.indexes if i.columns and not i.partial)
            if not found and not (form == "exact/1" and leads(place, (column,))):
                return _missing(store.store, name, key)
    return None


def unled(store: StoreMap, live: LiveTable, paths: Iterable[Path]) -> str:
    """The column by which one of the paths would read the whole table, where that has an effect on others; empty if an index leads."""
    if store.engine != "mariadb":
        return ""
    for path in paths:
        if isinstance(path, ByForm) and not is_found(live, path.column, path.form):
            return path.column
        if isinstance(path, ByLink) and not leads(live, path.columns):
            return ", ".join(path.columns)
    return ""


def leads(live: LiveTable, columns: tuple[str, ...]) -> bool:
    """Whether an index begins with these columns, in any order, or with one of them."""
    offered = [live.primary_key, *(index.columns for index in live.indexes if not index.partial)]
    return any(names and names[0] in columns for names in offered)


def same(one: str, other: str) -> bool:
    """Whether two index expressions are the same but for casts, brackets, quotes, case and spaces."""
    return _squashed(one) == _squashed(other)


def _squashed(sql: str) -> str:
    bare = re.sub(r"::(?:text|character varying|bpchar)|[\s\"()]", "", sql).lower()
    return bare.replace(",nfc", "")


def _missing(store: str, table: str, what: str) -> Refused:
    help = f"Create an index on {table} ({what}), freeze the schema anew (`upheld drift --relock`), and plan again; or let an erasure wait for the daily batch: --wait-for-batch."
    return refused("L108", f"{store}.{table} by {what}", help)
