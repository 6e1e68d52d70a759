"""One column's name and sample become a guess of what it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from upheld.engine.estate.model import LiveColumn, LiveTable
from upheld.engine.stores.scanning.model import Guess
from upheld.engine.stores.scanning.samples import Sample
from upheld.engine.stores.scanning.values import are_dates, by_name, by_values, is_free_text


def guesses_of(table: LiveTable, samples: Mapping[str, Sample], region: str) -> dict[str, Guess]:
    """A guess for every column of the table."""
    return {
        column.name: _column(table, column, list(samples.get(column.name, Sample()).values), region) for column in table.columns
    }


def _column(table: LiveTable, column: LiveColumn, values: list[str], region: str) -> Guess:
    shown = by_values(values, region) if column.family in ("text", "integer", "other") else None
    if shown and shown.degree == "proven":
        return shown
    if column.name in table.primary_key:
        return Guess("key", "proven", "primary key")
    if leads := [key.target for key in table.foreign_keys if column.name in key.columns]:
        return Guess("key", "proven", f"foreign key to {leads[0]}")
    if column.family == "json":
        return _json(values, region)
    named = by_name(column.name, values)
    if named and (column.family in ("text", "date", "timestamp", "other") or named.leaf in ("telephone-number", "location")):
        return shown if shown and shown.degree == "likely" else named
    text = is_free_text(column.name, values) if column.family == "text" else None
    if text and not shown:
        return text
    return _undetermined(column, values, shown)


def _undetermined(column: LiveColumn, values: Sequence[str], shown: Guess | None) -> Guess:
    said = f"{column.type or 'no declared type'}, {len(values):,} distinct values seen"
    if shown:
        said = f"{shown.why}, and nothing else says so"
    elif column.family in ("date", "timestamp") or are_dates(values):
        said += "; an event, a birth date, or not personal"
    return Guess("", "undetermined", said)


def _json(values: Sequence[str], region: str) -> Guess:
    """Members that hold an identifier in most documents become paths; the rest of a document is free text until read."""
    members: dict[str, list[str]] = {}
    for text in values:
        try:
            _walk(json.loads(text), "$", members)
        except (ValueError, RecursionError):
            continue
    paths = {path: guess.leaf for path, held in sorted(members.items()) if (guess := _member(path, held, region))}
    if not paths:
        return Guess("", "undetermined", f"{len(members):,} members seen, none proven personal; name paths and `others`")
    listed = ", ".join(f'"{path}": {leaf}' for path, leaf in paths.items())
    return Guess(
        f"{{json: {{{listed}}}, others: {{free-text: review}}}}",
        "likely",
        "members that hold identifiers; the rest is to be read",
    )


def _member(path: str, values: list[str], region: str) -> Guess | None:
    shown = by_values(list(dict.fromkeys(values)), region)
    return shown if shown and shown.degree == "proven" else by_name(path.rsplit(".", 1)[-1], values)


def _walk(value: object, path: str, members: dict[str, list[str]]) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(name, str) and name.replace("_", "a").replace("-", "a").isalnum():
                _walk(item, f"{path}.{name}", members)
    elif isinstance(value, str) and path != "$":
        members.setdefault(path, []).append(value)
