"""Generated people: from a store's map and live schema to rows for two invented persons, a token of the person in every text.

Pure. Person 0 is the canary, person 1 a stranger; where rows have two owners both stand in one. Parents that nobody owns get one row of
their own. A cell takes the smallest value that its type and a simple check allow. Not taken: copies of real rows; a canary must be
nobody.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from upheld.engine.estate.model import (
    Category,
    Event,
    FreeText,
    JsonPaths,
    LiveColumn,
    LiveTable,
    OwningLink,
    StoreCatalogue,
    StoreMap,
    Table,
    steps_of,
)

PEOPLE = ("ada", "bo")
NOBODY = "nobody"
KEY_BASE = 7_300_000_000
KEY_BASES = {
    **dict.fromkeys(("integer", "int4", "int", "serial"), 1_730_000_000), "mediumint": 7_300_000,
    **dict.fromkeys(("smallint", "int2", "smallserial"), 27_300), "tinyint": 73,
}  # fmt: skip
ALLOWED = re.compile(r"'((?:[^']|'')*)'")
PERSON_NAMES = {name: i for i, name in enumerate(PEOPLE)}


@dataclass(frozen=True, slots=True)
class Row:
    table: str
    person: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class _World:
    store: StoreMap
    live: StoreCatalogue
    run: str
    at: datetime
    keys: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    doing: set[tuple[str, str]] = field(default_factory=set)
    serial: int = 0


def token(run: str, person: str) -> str:
    """What stands in every text of this person, and nowhere else."""
    return f"canary{run}{person}"


def email(run: str, person: str) -> str:
    """The person's address; the same in every store, so that identity links meet."""
    return f"{token(run, person)}@example.test"


def rows_of(store: StoreMap, live: StoreCatalogue, run: str, at: datetime) -> tuple[Row, ...]:
    """Rows in an order that foreign keys allow, for every mapped table that is live and can be filled.

    `run` is lower-case hex, new for each run. Tables on a cycle of keys that cannot be NULL are left out.
    """
    world = _World(store, live, run, at)
    for name in sorted(store.tables, key=lambda n: (store.tables[n].root is None, n)):
        if store.tables[name].no_owner:
            continue  # nothing in it can be anybody's
        for person in PEOPLE:
            _fill(world, name, person)
            for link in _other_kinds(store.tables[name]):
                _fill(world, name, person, link)
    return tuple(world.rows)


def _other_kinds(table: Table) -> Iterator[OwningLink]:
    """Links to each further kind of parent, where a row has a parent of one kind or another: people of that kind have such rows too."""
    seen: set[tuple[str, ...]] = set()
    for link in table.owning:
        if link.when is not None and link.columns in seen and not table.shared:
            yield link
        seen.add(link.columns)


def _fill(world: _World, table: str, person: str, kind: OwningLink | None = None) -> dict[str, Any] | None:
    """The row of this table for this person, made with its parents first; None where it cannot be made. `kind`: a row more, that hangs on this parent."""
    place = (table, person) if kind is None else (f"{table} of {kind.parent}", person)
    if place in world.keys:
        return world.keys[place]
    live = world.live.tables.get(table)
    if live is None or live.kind not in ("table", "partitioned") or place in world.doing:
        return None
    world.doing.add(place)
    mapped = world.store.tables.get(table)
    values: dict[str, Any] = {}
    if mapped is not None and not _linked(world, mapped, person, values, kind):
        return None
    if not _referenced(world, live, person, values):
        return None
    for column in live.columns:
        if column.name not in values and not _made_by_engine(column):
            value = _value(world, mapped, live, column, person)
            values[column.name] = (
                f"{value} {kind.parent}" if kind and isinstance(value, str) and _is_unique(live, column.name) else value
            )
    world.keys[place] = values
    world.rows.append(Row(table, person, values))
    return values


def _linked(world: _World, mapped: Table, person: str, values: dict[str, Any], kind: OwningLink | None = None) -> bool:
    """Owning and identity links lead to this person, and in the second role of a shared row to the other one."""
    for link in mapped.owning:
        if any(column in values for column in link.columns) and link.when is not None:
            continue  # a row has one parent, of one kind or another
        if kind is not None and link is not kind and link.columns == kind.columns:
            continue
        owner = _owner(mapped, link, person)
        parent = _fill(world, link.parent, owner)
        if parent is None or any(column not in parent for column in link.parent_columns):
            if _may_be_null(world, mapped.name, link.columns):
                continue
            return False
        values |= dict(zip(link.columns, (parent[c] for c in link.parent_columns), strict=True))
        if link.when is not None:
            values[link.when[0]] = link.when[1]
    for identity in mapped.identity:
        if identity.form.startswith("email/"):
            first = not mapped.shared or identity.role == min(mapped.shared)
            values[identity.column] = email(world.run, person if first else _other(person))
    for identifier in mapped.identifies:
        if identifier.form.startswith("email/"):
            values[identifier.column] = email(world.run, person)
    return True


def _owner(mapped: Table, link: OwningLink, person: str) -> str:
    return person if not mapped.shared or link.role == min(mapped.shared) else _other(person)


def _other(person: str) -> str:
    return PEOPLE[1 - PERSON_NAMES[person]]


