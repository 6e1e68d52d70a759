"""One value of a store becomes a cell of JSON, of CSV, of a page.

Every value is taken to be hostile: it was typed by somebody, and will be opened in a spreadsheet and a browser. Escaping
for HTML is the template's, always on; here only what escaping leaves: characters that cannot be seen.
"""

from __future__ import annotations

import base64
import json
import math
from datetime import date, datetime, time
from decimal import Decimal

# What a spreadsheet may take for a formula at the start of a cell, also in full width (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CELL_SHOWN_CHARS = 2_000


def to_json(value: object) -> object:
    """The value in JSON's types. Exact: decimals are strings, bytes are `{"$base64": …}`, moments ISO 8601."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return {"$base64": base64.b64encode(bytes(value)).decode()}
        case dict():
            return {str(k): to_json(v) for k, v in value.items()}
        case list() | tuple():
            return [to_json(v) for v in value]
        case _:
            return str(value)


def to_text(value: object) -> str:
    """The value as one text: JSON for documents, ISO 8601 for moments, base64 for bytes, empty for NULL."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case dict() | list() | tuple():
            return json.dumps(to_json(value), ensure_ascii=False)
        case _:
            return str(to_json(value))


def to_csv(value: object) -> str:
    """One field of RFC 4180. NULL is empty, an empty text is `""`; what looks like a formula is preceded by `'`.

    A text that begins with `'` gets one more, so that taking one away always restores the text. Numbers are left alone.
    """
    if value is None:
        return ""
    text = to_text(value)
    if not isinstance(value, int | float | Decimal) and text.lstrip(" \ufeff").startswith((*FORMULA_STARTS, "'")):
        text = "'" + text
    if text == "" or any(c in text for c in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_line(values: tuple[object, ...]) -> str:
    return ",".join(to_csv(v) for v in values) + "\r\n"


def to_page(value: object) -> str:
    """What a page shows of the value: long texts cut with a word that says so."""
    text = to_text(value)
    if len(text) > CELL_SHOWN_CHARS:
        text = text[:CELL_SHOWN_CHARS] + " … (all of it is in the table's file)"
    return visible(text)


def visible(text: str) -> str:
    """The text with every character that cannot be seen (controls, turns of direction) shown as U+FFFD."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def day_in_words(day: date) -> str:
    """2 December 2026."""
    return f"{day.day} {day:%B %Y}"


def moment_in_words(at: datetime) -> str:
    """2 December 2026, 19:41 UTC; the zone as the moment has it."""
    return f"{day_in_words(at.date())}, {at:%H:%M} {at.tzname() or ''}".strip()
