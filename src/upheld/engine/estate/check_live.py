"""One store's map and its live schema are compared: what is missing on either side, and what could never be carried out.

Reads the frozen snapshot, never a database. A rule here is a rule that the executor would otherwise break in the middle of a
transaction: cascades beyond the map, columns that take no other value, cycles that an engine cannot cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from upheld.engine.estate.codes import finding, nearest
from upheld.engine.estate.forms import FORMS, twin
from upheld.engine.estate.mariadb.check import check_mariadb
from upheld.engine.estate.model import (
    JsonPaths,
    Key,
    LiveColumn,
    LiveForeignKey,
    LiveTable,
    StoreCatalogue,
    StoreMap,
    Table,
    is_personal,
)
from upheld.engine.estate.replacements import Impossible, blanking, rekeying
from upheld.language.diagnostic import Diagnostic

Findings = Iterator[Diagnostic]
SEARCHED_ROWS = 10_000  # to read so many rows at every ask costs nobody anything


@dataclass(frozen=True, slots=True)
class _Place:
    """One mapped table beside its live one."""

    store: StoreMap
    table: Table
    live: LiveTable
    columns: dict[str, LiveColumn]

    def fault(self, code: str, detail: str, help: str, suggestion: str | None = None, line: int | None = None) -> Diagnostic:
        return finding(code, self.store.file, self.table.line if line is None else line, detail, help, suggestion)

    def named(self, column: str) -> str:
        return f"`{self.store.store}.{self.table.name}.{column}`"


def check_store_live(store: StoreMap, live: StoreCatalogue | None) -> Findings:
    """Every difference and impossibility of one store, given its snapshot; E311 if there is none of this engine."""
    if live is None or live.engine != store.engine:
        why = "no snapshot" if live is None else f"a snapshot of {live.engine}, while the file says {store.engine}"
        yield finding(
            "E311", store.file, store.line, f"estate.lock holds {why} of store `{store.store}`.", "Scan the store again: `upheld scan`."
        )  # fmt: skip
        return
    yield from _unmapped(store, live)
    places = []
    for table in store.tables.values():
        found = live.tables.get(table.live_name)
        if found is None:
            yield finding(
                "E302", store.file, table.line, f"Store `{store.store}` has no table `{table.live_name}`.",
                "Correct the name, or take the table out of the file.", nearest(table.live_name, live.tables),
            )  # fmt: skip
        else:
            places.append(_Place(store, table, found, {column.name: column for column in found.columns}))
    incoming = _incoming(live)
    for place in places:
        yield from _columns(place)
        if place.table.has_effects:
            yield from _target(place)
            yield from _triggers(place)
            yield from _links(place, live)
            yield from _cascades(place, incoming.get(place.live.name, []))
            yield from _replacements(place, incoming.get(place.live.name, []), live.tables)
    if store.engine == "mariadb":
        yield from _hard_cycles(places)
        yield from check_mariadb(store, live)


def _unmapped(store: StoreMap, live: StoreCatalogue) -> Findings:
    mapped = {table.live_name for table in store.tables.values()} | set(store.not_covered) | set(store.derived)
    for name in store.derived:
        if name not in live.tables or live.tables[name].kind != "materialised view":
            yield finding(
                "E353", store.file, store.line, f"`derived` of store `{store.store}` names `{name}`.",
                "Name a materialised view; another copy of the data is mapped like any table.",
                nearest(name, [t.name for t in live.tables.values() if t.kind == "materialised view"]),
            )  # fmt: skip
    for table in live.tables.values():
        if table.name in mapped or table.kind == "view" or _part_of_mapped(table, live, mapped):
            continue
        yield finding(
            "E301", store.file, store.line, f"`{store.store}.{table.name}` ({table.kind}) exists, and {store.file} does not mention it.",
            f"Add it under `tables:` with its columns, or under `not-covered:` as `{table.name}: reason`."
            + (" A materialised view that repeats personal data stands under `derived:`." if table.kind == "materialised view" else ""),
        )  # fmt: skip


def _part_of_mapped(table: LiveTable, live: StoreCatalogue, mapped: set[str]) -> bool:
    while table.part_of and table.part_of not in mapped and table.part_of in live.tables:
        table = live.tables[table.part_of]
    return table.part_of in mapped


Incoming = list[tuple[LiveTable, LiveForeignKey]]


def _incoming(live: StoreCatalogue) -> dict[str, Incoming]:
    found: dict[str, Incoming] = {}
    for table in live.tables.values():
        for key in table.foreign_keys:
            found.setdefault(key.target, []).append((table, key))
    return found


# ---- columns and kinds ----------------------------------------------------------------------------------------------


def _columns(place: _Place) -> Findings:
    mapped = {column.name: column.line for column in place.table.columns} | dict(place.table.undetermined)
    for name, line in mapped.items():
        if name not in place.columns:
            yield place.fault(
                "E303", f"{place.named(name)} does not exist.", "Correct the name, or take the column out of the file.",
                nearest(name, place.columns), line,
            )  # fmt: skip
    for column in place.live.columns:
        if column.name not in mapped:
            file, line = place.store.file, place.table.line
            yield place.fault(
                "E107",
                f"{place.named(column.name)} ({column.type}) is in the live schema and not in {file}.",
                f"In {file}, add to `columns` of `{place.table.name}` (line {line}) what it holds: "
                f"`{column.name}: {_example(place.live, column)}`.",
            )


def _example(table: LiveTable, column: LiveColumn) -> str:
    if column.name in table.primary_key or any(column.name in key.columns for key in table.foreign_keys):
        return "key"
    if column.family in ("date", "timestamp"):
        return "{event: name}` or `{not-personal: reason}"
    if column.family == "json":
        return "{json: {$.path: category}, others: {not-personal: reason}}"
    return (
        "a-category`, `{free-text: review}` or `{not-personal: reason}" if column.family == "text" else "{not-personal: reason}"
    )


def _target(place: _Place) -> Findings:
    live, table = place.live, place.table
    if live.kind in ("view", "materialised view", "foreign"):
        yield place.fault(
            "E304", f"`{place.store.store}.{table.name}` is a {live.kind}{' table' if live.kind == 'foreign' else ''}.",
            "Map the tables it reads from; put this one under `not-covered:` with the reason.",
        )  # fmt: skip
        return
    unique = [set(live.primary_key)] if live.primary_key else []
    unique += [
        set(index.columns)
        for index in live.indexes
        if index.unique
        and not index.partial
        and all(name in place.columns and not place.columns[name].nullable for name in index.columns)
    ]
    if table.key and not any(columns <= set(table.key) for columns in unique):
        held = f"its primary key is `{', '.join(live.primary_key)}`" if live.primary_key else "it has no primary key"
        yield place.fault(
            "E305", f"`key` of `{table.name}` is `{', '.join(table.key)}`, but {held} and no unique NOT NULL index covers it.",
            "Use the live key; a table without any needs one before it can be mapped with links.",
        )  # fmt: skip


def _triggers(place: _Place) -> Findings:
    declared = {rule.name for rule in place.table.triggers}
    live = {trigger.name for trigger in place.live.triggers}
    for trigger in place.live.triggers:
        if trigger.name not in declared:
            yield place.fault(
                "E306", f"Trigger `{trigger.name}` runs on {', '.join(trigger.events)} of `{place.table.name}`; it could copy what is erased.",
                f"Add `triggers: {{{trigger.name}: {{copies-to: table}}}}` to `{place.table.name}`, or `harmless: reason`, or `blocks`.",
            )  # fmt: skip
    for name in place.live.publications:
        if name not in declared:
            yield place.fault(
                "E313", f"Publication `{name}` sends the rows of `{place.table.name}`, as they were, to another place.",
                f"Add `triggers: {{{name}: {{harmless: reason}}}}` to `{place.table.name}`, and map the place as a derived store.",
            )  # fmt: skip
    for name in sorted(declared - live - set(place.live.publications)):
        yield place.fault(
            "E312", f"`{place.table.name}` has no trigger or publication `{name}`.", "Take it out of the file, or correct the name.",
            nearest(name, live),
        )  # fmt: skip


# ---- links ----------------------------------------------------------------------------------------------------------


def _links(place: _Place, live: StoreCatalogue) -> Findings:
    for link in place.table.owning:
        parent = place.store.tables.get(link.parent)
        parent_live = live.tables.get(parent.live_name) if parent else None
        if parent_live is None or any(name not in place.columns for name in link.columns):
            continue
        targets = {column.name: column for column in parent_live.columns}
        for name, target in zip(link.columns, link.parent_columns, strict=False):
            if target in targets and not _comparable(place.columns[name], targets[target]):
                yield place.fault(
                    "E309", f"{place.named(name)} is {place.columns[name].type}, `{link.parent}.{target}` is {targets[target].type}.",
                    "Link columns of one type; the engine would refuse the comparison, or read every row.", line=link.line,
                )  # fmt: skip
        if not _indexed(place, link.columns):
            yield _missing_index(place, link.columns, link.line)
        if place.table.erasure == "cut" and not any(place.columns[name].nullable for name in link.columns):
            yield place.fault(
                "E402", f"`erasure: cut` would set {place.named(link.columns[0])} to NULL, and it is NOT NULL.",
                "Use `erasure: blank` or `delete`, or let the column take NULL.", line=link.line,
            )  # fmt: skip
    identifiers = [(i.column, i.form, place.table.line) for i in place.table.identifies]
    for column, form, line in identifiers + [(i.column, i.form, i.line) for i in place.table.identity]:
        yield from _identifier(place, column, form, line)


def _identifier(place: _Place, column: str, form: str, line: int) -> Findings:
    if column not in place.columns or form not in FORMS:
        return
    if form != "exact/1" and place.columns[column].family not in ("text", "other"):
        yield place.fault(
            "E309",
            f"{place.named(column)} is {place.columns[column].type}, and `{form}` is text.",
            "Name a text column.",
            line=line,
        )
    if place.store.engine == "mariadb":
        return  # its index stands on a column of its own: `mariadb.check`
    if form == "exact/1" and _indexed(place, (column,)):
        return
    found = twin(form, place.store.engine, _quoted(column))
    if not _stands_on(place, found.key):
        yield _missing_index(place, (column,), line, found.key)
    if found.may_be_odd and place.live.estimate > SEARCHED_ROWS and not _stands_on(place, found.odd):
        table = ".".join(_quoted(part) for part in place.table.live_name.split("."))
        yield place.fault(
            "E351", f"Every ask reads `{place.table.name}` whole for values of `{column}` in an unusual writing.",
            f"Create it: CREATE INDEX {_quoted(f'{place.table.name}_{column}_odd')} ON {table} (({found.odd}));", line=line,
        )  # fmt: skip


def _stands_on(place: _Place, expression: str) -> bool:
    return any(index.columns and not index.partial and _same(index.columns[0], expression) for index in place.live.indexes)


def _comparable(one: LiveColumn, other: LiveColumn) -> bool:
    families = {"number" if column.family == "integer" else column.family for column in (one, other)}
    return len(families) == 1 or "other" in families


def _indexed(place: _Place, columns: tuple[str, ...]) -> bool:
    offered = [place.live.primary_key, *(index.columns for index in place.live.indexes if not index.partial)]
    return any(set(found[: len(columns)]) == set(columns) for found in offered)


def _missing_index(place: _Place, columns: tuple[str, ...], line: int, key: str = "") -> Diagnostic:
    name = f"{place.table.name}_{'_'.join(columns)}"
    on_mariadb = place.store.engine == "mariadb"  # where a double quote begins a text, unless somebody says otherwise
    named = _ticked if on_mariadb else _quoted
    table = ".".join(named(part) for part in place.table.live_name.split("."))
    what = f"({key})" if key else ", ".join(named(column) for column in columns)
    ending = " ALGORITHM=INPLACE LOCK=NONE" if on_mariadb else ""
    return place.fault(
        "E308", f"Rows of `{place.table.name}` are found by `{', '.join(columns)}`, and no index leads there.",
        f"Create it: CREATE INDEX {named(name)} ON {table} ({what}){ending};", line=line,
    )  # fmt: skip


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _ticked(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else "`" + name.replace("`", "``") + "`"


def _same(one: str, other: str) -> bool:
    """Whether two index expressions are the same but for case of words, casts, spaces, parentheses and NORMALIZE's default."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return re.sub(r"::text|,\s*'?nfc'?|[\s()\"]", "", text.lower())


