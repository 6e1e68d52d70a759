"""Stores become counts of half-erased rows, by table: children with personal data whose person is gone or blank.

A standing question, asked daily and by drift. Rows that an erasure kept on a ground are no ruins: whoever asks hands in their stored keys, and in these
rows the kept columns may speak until their day. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.own_journal import KeptRows
from upheld.engine.plan.ends import own_columns
from upheld.engine.plan.model import DueAfter, Lasts
from upheld.engine.stores import Store
from upheld.engine.stores.standing.ruins import ruins_of, values_of

Key = tuple[object, ...]


def half_erased(
    estate: Estate,
    catalogue: Catalogue,
    stores: Mapping[str, Store],
    kept: Iterable[KeptRows] = (),
    today: date | None = None,
) -> dict[tuple[str, str], int]:
    """Half-erased rows by (store, table), in the order of the estate, tables without any left out.

    `kept`: rows that erasures left standing; one whose day has passed on `today` counts as a ruin again. One statement per owned table, whatever
    the rows; StoreFault where one fails. Not promised: rows in a circle of several tables, and what a uuid says.
    """
    stays = _by_place(kept, today)
    found: dict[tuple[str, str], int] = {}
    for name, store in estate.stores.items():
        if name not in stores or name not in catalogue.stores or store.kind == "backup":
            continue
        for table in store.tables.values():
            groups = _groups(stays.get((name, table.name), {}))
            statement = ruins_of(store, table, catalogue.stores[name], tuple(groups))
            if statement is None:
                continue
            keys = {str(number): rows for number, rows in enumerate(groups.values())}
            [(count,)] = stores[name].rows(statement, lambda param, key=table.key, keys=keys: values_of(key, keys, param))  # type: ignore[misc]
            if int(str(count)):
                found[name, table.name] = int(str(count))
    return found


def _by_place(kept: Iterable[KeptRows], today: date | None) -> dict[tuple[str, str], dict[Key, set[str]]]:
    """Which columns rightly stay, by place and key; two rules may keep one row."""
    found: dict[tuple[str, str], dict[Key, set[str]]] = {}
    for one in kept:
        if one.until is None or today is None or one.until > today:
            rows = found.setdefault((one.store, one.table), {})
            for key in one.keys:
                rows.setdefault(key, set()).update(one.rule.columns, _end_of(one))
    return found


def _end_of(kept: KeptRows) -> set[str]:
    """The column that the rule's end is counted from stays too."""
    if isinstance(kept.rule.ends, Lasts):
        return set(own_columns(kept.rule.ends.ends))
    return {kept.rule.ends.column} if isinstance(kept.rule.ends, DueAfter) else set()


def _groups(rows: Mapping[Key, set[str]]) -> dict[frozenset[str], list[Key]]:
    found: dict[frozenset[str], list[Key]] = {}
    for key, columns in rows.items():
        found.setdefault(frozenset(columns), []).append(key)
    return found
