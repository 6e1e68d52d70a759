"""What a map says of its columns, and what their values were seen to be, become findings where the two contradict.

Asked are columns that the map calls nobody's (a key, not personal, an event) and those of a category that values can prove. The values
themselves never come here. Not asked: links and identifiers, which may lead by an address; free text, which may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from upheld.engine.estate.drift.codes import Finding, found
from upheld.engine.estate.model import Category, Column, Event, Key, NotPersonal, StoreMap, Table

# Categories whose values have a shape or check digits, and what each is called.
SEEN = {
    "email-address": "e-mail addresses", "telephone-number": "telephone numbers", "bank-account": "bank accounts", "ip-address": "internet addresses",
    "mac-address": "addresses of devices", "payment-card-number": "payment cards", "user-agent": "what browsers call themselves",
    "password": "hashes of passwords", "official-id": "numbers that a state gives to people",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """What a column's sampled values are: `passed` of `of` distinct ones; no value."""

    leaf: str
    passed: int
    of: int


def asked(store: StoreMap) -> dict[str, Sequence[str]]:
    """The columns to look at, by the table's live name."""
    return {
        table.live_name: names
        for table in store.tables.values()
        if (names := [column.name for column in _claims(store, table)])
    }


def contradicted(store: StoreMap, seen: Mapping[tuple[str, str], Content]) -> Iterator[Finding]:
    """D137 of each column whose values are what the map says they are not."""
    for table in store.tables.values():
        for column in _claims(store, table):
            content = seen.get((table.live_name, column.name))
            if content is None or (isinstance(column.role, Category) and not _another(column.role.leaf, content)):
                continue
            some = f"{content.passed:,} of {content.of:,} sampled values" if content.passed < content.of else "its values"
            where = f"{table.live_name}.{column.name}"
            yield found(
                store, "D137", where, f"`{column.name}` of `{table.name}` is mapped as {_said(column)}, and {some} are {SEEN[content.leaf]}.",
                f"Write `{column.name}: {content.leaf}` under `columns` of `{table.name}` in {store.file} (or `{{free-text: review}}` where they stand "
                f"among words), and plan again; or, if it is meant, say why: `attested: {{values {where}: reason}}`.",
                line=column.line or table.line,
            )  # fmt: skip


def _claims(store: StoreMap, table: Table) -> list[Column]:
    leading = {name for link in table.owning for name in link.columns} | {link.column for link in table.identity}
    leading |= {one.column for one in table.identifies}
    return [
        column
        for column in table.columns
        if column.name not in leading
        and f"values {table.live_name}.{column.name}" not in store.attested
        and (
            isinstance(column.role, Key | NotPersonal)
            or (isinstance(column.role, Event) and column.role.leaf is None)
            or (isinstance(column.role, Category) and column.role.leaf in SEEN)
        )
    ]


def _another(leaf: str, content: Content) -> bool:
    """Whether all values are of another category than the one said; a few among others are a typing error."""
    return content.leaf != leaf and content.passed == content.of


def _said(column: Column) -> str:
    role = column.role
    if isinstance(role, Category):
        return f"`{role.leaf}`"
    return "a key" if isinstance(role, Key) else "an event" if isinstance(role, Event) else "not personal"