# ---- effects --------------------------------------------------------------------------------------------------------


def _cascades(place: _Place, incoming: Incoming) -> Findings:
    if place.table.erasure != "delete":
        return
    mapped = {table.live_name: table for table in place.store.tables.values()}
    for child, key in incoming:
        if key.on_delete not in ("cascade", "set null", "set default") or child.name == place.live.name or child.part_of:
            continue
        table = mapped.get(child.name)
        if table is None:
            yield place.fault(
                "E307", f"Deleting from `{place.table.name}` is ON DELETE {key.on_delete.upper()} for `{child.name}`, which is not mapped.",
                f"Map `{child.name}`, also if it holds no personal data.",
            )  # fmt: skip
            continue
        owned = any(link.parent == place.table.name and set(link.columns) == set(key.columns) for link in table.owning)
        fixed = all(not column.nullable for column in child.columns if column.name in key.columns)
        # A nullable link is cut before the delete, so that the cascade finds nothing.
        if not owned and key.on_delete == "cascade" and fixed:
            yield place.fault(
                "E307", f"Deleting from `{place.table.name}` also deletes rows of `{child.name}`, which no link says it owns.",
                f"Add `{', '.join(key.columns)}: {{owning: {place.table.name}}}` to `links` of `{child.name}`, or change the key's action.",
            )  # fmt: skip


