"""What anybody wrote becomes plain text for a letter: no control or direction characters, no line that could pass for a header or for ours.

A name that is a message (an address of the web in it, or a whole sentence) is not greeted: a form that greets by any name it is given would
carry strangers' advertising to whatever address they type.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Literal
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters.catalogue import filled, has, said

GREETED_AT_MOST = 70
LOCALES = {"en": "en_GB", "fr": "fr", "de": "de", "es": "es"}
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO_NAME = re.compile(r"[/@<>\\]|\bwww\.|\.[a-z]{2,}\b|\d{3}", re.I)


def line(text: str) -> str:
    """One line: whitespace runs are one space, what does not show is gone."""
    return " ".join(_shown(text).split())


def paragraphs(text: str) -> tuple[str, ...]:
    """Paragraphs of what was written, each one line."""
    return tuple(filter(None, (line(part) for part in re.split(r"\n\s*\n|\r?\n", text))))


def greeted(name: str) -> str:
    """The name as a greeting bears it; empty if it is no name."""
    shown = line(name)
    return "" if len(shown) > GREETED_AT_MOST or _NO_NAME.search(shown) else shown


def link(value: str) -> str:
    """An address of the web that a letter may show; R402 for any other thing. Plain http only to this machine."""
    found = urlsplit(value)
    local = found.scheme == "http" and found.hostname in ("localhost", "127.0.0.1", "::1")
    if (found.scheme == "https" or local) and found.hostname and value == line(value).replace(" ", "") and '"' not in value:
        return value
    raise MessageFault("R402", "A link is no https address.", "Give links as https://…, without blanks.")


def written(value: object, language: str, zone: tzinfo = UTC, *, full: bool = False) -> str:
    """A value as the language writes it: days as `2 December 2026` (also if written `2026-12-02`), moments with their time, numbers grouped.

    A mapping with `say` is a word of ours: `{"say": "rows-erased", "count": 14}` is the text `say.rows-erased` of the language. All else is one line.
    """
    locale = LOCALES[language]
    if isinstance(value, Mapping):
        return _word(value, language, zone)
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        with contextlib.suppress(ValueError):
            return _day(date.fromisoformat(value), language, "full" if full else "long")
    if isinstance(value, datetime):
        there = value.astimezone(zone)
        return f"{_day(there.date(), language, 'long')}, {format_datetime(there, 'HH:mm', locale=locale)} {there.tzname() or ''}".strip()
    if isinstance(value, date):
        return _day(value, language, "full" if full else "long")
    if isinstance(value, int) and not isinstance(value, bool):
        return format_decimal(value, locale=locale)
    return line(str(value))


def _word(given: Mapping[str, object], language: str, zone: tzinfo) -> str:
    """One that no text knows (a notice has names of its own) is its id in words."""
    id = line(str(given.get("say", "")))
    if not has(language, f"say.{id}"):
        return id.rpartition("/")[2].replace("-", " ").replace("_", " ")
    count = given.get("count")
    one = isinstance(count, int) and Locale(LOCALES[language].partition("_")[0]).plural_form(count) == "one"
    text = said(language, f"say.{id}.one" if one and has(language, f"say.{id}.one") else f"say.{id}")
    return filled(text, {name: written(found, language, zone) for name, found in given.items() if name != "say"})


def _day(day: date, language: str, form: Literal["full", "long"]) -> str:
    text = format_date(day, form, locale=LOCALES[language])
    if language == "en":
        return text.replace(",", "", 1)
    return text.replace("1 ", "1er ", 1) if language == "fr" and day.day == 1 else text


def _shown(text: str) -> str:
    kept = (
        char
        if char.isspace()
        else ""
        if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Cn") and char not in "\u00ad\u200d\u200c"
        else char
        for char in unicodedata.normalize("NFC", text)
    )
    return "".join(kept)
