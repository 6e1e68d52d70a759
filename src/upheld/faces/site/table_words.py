"""The map in words: each table under the anchor that the picture links to, whose its rows are, each column with what it holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upheld.engine.estate.draw import kinds_of_table
from upheld.engine.estate.model import (
    Catalogue,
    Column,
    Estate,
    Event,
    FreeText,
    IdentityLink,
    JsonPaths,
    Key,
    NotPersonal,
    StoreMap,
    Table,
    leaves_of,
)
from upheld.faces.board import words

ENGINES = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mariadb": "MariaDB"}
KINDS = {"primary": "", "derived": ", a copy", "backup": ", backups"}
FORMS = {"email/1": "e-mail", "phone/1": "telephone"}


@dataclass(frozen=True, slots=True)
class TableWords:
    """`anchor` is `store.table`; `rows` the database's own estimate; `kinds` are (code, words); `columns` (name, what it holds)."""

    anchor: str
    name: str
    rows: int | None
    whose: str
    kinds: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StoreWords:
    """`says` is engine, kind and place, as in `PostgreSQL, in Ireland`."""

    name: str
    says: str
    tables: tuple[TableWords, ...]


def stores_in_words(
    estate: Estate, catalogue: Catalogue | None = None, countries: Mapping[str, str] | None = None
) -> tuple[StoreWords, ...]:
    """Every store by name, its tables in the file's order."""
    return tuple(_store(estate.stores[name], catalogue, countries or {}) for name in sorted(estate.stores))


def _store(store: StoreMap, catalogue: Catalogue | None, countries: Mapping[str, str]) -> StoreWords:
    live = catalogue.stores.get(store.store) if catalogue else None
    tables = []
    for table in store.tables.values():
        found = live.tables.get(table.live_name) if live else None
        columns = tuple((column.name, _holds(column)) for column in table.columns)
        rows = None if found is None else found.estimate
        tables.append(
            TableWords(f"{store.store}.{table.name}", table.name, rows, whose(table), tuple(kinds_of_table(table)), columns)
        )
    by = f", at {store.handled_by.replace('-', ' ').title()}" if store.handled_by else ""
    place = countries.get(store.place, store.place)
    return StoreWords(store.store, f"{ENGINES[store.engine]}{KINDS[store.kind]}, in {place}{by}", tuple(tables))


def whose(table: Table) -> str:
    """Whose the rows are, as in `Of customers, by customer_id.`; the table's own people come first."""
    ways = [f"of {link.parent}, by {' and '.join(link.columns)}" for link in table.owning]
    ways += [f"of the {link.kind} with the same {_by(link)}" for link in table.identity]
    said = [f"each row is one {table.root.replace('-', ' ')}"] if table.root else []
    said += ["nobody’s"] if table.no_owner else ways
    said += ["a row may belong to two people"] if len(table.shared) > 1 else []
    said += [f"{words.number(len(table.undetermined))} not classified"] if table.undetermined else []
    return words.sentence("; ".join(said) or "not said")


def _by(link: IdentityLink) -> str:
    return FORMS.get(link.form, link.column)


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
