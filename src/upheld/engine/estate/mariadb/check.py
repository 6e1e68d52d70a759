"""What a MariaDB estate must keep to beyond what every estate does: transactions, no old versions of rows, one way of comparing a link's texts.

Measured: a collation such as utf8mb4_general_ci takes `jose`, `José` and `jose ` for one value. A link of texts is followed as the engine
compares them, which is sound where both ends compare alike and the parent's column is unique under that very collation.
"""

from __future__ import annotations

from collections.abc import Iterator

from upheld.engine.estate.codes import finding
from upheld.engine.estate.forms import FORMS
from upheld.engine.estate.mariadb.key_columns import creating, is_found
from upheld.engine.estate.model import LiveTable, OwningLink, StoreCatalogue, StoreMap, Table
from upheld.language.diagnostic import Diagnostic

TRANSACTIONAL = ("", "INNODB", "ROCKSDB", "VERSIONED")


def check_mariadb(store: StoreMap, live: StoreCatalogue) -> Iterator[Diagnostic]:
    """Every finding of one store; tables that either side lacks are found elsewhere."""
    for table in store.tables.values():
        found = live.tables.get(table.live_name)
        if found is None or not table.has_effects:
            continue
        yield from _storage(store, table, found)
        yield from _identifiers(store, table, found)
        for link in table.owning:
            parent = store.tables.get(link.parent)
            target = live.tables.get(parent.live_name) if parent else None
            if target is not None:
                yield from _compared(store, table, found, link, target)


def unfit(live: LiveTable) -> str:
    """Why no erasure can be carried out on a table that is kept so; empty if it can."""
    if live.storage.upper() not in TRANSACTIONAL:
        return f"is kept by {live.storage}, which has no transactions"
    return "keeps the old version of every row that is changed (SYSTEM VERSIONING)" if live.storage == "versioned" else ""


def _storage(store: StoreMap, table: Table, live: LiveTable) -> Iterator[Diagnostic]:
    why = unfit(live)
    if not why:
        return
    code = "E421" if live.storage == "versioned" else "E420"
    remedy = (
        f"ALTER TABLE {table.name} DROP SYSTEM VERSIONING; or put the table under `not-covered:` with the reason."
        if code == "E421"
        else f"ALTER TABLE {table.name} ENGINE = InnoDB; what is half done could not be taken back."
    )
    yield finding(code, store.file, table.line, f"`{store.store}.{table.name}` {why}.", remedy)


def _identifiers(store: StoreMap, table: Table, live: LiveTable) -> Iterator[Diagnostic]:
    columns = {column.name for column in live.columns}
    searched = [(i.column, i.form, table.line) for i in table.identifies] + [(i.column, i.form, i.line) for i in table.identity]
    for column, form, line in searched:
        if column in columns and form in FORMS and not is_found(live, column, form):
            yield finding(
                "E308", store.file, line, f"Rows of `{table.name}` are found by `{column}`, and no index leads there.",
                f"Create it: {creating(table.live_name, column, form)}",
            )  # fmt: skip


def _compared(store: StoreMap, table: Table, live: LiveTable, link: OwningLink, target: LiveTable) -> Iterator[Diagnostic]:
    ours, theirs = {c.name: c for c in live.columns}, {c.name: c for c in target.columns}
    for name, at in zip(link.columns, link.parent_columns, strict=False):
        if name not in ours or at not in theirs or ours[name].family != "text" or theirs[at].family != "text":
            continue
        place = f"`{store.store}.{table.name}.{name}`"
        if ours[name].collation != theirs[at].collation:
            why = f"{place} is compared by {ours[name].collation}, `{link.parent}.{at}` by {theirs[at].collation}: a row could be two people's."
        elif not _is_unique(target, link.parent_columns):
            why = f"{place} leads to `{link.parent}.{at}`, whose values may repeat, by {ours[name].collation}: a row could be two people's."
        else:
            continue
        yield finding("E422", store.file, link.line, why, "Give both columns one collation, and the parent's a unique index.")


def _is_unique(live: LiveTable, columns: tuple[str, ...]) -> bool:
    """Letters that the collation takes for one cannot be in two rows; a binary collation takes none for one."""
    if all(live.column(name).collation.endswith("_bin") for name in columns if live.column(name).family == "text"):
        return True
    unique = [set(index.columns) for index in live.indexes if index.unique and not index.partial]
    return any(found <= set(columns) for found in unique)
