"""JSON lines become subjects: one person a line, by verified identifiers or by key. A fault names the line, never what stands in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from upheld.engine.estate.model import Estate, Identifier, StoreMap, Table
from upheld.engine.execution.bind import Subject
from upheld.faces.app.errors import Unusable

MOST_SUBJECTS = 100_000
TENANT = "tenant"
HELP = 'Write one person a line: {"email": "ada@example.test"} or {"table": "shop.customers", "key": {"id": 7}}.'


def read_subjects(lines: Sequence[str], estate: Estate) -> list[Subject]:
    """A subject for each line that is not blank, in order. Unusable (X203) names the line and what is wrong with it."""
    asked = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not asked:
        raise Unusable("X203", "There is nobody in the file.", HELP)
    if len(asked) > MOST_SUBJECTS:
        raise Unusable("X203", f"There are more than {MOST_SUBJECTS:,} people in the file.", "Split it into several asks.")
    ways = _ways(estate)
    return [_subject(number, line, estate, ways) for number, line in asked]


Ways = dict[str, list[tuple[str, Identifier]]]  # column → (kind, identifier)


def _ways(estate: Estate) -> Ways:
    ways: Ways = {}
    for store in estate.stores.values():
        for table in store.tables.values():
            for identifier in table.identifies if table.root else ():
                ways.setdefault(identifier.column, []).append((table.root or "", identifier))
    return ways


def _way(name: str, ways: Ways) -> str | None:
    """The column that is meant: as it is written, or the only one that is written so but for case and signs (`email`, `Email`)."""
    if name in ways:
        return name
    alike = [column for column in ways if _plain(column) == _plain(name)]
    return alike[0] if len(alike) == 1 else None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()


def _subject(number: int, line: str, estate: Estate, ways: Ways) -> Subject:
    said = said_by(number, line)
    keys = _keys(number, said, estate)
    identifiers = []
    for name, value in said.items():
        if name in ("table", "key", "kind", "tenant"):
            continue
        column = _way(name, ways)
        if column is None:
            raise unusable(number, f"`{_safe(name)}` identifies nobody in this estate; known are {', '.join(sorted(ways))}")
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise unusable(number, f"`{name}` is not a text")
        if not str(value).strip() or "\0" in str(value):
            raise unusable(number, f"`{name}` is blank, or no text that a store can hold")
        identifiers += [(kind, one.form, str(value)) for kind, one in ways[column] if said.get("kind") in (None, kind)]
    if not keys and not identifiers:
        raise unusable(number, "it names neither an identifier nor a key")
    return Subject(f"line {number}", keys, tuple(dict.fromkeys(identifiers)), tenant=_tenant(number, said, estate))


def has_tenants(estate: Estate) -> bool:
    """Whether rows are held for clients who decide about them."""
    return any(theirs_of(store) for store in estate.stores.values())


def theirs_of(store: StoreMap) -> dict[str, Table]:
    """The tables of people that the store holds for clients."""
    return {name: table for name, table in store.tables.items() if table.tenant}


def _tenant(number: int, said: dict[str, Any], estate: Estate) -> str | None:
    """The client on whose instruction the line asks; None where it names none, or `""` where somebody asks the firm herself."""
    if "tenant" not in said:
        return None
    value = said["tenant"]
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise unusable(number, "`tenant` is no name of a client")
    if not has_tenants(estate):
        raise unusable(number, "it names a tenant, and no table of the estate says `tenant:`")
    return str(value)


def said_by(number: int, line: str) -> dict[str, Any]:
    """The JSON object of a line. Unusable (X203) where it is none, or holds what no database can."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise unusable(number, "it is no JSON") from None
    if not _is_text(said):
        raise unusable(number, "it holds characters that no text of a database can hold (NUL, or half of a pair)")
    if not isinstance(said, dict):
        raise unusable(number, "it is no JSON object")
    return said


def _is_text(said: object) -> bool:
    """Whether every text in it can be sent to a database: no NUL, no lone surrogate."""
    try:
        return b"\\u0000" not in json.dumps(said, ensure_ascii=False).encode("utf-8").replace(b"\\\\", b"")
    except UnicodeEncodeError:
        return False


def _keys(number: int, said: dict[str, Any], estate: Estate) -> dict[tuple[str, str], tuple[tuple[object, ...], ...]]:
    if "table" not in said and "key" not in said:
        return {}
    store, _, table = str(said.get("table", "")).partition(".")
    if store not in estate.stores:
        raise unusable(number, f"there is no store `{_safe(store)}`; known are {', '.join(sorted(estate.stores))}")
    if table not in estate.stores[store].tables:
        raise unusable(number, f"{store} has no mapped table `{_safe(table)}`")
    key = said.get("key")
    wanted = estate.stores[store].tables[table].key
    if not isinstance(key, dict) or set(key) != set(wanted):
        raise unusable(number, f"the key of {store}.{table} is {', '.join(wanted)}")
    return {(store, table): (tuple(key[column] for column in wanted),)}


def _safe(word: str) -> str:
    """A word that the person who typed the file will recognise, and that cannot be somebody's value: a name, or nothing."""
    return word if word.replace("_", "").replace("-", "").isalpha() and len(word) <= 40 else "…"


def unusable(number: int, reason: str) -> Unusable:
    """X203 for this line; `reason` never quotes a value."""
    return Unusable("X203", f"Line {number} of the subjects cannot be used: {reason}.", HELP)
