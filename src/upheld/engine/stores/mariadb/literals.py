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

MARK = re.compile("⟦(p[0-9]+)(:rows|\\?(?:[^⟧]*))?⟧")


def written_out(sql: str, value_of: Callable[[str], object]) -> str:
    """The statement with its values: `⟦p⟧` a literal, `⟦p:rows⟧` a JSON text of rows, `⟦p?left⟧` whether `left` is among them."""
    known: dict[str, str] = {}  # the same long list stands several times in a read-back

    def among(name: str, left: str) -> str:
        values = value_of(name)
        assert isinstance(values, Sequence)
        if not values:
            return "FALSE"
        if name not in known:
            known[name] = ", ".join(map(literal, values))
        return f"{left} IN ({known[name]})"

    def one(found: re.Match[str]) -> str:
        name, more = found[1], found[2] or ""
        if more.startswith("?"):
            return among(name, more[1:])
        value = value_of(name)
        return literal(json.dumps(value, default=_in_json)) if more else literal(value)

    return MARK.sub(one, sql)


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
