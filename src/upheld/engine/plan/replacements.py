"""A column that must be blanked becomes its replacement: NULL, a token per row, a neutral value, or a document's removed members.

Chosen from type, nullability, uniqueness and checks of the live column alone; what cannot be chosen is refused before a
plan is shown. Checks are read in the few shapes whose effect on a token is certain; any other check refuses. Not taken:
trying values in the firm's database at plan time.
"""

from __future__ import annotations

import re

from upheld.engine.estate.model import FreeText, JsonPaths, LiveColumn, LiveTable, NotPersonal, Role
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Refused, RemovePaths, Replacement, SetNull, SetToken, SetValue

TOKEN_HEX = 32  # 128 bits
SHORTEST_UNIQUE_TOKEN = 12
_NEUTRAL: dict[str, str | int | bool] = {
    "integer": 0,
    "number": 0,
    "boolean": False,
    "date": "1970-01-01",
    "timestamp": "1970-01-01 00:00:00",
}
_PASSES_ANY_TOKEN = re.compile(
    r"""^\W*(?:"?\w+"?(?:::\w+)?\W*(?:<>|!=)\W*'' ?(?:::[\w ]+)?|(?:char_|character_)?length\W+"?\w+"?(?:::\w+)?\W*>=?\W*[0-9]|"?\w+"?\W+is\s+not\s+null)\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_LIST = re.compile(r"(=\s*ANY\s*\(|\bIN\s*\()", re.IGNORECASE)


def choose(place: str, table: LiveTable, column: LiveColumn, role: Role) -> Replacement | Refused | None:
    """What `column` is blanked with; None for a generated column, which is never written. `place` is store.table.column."""
    if column.generated:
        return None
    if column.name in table.primary_key:
        return refused("L102", f"{place} is part of the primary key", "Erase rows of this table with `erasure: delete`.")
    if isinstance(role, JsonPaths):
        return _removal(role)
    checks = [text for _, text in table.checks if re.search(rf"\b{re.escape(column.name)}\b", text)]
    if column.nullable and not any(re.search(r"is\s+not\s+null", text, re.IGNORECASE) for text in checks):
        return SetNull()
    if any(column.name in key.columns for key in table.foreign_keys):
        return refused("L102", f"{place} is a NOT NULL foreign key", "Make the column nullable, or delete the rows.")
    return _value(place, table, column, checks)


def is_unique(table: LiveTable, column: str) -> bool:
    """Whether any unique index or constraint has this column, by name or inside an expression."""
    word = re.compile(rf"\b{re.escape(column)}\b")
    return any(index.unique and any(word.search(c) for c in index.columns) for index in table.indexes)


def _removal(role: JsonPaths) -> RemovePaths:
    personal = tuple(sorted(p for p, r in role.paths.items() if not isinstance(r, NotPersonal)))
    staying = tuple(sorted(p for p, r in role.paths.items() if isinstance(r, NotPersonal)))
    return RemovePaths(personal, isinstance(role.others, FreeText), staying)


def _value(place: str, table: LiveTable, column: LiveColumn, checks: list[str]) -> Replacement | Refused:
    unique = is_unique(table, column.name)
    if column.family == "text":
        return _token(place, column, checks, unique)
    if column.family == "uuid" and not checks:
        return SetToken(TOKEN_HEX)
    if column.family in _NEUTRAL and not unique and not checks:
        return SetValue(_NEUTRAL[column.family])
    if column.family == "json" and not unique and not checks:
        return SetValue("{}")
    why = "unique" if unique else "checked" if checks else f"of type {column.type}"
    return refused("L102", f"{place} is NOT NULL and {why}", "Make the column nullable, or erase its rows with `delete`.")


def _token(place: str, column: LiveColumn, checks: list[str], unique: bool) -> Replacement | Refused:
    length = min(column.length or TOKEN_HEX, TOKEN_HEX)
    if not all(_PASSES_ANY_TOKEN.match(text) for text in checks):
        words = [_LITERAL.search(text) for text in checks if _LIST.search(text)]
        if len(checks) == 1 and words and words[0] and not unique:
            return SetValue(words[0][1].replace("''", "'"))
        return refused("L102", f"{place} has a check that no replacement is sure to pass", "Make the column nullable.")
    if unique and length < SHORTEST_UNIQUE_TOKEN:
        return refused("L102", f"{place} is unique and too short for a token", "Make the column nullable or longer.")
    return SetToken(length)
