"""Values become SQL literals, and a statement with marks becomes a text that the server can run.

Texts are written as hex with their character set, so that no mode of the server and no odd character can end one early. The driver's own
escaping is not used: inside lists it writes backslashes, whatever the session's mode says of them.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

MARK = re.compile("⟦(p[0-9]+)(?:@([a-z0-9_,]*))?(:rows|\\?(?:[^⟧]*))?⟧")
# Character sets of columns as Python knows them; of any other, the server converts.
CODECS = {"latin1": "cp1252", "ascii": "ascii", "utf8mb3": "utf-8", "utf8": "utf-8", "latin2": "iso8859-2", "cp1250": "cp1250", "cp1251": "cp1251",
          "latin5": "iso8859-9", "greek": "iso8859-7", "hebrew": "iso8859-8", "koi8r": "koi8-r", "ucs2": "utf-16", "utf16": "utf-16", "utf32": "utf-32"}  # fmt: skip
BASIC_PLANE = ("utf8mb3", "utf8", "ucs2")


Written = dict[
    tuple[int, str], tuple[Sequence[object], str]
]  # by list and collations: the list itself, kept alive, and its text


def written_out(sql: str, value_of: Callable[[str], object], written: Written | None = None) -> str:
    """The statement with its values: `⟦p⟧` a literal, `⟦p:rows⟧` a JSON text of rows, `⟦p?left⟧` whether `left` is among them.

    `written` remembers lists of an earlier statement, which may stand here again as the very same object.
    """
    known: Written = {} if written is None else written

    def among(name: str, collations: str, left: str) -> str:
        values = value_of(name)
        assert isinstance(values, Sequence)
        place = (id(values), collations)
        if place not in known:
            # Whole numbers, as most keys are, stand as they are.
            said = str if set(map(type, values)) == {int} else literal
            known[place] = values, _listed(values, collations.split(",")) if collations else ", ".join(map(said, values))
        return f"{left} IN ({known[place][1]})" if known[place][1] else "FALSE"

    def rows(value: object) -> str:
        if not isinstance(value, list):
            return literal(json.dumps(value, default=_in_json))
        place = (id(value), ":rows")
        if place not in known:
            known[place] = value, literal(json.dumps(value, default=_in_json))
        return known[place][1]

    def one(found: re.Match[str]) -> str:
        name, more = found[1], found[3] or ""
        if more.startswith("?"):
            return among(name, found[2] or "", more[1:])
        value = value_of(name)
        return rows(value) if more else literal(value)

    return MARK.sub(one, sql)


def _listed(values: Sequence[object], collations: list[str]) -> str:
    """Values in their columns' character sets and collations, by name. One that a column cannot hold is in no row, and is left out."""
    rows = []
    for value in values:
        parts = value if isinstance(value, tuple) else (value,)
        if all(_holds(one.partition("_")[0], part) for one, part in zip(collations, parts, strict=True)):
            said = [_collated(part, one) for one, part in zip(collations, parts, strict=True)]
            rows.append(f"({', '.join(said)})" if isinstance(value, tuple) else said[0])
    return ", ".join(rows)


def _holds(charset: str, value: object) -> bool:
    if not isinstance(value, str) or value.isascii() or charset not in CODECS:
        return True
    if charset in BASIC_PLANE and any(ord(letter) > 0xFFFF for letter in value):
        return False
    try:
        value.encode(CODECS[charset])
    except UnicodeEncodeError:
        return False
    return True


def _collated(value: object, collation: str) -> str:
    charset = collation.partition("_")[0]
    if not isinstance(value, str) or charset in ("", "utf8mb4"):
        return literal(value)
    # What is converted has its character set's own collation, which the engine refuses to compare with a column of another (1267).
    return f"CONVERT({literal(value)} USING {charset}) COLLATE {collation}"


def literal(value: object) -> str:
    """One value as SQL. TypeError for a kind of value that no column of a key has."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(int(value))
        case Decimal() | float():
            return str(value)
        case str():
            return f"_utf8mb4 X'{value.encode('utf-8', 'surrogatepass').hex()}'"
        case bytes():
            return f"X'{value.hex()}'"
        case uuid.UUID():
            return f"'{value}'"
        case datetime():
            return f"'{value.isoformat(sep=' ')}'"
        case date() | time():
            return f"'{value.isoformat()}'"
        case timedelta():
            return f"'{_clock(value)}'"
        case tuple() | list():
            return "(" + ", ".join(map(literal, value)) + ")"
    raise TypeError(f"no literal for a {type(value).__name__}")


def _clock(value: timedelta) -> str:
    whole, sign = abs(value), "-" if value < timedelta() else ""
    seconds = whole.days * 86_400 + whole.seconds
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{whole.microseconds:06}"


def _in_json(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        return _clock(value)
    return str(value)
