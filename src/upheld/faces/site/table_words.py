"""The map's tables in words: each table under the anchor that the picture links to, each column with what it holds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from upheld.engine.estate.model import Column, Estate, Event, FreeText, JsonPaths, Key, NotPersonal, leaves_of


@dataclass(frozen=True, slots=True)
class TableWords:
    """`anchor` is `store.table`; `columns` are (name, what it holds)."""

    anchor: str
    columns: tuple[tuple[str, str], ...]


def tables_in_words(estate: Estate) -> tuple[TableWords, ...]:
    """Every mapped table, by store and then in the file's order."""
    return tuple(
        TableWords(f"{name}.{table.name}", tuple((column.name, _holds(column)) for column in table.columns))
        for name, store in sorted(estate.stores.items())
        for table in store.tables.values()
    )


def _holds(column: Column) -> str:
    leaves = ", ".join(sorted(leaf.replace("-", " ") for leaf in leaves_of(column.role)))
    match column.role:
        case Key():
            return "key"
        case NotPersonal(reason=reason):
            return f"not personal: {reason}"
        case FreeText(rule=rule):
            return f"{leaves}, free text{', which a person reads before it leaves' if rule == 'review' else ''}"
        case Event(event=event):
            return f"when “{event.replace('-', ' ')}”" + (f" ({leaves})" if leaves else "")
        case JsonPaths():
            return f"document: {leaves}" if leaves else "document"
        case _:
            return leaves
