"""A Catalogue becomes `estate.lock` and comes back; two of them become differences in words.

The file is canonical JSON, one table a line, so that a review shows which tables changed. It holds schemas and row estimates,
never a row. Estimates are left out of `compare` as they are out of the fingerprint. Pure: text in, text out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

from upheld.engine.estate.model import (
    Catalogue,
    LiveColumn,
    LiveForeignKey,
    LiveIndex,
    LiveTable,
    LiveTrigger,
    StoreCatalogue,
)

VERSION = 1


def write_lock(catalogue: Catalogue) -> str:
    """The text of `estate.lock`: same catalogue, same text; stores and tables by name."""
    lines = [f'{{"upheld-lock": {VERSION}, "stores": {{']
    stores = sorted(catalogue.stores.values(), key=lambda store: store.store)
    for store in stores:
        head = {"engine": store.engine, "version": store.version, "fingerprint": store.fingerprint}
        lines.append(f'{_json(store.store)}: {_json(head)[:-1]}, "tables": {{')
        tables = [f"{_json(name)}: {_json(_bare(store.tables[name]))}" for name in sorted(store.tables)]
        lines.append(",\n".join(tables))
        lines.append("}}," if store is not stores[-1] else "}}")
    return "\n".join([*lines, "}}"]) + "\n"


def read_lock(text: str) -> Catalogue:
    """The Catalogue of `write_lock`'s text. ValueError, with a sentence, where the text is no lock of this version."""
    try:
        said = json.loads(text)
        if said.get("upheld-lock") != VERSION:
            raise ValueError("estate.lock is of another version; scan the stores again.")
        return Catalogue({name: _store(name, store) for name, store in said["stores"].items()})
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError("estate.lock cannot be read; scan the stores again.") from error


def compare(old: Catalogue, new: Catalogue) -> tuple[str, ...]:
    """What differs, a sentence each, by store, table and part, in order of name. Estimates never differ."""
    said = []
    for name in sorted({*old.stores, *new.stores}):
        before, after = old.stores.get(name), new.stores.get(name)
        if before is None or after is None:
            said.append(f"{name}: the store {'is new' if before is None else 'is gone'}.")
        elif before.fingerprint != after.fingerprint:
            found = list(_tables(name, before.tables, after.tables))
            said.extend(found or [f"{name}: the schema changed in a part that the snapshot does not name."])
    return tuple(said)


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _bare(table: LiveTable) -> dict[str, Any]:
    """A table without what is empty, so that a review is not lost among defaults."""
    return {key: value for key, value in _unfalse(asdict(table)).items() if key != "name"}


def _unfalse(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _unfalse(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, False, "", 0, [], {})}
    return [_unfalse(item) for item in value] if isinstance(value, list | tuple) else value


def _store(name: str, said: Mapping[str, Any]) -> StoreCatalogue:
    tables = {table: _table(table, parts) for table, parts in said["tables"].items()}
    return StoreCatalogue(name, said["engine"], said["version"], tables, said["fingerprint"])


def _table(name: str, said: Mapping[str, Any]) -> LiveTable:
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    plain["columns"] = tuple(LiveColumn(**{"nullable": False, "type": "", **column}) for column in said.get("columns", ()))
    plain["foreign_keys"] = tuple(LiveForeignKey(**_tuples(key)) for key in said.get("foreign_keys", ()))
    plain["indexes"] = tuple(LiveIndex(**{"unique": False, **_tuples(index)}) for index in said.get("indexes", ()))
    plain["triggers"] = tuple(LiveTrigger(**_tuples(trigger)) for trigger in said.get("triggers", ()))
    for pairs in ("checks", "policies"):
        plain[pairs] = tuple((name, text) for name, text in said.get(pairs, ()))
    return LiveTable(name=name, **{"primary_key": (), **plain})


def _tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}


# ---- differences ----------------------------------------------------------------------------------------------------


def _tables(store: str, before: Mapping[str, LiveTable], after: Mapping[str, LiveTable]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        where = f"{store}.{name}"
        if name not in after or name not in before:
            yield f"{where}: the table is {'gone' if name not in after else 'new'}."
        else:
            yield from _table_differences(where, before[name], after[name])


def _table_differences(where: str, before: LiveTable, after: LiveTable) -> Iterator[str]:
    for what, part in _PARTS.items():
        olds, news = _named(getattr(before, part)), _named(getattr(after, part))
        for name in sorted({*olds, *news}):
            if name not in news:
                yield f"{where}: {what} `{name}` is gone."
            elif name not in olds:
                yield f"{where}: {what} `{name}` is new."
            elif olds[name] != news[name]:
                yield f"{where}: {what} `{name}` changed{_how(olds[name], news[name])}."
    for field in ("primary_key", "kind", "row_security", "row_forced", "publications", "part_of", "partition_key", "storage"):
        if getattr(before, field) != getattr(after, field):
            yield f"{where}: the {field.replace('_', ' ')} changed."


_PARTS = {
    "column": "columns",
    "foreign key": "foreign_keys",
    "index": "indexes",
    "check": "checks",
    "trigger": "triggers",
    "policy": "policies",
}


def _named(parts: tuple[Any, ...]) -> dict[str, Any]:
    return (
        {part[0]: part[1] for part in parts} if parts and isinstance(parts[0], tuple) else {part.name: part for part in parts}
    )


def _how(before: Any, after: Any) -> str:
    if isinstance(before, str):
        return ""
    changed = [field.name for field in fields(before) if getattr(before, field.name) != getattr(after, field.name)]
    return " in " + ", ".join(name.replace("_", " ") for name in changed)
