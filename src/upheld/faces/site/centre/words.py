"""The package's texts become what a page says in the visitor's language, with days, sizes and countries as that language writes them.

The language is the one the address names, else the case's, else the best that the browser asks for, else the notice's. It travels in the
address: nothing is remembered at the visitor's. A message that a language lacks is a fault of the package, which a test finds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

import yaml
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from upheld.duties.messages.letters.catalogue import LANGUAGES, compiled, filled

NAMES = {"en": "English", "fr": "Français", "de": "Deutsch", "es": "Español"}
PACKAGE = "upheld.faces.site.centre"
SCALE = ("", "k", "M", "G")
NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


@dataclass(frozen=True, slots=True)
class Speech:
    """One language of the pages. `chosen`: it stands in the address, and every link keeps it there."""

    language: str
    chosen: bool = False

    def __call__(self, id: str, /, **values: object) -> str:
        """The message. KeyError for one that the package lacks."""
        return filled(compiled(PACKAGE, self.language)[id], {name: str(value) for name, value in values.items()})

    def has(self, id: str) -> bool:
        return id in compiled(PACKAGE, self.language)

    def day(self, day: date | datetime) -> str:
        """2 December 2026."""
        return format_date(day, "long" if self.language != "en" else "d MMMM y", locale=self.language)

    def size(self, bytes: int) -> str:
        """1.2 MB."""
        step = 0
        number = float(bytes)
        while number >= 1000 and step < len(SCALE) - 1:
            number, step = number / 1000, step + 1
        unit = SCALE[step] + ("o" if self.language == "fr" else "B")
        return f"{format_decimal(round(number, 1), locale=self.language)} {unit}"

    def country(self, code: str) -> str:
        """The country's name, or that of its part (`CA-QC`) where we have one; its code where the language knows none."""
        part = _regions().get(code)
        if part is not None:
            return part if isinstance(part, str) else part[self.language]
        return str(Locale(self.language).territories.get(code.partition("-")[0], code))

    def countries(self) -> tuple[tuple[str, str], ...]:
        """(code, name) of every country, in the language's order."""
        known: Mapping[str, str] = Locale(self.language).territories
        codes = (code for code in known if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES)
        return tuple(sorted(((code, str(known[code])) for code in codes), key=lambda each: _plain(each[1])))


@cache
def _regions() -> Mapping[str, str | Mapping[str, str]]:
    text = files(PACKAGE).joinpath("regions.yaml").read_text(encoding="utf-8")
    found: Mapping[str, str | Mapping[str, str]] = yaml.safe_load(text)
    return found


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold()


def speech_for(asked: str, accepted: str, *others: str) -> Speech:
    """`asked`: what the address says; `accepted`: the browser's Accept-Language; `others`: a case's, the notice's."""
    if asked in LANGUAGES:
        return Speech(asked, True)
    first, *rest = others or ("",)
    wanted = [first, *_accepted(accepted), *rest]
    return Speech(next((one for one in wanted if one in LANGUAGES), "en"))


def _accepted(header: str) -> list[str]:
    """Languages of the header that we speak, the dearest first."""
    found = []
    for place, part in enumerate(header[:500].split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            dear = float(weight or 1)
        except ValueError:
            continue
        found.append((-dear, place, name.strip().lower().partition("-")[0]))
    return [language for dear, _, language in sorted(found) if dear < 0 and language in LANGUAGES]