def _referenced(world: _World, live: LiveTable, person: str, values: dict[str, Any]) -> bool:
    """Foreign keys that are no link: to this person's row where the target is mapped, else to a row that nobody owns."""
    for key in live.foreign_keys:
        if all(column in values for column in key.columns):
            continue
        if key.target == live.name:
            values |= dict.fromkeys(key.columns)  # a row need not lead to its like
            continue
        parent = _fill(world, key.target, person if key.target in world.store.tables else NOBODY)
        if parent is None:
            if not _may_be_null(world, live.name, key.columns):
                return False
            values |= dict.fromkeys(key.columns)
        else:
            values |= {c: parent.get(t) for c, t in zip(key.columns, key.target_columns, strict=True)}
    return True


def _may_be_null(world: _World, table: str, columns: tuple[str, ...]) -> bool:
    live = world.live.tables.get(table)
    return live is not None and all(live.column(c).nullable for c in columns)


def _made_by_engine(column: LiveColumn) -> bool:
    made = (column.default or "").lower()
    return column.generated or "nextval" in made or "identity" in made


def _value(world: _World, mapped: Table | None, live: LiveTable, column: LiveColumn, person: str) -> Any:
    role = next((c.role for c in mapped.columns if c.name == column.name), None) if mapped else None
    allowed = _checked(live, column.name)
    if allowed is not None:
        return allowed
    if world.store.engine == "mariadb" and (said := _of_mariadb(world, column)) is not None:
        return said
    if isinstance(role, JsonPaths) or column.family == "json":
        return json.dumps(_document(role, token(world.run, person)))
    if isinstance(role, Event) or column.family in ("timestamp", "date"):
        return world.at.date().isoformat() if column.family == "date" else world.at.isoformat()
    if mapped is not None and mapped.shared:
        person = _writer(mapped, column.name, person)
    if column.family == "text":
        return _text(world, mapped, live, column, person, isinstance(role, Category | FreeText))
    return _plain(world, live, column)


def _of_mariadb(world: _World, column: LiveColumn) -> str | None:
    """A moment without its zone, which this engine's columns do not take; the first word of an enumeration."""
    if column.family == "timestamp":
        return world.at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")
    if column.type.startswith(("enum(", "set(")):
        return next(_literals(column.type), None)
    return None


def _writer(mapped: Table, column: str, person: str) -> str:
    """Who wrote a cell of a row of two owners: the owner whose own column it is, else nobody."""
    roles = [role for role, rule in mapped.shared.items() if column in rule.mine]
    if not roles:
        return NOBODY
    return person if roles[0] == min(mapped.shared) else _other(person)


def _plain(world: _World, live: LiveTable, column: LiveColumn) -> Any:
    world.serial += 1
    if column.family in ("integer", "number") and _is_unique(live, column.name):
        return _key_base(column.type) + world.serial
    return {
        "integer": 1, "number": 1, "boolean": True, "uuid": str(uuid.UUID(int=world.serial + (1 << 100))),
        "binary": world.run.encode(),
    }.get(column.family)  # fmt: skip


def _text(world: _World, mapped: Table | None, live: LiveTable, column: LiveColumn, person: str, personal: bool) -> str:
    if person == NOBODY:
        said = f"nobody {world.run}"
    elif personal:
        said = f"{token(world.run, person)} {live.name}.{column.name}"
    else:
        said = f"x{world.run}{PERSON_NAMES[person]}"
    if column.length is None or len(said) <= column.length:
        return said
    world.serial += 1
    return f"{world.serial:x}".rjust(column.length, "x")[-column.length :]


def _document(role: object, said: str) -> dict[str, Any] | list[dict[str, Any]]:
    """A document whose declared members hold the person's token: an object, or an array where every path says so."""
    document: dict[str, Any] = {}
    paths = [steps_of(path) for path in getattr(role, "paths", {})]
    is_array = bool(paths) and all(path[0] == "[*]" for path in paths)
    for path in paths:
        steps = path[1:] if is_array else path
        if steps[0] != "[*]":
            _put(document, steps, said)
    return [document] if is_array else document


def _put(inner: dict[str, Any], steps: tuple[str, ...], said: str) -> None:
    """The word at the path, in one element of each array on the way; an array of arrays is left out."""
    name, rest = steps[0], steps[1:]
    if not rest or rest == ("[*]",):
        inner[name] = [said] if rest else said
        return
    below = inner.setdefault(name, [{}] if rest[0] == "[*]" else {})
    if isinstance(below, list) and rest[0] == "[*]":
        below, rest = below[0], rest[1:]
    if isinstance(below, dict) and rest[0] != "[*]":
        _put(below, rest, said)


def _checked(live: LiveTable, column: str) -> str | None:
    """The first value that a check of the shape `column IN ('a', …)` allows."""
    for _, text in live.checks:
        if re.search(rf"\b{re.escape(column)}\b", text) and re.search(r"\bIN\b|ANY", text, re.IGNORECASE):
            found = next(iter(_literals(text)), None)
            if found is not None:
                return found
    return None


def _literals(text: str) -> Iterator[str]:
    for match in ALLOWED.finditer(text):
        yield match.group(1).replace("''", "'")


def _key_base(type_: str) -> int:
    """The number above which keys of this type are given out: as far from a firm's own as the type allows."""
    bare = type_.lower().split("(")[0].split(" ")[0]
    return KEY_BASES.get(bare, KEY_BASE)


def _is_unique(live: LiveTable, column: str) -> bool:
    return column in live.primary_key or any(index.unique and column in index.columns for index in live.indexes)
