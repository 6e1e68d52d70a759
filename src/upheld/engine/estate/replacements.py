"""A live column becomes the value that blanks it, or the reason why none can.

NULL where the column takes it; else a random token per row for text, a fixed neutral value for numbers, dates, booleans and
documents without a check or a unique index, a word of a closed list. In doubt no value: a check that cannot be read with certainty refuses. Pure: no value is
tried against the live engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from upheld.engine.estate.model import Engine, LiveColumn, LiveForeignKey, LiveTable

TOKEN_LENGTH = 32
SHORTEST_UNIQUE_TOKEN = 12  # 48 random bits: two of a million rows collide with a chance of 1 in 500
_NEUTRAL: dict[str, str | int | bool] = {
    "integer": 0, "number": 0, "boolean": False, "date": "1970-01-01", "timestamp": "1970-01-01 00:00:00", "json": "{}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blanking:
    """`null`; `token`: random lower-case hex per row of `length` characters; `value`: this neutral value in every row."""

    kind: Literal["null", "token", "value"]
    length: int | None = None
    value: str | int | bool | None = None


@dataclass(frozen=True, slots=True)
class Impossible:
    """Why no value can stand in the column once its own is gone; a phrase."""

    why: str


def blanking(table: LiveTable, name: str, referenced: frozenset[str] = frozenset()) -> Blanking | Impossible:
    """What blanks `name`, given its type, nullability, uniqueness and checks. `referenced` are columns that foreign keys
    of other tables lead to. KeyError if the table has no such column."""
    column = table.column(name)
    if column.generated:
        return Impossible("it is generated; its sources are blanked instead")
    if name in table.primary_key or name in table.partition_key:
        return Impossible("it is part of the key" if name in table.primary_key else "rows are partitioned by it")
    if name in referenced:
        return Impossible("foreign keys lead to it")
    checks = [text for _, text in table.checks if _mentions(text, name)]
    if column.nullable and all(_null_passes(text, name) for text in checks):
        return Blanking("null")
    if any(name in key.columns for key in table.foreign_keys):
        return Impossible("it is NOT NULL and a foreign key")
    unique = any(index.unique and any(_mentions(part, name) for part in index.columns) for index in table.indexes)
    member = re.match(r"enum\('((?:[^']|'')*)'", column.type) if not checks else None
    if member:
        return Impossible("it is NOT NULL and is unique") if unique else Blanking("value", value=member[1].replace("''", "'"))
    if column.family == "text":
        return _listed(checks, name, unique) or _token(column, checks, unique)
    if column.family == "uuid" and not checks:
        return Blanking("token", length=TOKEN_LENGTH)
    if column.family not in _NEUTRAL or checks or unique:
        reason = "has a check" if checks else "is unique" if unique else f"is {column.type or 'of no declared type'}"
        return Impossible(f"it is NOT NULL and {reason}")
    return Blanking("value", value=_NEUTRAL[column.family])


_LIST = re.compile(r"(\w+)\W*(?:::text\W*)?(?:\bin\b|= ?any)[^']*'((?:[^']|'')*)'", re.IGNORECASE)


def _listed(checks: list[str], name: str, unique: bool) -> Blanking | None:
    """A closed list of words: the first of them says as little of a person as any."""
    found = _LIST.search(checks[0]) if len(checks) == 1 and not unique else None
    if found is None or found[1].lower() != name.lower() or re.search(r"\b(and|or|not)\b", checks[0], re.IGNORECASE):
        return None
    return Blanking("value", value=found[2].replace("''", "'"))


def _token(column: LiveColumn, checks: list[str], unique: bool) -> Blanking | Impossible:
    length = min(TOKEN_LENGTH, column.length or TOKEN_LENGTH)
    least = 1
    for part in (part for text in checks for part in _conjuncts(text)):
        bounds = _bounds(part, column.name)
        if bounds is None:
            return Impossible("it is NOT NULL and a check on it cannot be met by a random token with certainty")
        least, length = max(least, bounds[0]), min(length, bounds[1])
    if least > length:
        return Impossible("it is NOT NULL and its checks allow no random token")
    if unique and length < SHORTEST_UNIQUE_TOKEN:
        return Impossible("it is NOT NULL, unique and too short for a random token")
    return Blanking("token", length=length)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text, re.IGNORECASE) is not None


_KNOWS_NULL = re.compile(
    r"\bis\b|\bcoalesce\b|\bifnull\b|\bnullif\b|\bnum_n\w+|\bcase\b|\bdistinct\b|\bconcat\w*|\biif\b|\bjsonb?_", re.IGNORECASE
)


def _null_passes(text: str, name: str) -> bool:
    """NULL passes a check that nowhere asks about NULL; `x IS NULL OR …` passes too."""
    if re.match(rf"\(*{re.escape(name)}\)* is null\)* or\b", re.sub(r"[\"`]", "", text).strip(), re.IGNORECASE):
        return True
    return not _KNOWS_NULL.search(text)


def _conjuncts(text: str) -> list[str]:
    plain = re.sub(r"::[a-z ]+(\(\d+\))?|[()\"`\[\]]", lambda m: " " if m.group()[0] in '()"`[]' else "", text.lower())
    # MariaDB writes a function by its older name.
    plain = re.sub(r"\blcase\b", "lower", plain)
    return [" ".join(part.split()) for part in re.split(r"\band\b", plain)]


def _bounds(part: str, name: str) -> tuple[int, int] | None:
    """(least, most) characters that a conjunct asks of a token, None if it cannot be read."""
    column = re.escape(name.lower())
    if re.fullmatch(rf"{column} (<>|!=|>) ''|{column} is not null|{column} = lower {column}|lower {column} = {column}", part):
        return (1, TOKEN_LENGTH)
    sized = re.fullmatch(
        rf"(?:char_length|character_length|octet_length|length) (?:b?trim )?{column} (<=|<|>=|>|=|<>|!=) (\d+)", part
    )
    if sized:
        sign, size = sized[1], int(sized[2])
        at = {"<=": (0, size), "<": (0, size - 1), ">=": (size, TOKEN_LENGTH), ">": (size + 1, TOKEN_LENGTH), "=": (size, size)}
        return at.get(sign, (1, TOKEN_LENGTH) if size == 0 else None)
    if not _mentions(part, name) and "or" not in part.split():
        return (1, TOKEN_LENGTH)
    return None


def rekeying(tables: Mapping[str, LiveTable], name: str, column: str, engine: Engine) -> Blanking | Impossible:
    """The token that a personal key becomes, or why the key cannot change. Every foreign key that leads to it, at any remove, has a say."""
    live = tables[name]
    if live.primary_key != (column,):
        return Impossible("it is one of several columns of the key")
    found = live.column(column)
    if column in live.partition_key:
        return Impossible("rows are partitioned by it")
    if found.family == "uuid":
        token: Blanking | Impossible = Blanking("token", length=TOKEN_LENGTH)
    elif found.family == "text":
        token = _token(found, [text for _, text in live.checks if _mentions(text, column)], True)
    else:
        return Impossible(f"it is {found.type or 'of no declared type'}, and no random token fits")
    length = token.length if isinstance(token, Blanking) else None
    for child, key, own in following(tables, name, column):
        if key.on_update not in ("cascade", "no action") or (engine == "mariadb" and key.on_update != "cascade"):
            return Impossible(f"`{child}` leads to it ON UPDATE {key.on_update.upper()}")
        size = tables[child].column(own).length
        length = min(length, size) if length and size else length
    if isinstance(token, Blanking) and length is not None and length < SHORTEST_UNIQUE_TOKEN:
        return Impossible("a column that leads to it is too short for a random token")
    return Blanking("token", length=length) if isinstance(token, Blanking) else token


def following(tables: Mapping[str, LiveTable], name: str, column: str) -> list[tuple[str, LiveForeignKey, str]]:
    """(table, foreign key, column) of everything that equals this column by foreign keys, at any remove."""
    found: list[tuple[str, LiveForeignKey, str]] = []
    seen, open_ = {(name, column)}, [(name, column)]
    while open_:
        at = open_.pop()
        for child, live in sorted(tables.items()):
            if live.kind == "partition":
                continue
            for key in live.foreign_keys:
                for own, target in zip(key.columns, key.target_columns, strict=True):
                    if (key.target, target) == at:
                        found.append((child, key, own))
                        if (child, own) not in seen:
                            seen.add((child, own))
                            open_.append((child, own))
    return found