def _replacements(place: _Place, incoming: Incoming, tables: Mapping[str, LiveTable]) -> Findings:
    blanked = _blanked(place)
    referenced = frozenset(name for _, key in incoming for name in key.target_columns)
    for column in place.table.columns:
        live = place.columns.get(column.name)
        if column.name not in blanked or live is None:
            continue
        if live.generated:
            if live.default and not any(re.search(rf"\b{re.escape(name)}\b", live.default) for name in blanked - {column.name}):
                yield place.fault(
                    "E404", f"{place.named(column.name)} is computed from columns that are not blanked.",
                    "Classify one of its sources as personal, or map the column as `{not-personal: reason}`.", line=column.line,
                )  # fmt: skip
            continue
        found = blanking(place.live, column.name, referenced)
        if isinstance(found, Impossible) and column.name in place.live.primary_key and not place.table.shared:
            found = rekeying(tables, place.live.name, column.name, place.store.engine)
        if isinstance(found, Impossible):
            code = "E403" if column.name in {*place.live.primary_key, *place.live.partition_key, *referenced} else "E401"
            yield place.fault(
                code, f"{place.named(column.name)} would be blanked, but {found.why}.",
                "Use `erasure: delete` for the table, let the column take NULL, or drop the constraint.", line=column.line,
            )  # fmt: skip


def _blanked(place: _Place) -> set[str]:
    """Columns that erasure as stated blanks; JSON paths are removed from their document and need no value."""
    table = place.table
    if table.shared:
        named = {name for rule in table.shared.values() if rule.erasure != "keep" for name in rule.mine}
    elif table.erasure == "delete":
        named = set()
    else:
        named = {column.name for column in table.columns if is_personal(column.role)}
    whole = {column.name for column in table.columns if not isinstance(column.role, JsonPaths | Key)}
    return named & whole


def _hard_cycles(places: list[_Place]) -> Findings:
    """MariaDB judges row by row: a cycle of NOT NULL keys between deleted tables can be neither cut nor deleted."""
    deleted = {place.live.name: place for place in places if place.table.has_effects and place.table.erasure == "delete"}
    edges = {
        name: {
            key.target
            for key in place.live.foreign_keys
            if key.target in deleted
            and all(not place.columns[column].nullable for column in key.columns if column in place.columns)
        }
        for name, place in deleted.items()
    }
    for name, place in deleted.items():
        reached, todo = set[str](), [*edges[name]]
        while todo:
            at = todo.pop()
            if at not in reached:
                reached.add(at)
                todo.extend(edges[at])
        if name in reached:
            yield place.fault(
                "E310", f"`{name}` is in a cycle of NOT NULL foreign keys, and {place.store.engine} checks keys row by row.",
                "Let one foreign key of the cycle take NULL.",
            )  # fmt: skip
