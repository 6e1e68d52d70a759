"""The console in a colleague's language: its own English sentences are the ids of messages, and each other language has a .po file of them.

The language is the one that was chosen (a cookie of this site), else the browser's. What a language lacks is said in English; a test finds every sentence
that lacks. Clauses, tables, columns and refusals with their codes stay as they are. Not taken: ids instead of sentences; templates are read by people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from babel.dates import format_date
from babel.lists import format_list
from litestar import Request

from upheld.duties.messages.letters.catalogue import LANGUAGES, compiled, filled
from upheld.faces.board import words
from upheld.faces.site.centre.words import NAMES, Speech, speech_for

PACKAGE = "upheld.faces.console"
COOKIE = "upheld-language"
OWN = "en"


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language of the console; called with a sentence it gives that sentence, its `{values}` filled in."""

    language: str = OWN

    def __call__(self, sentence: str, /, **values: object) -> str:
        said = sentence if self.language == OWN else compiled(PACKAGE, self.language).get(sentence, sentence)
        return filled(said, {name: str(value) for name, value in values.items()}) if values else said

    def counted(self, number: int, one: str, many: str) -> str:
        """The sentence for one, or for many; `{number}` in it is how many, in words where the language is English."""
        return self(one if number == 1 else many, number=self.number(number))

    # ---- what templates know as `words`

    def day(self, day: date | datetime) -> str:
        """2 December 2026."""
        return words.day(day) if self.language == OWN else format_date(day, "long", locale=self.language)

    def clock(self, at: datetime) -> str:
        """2 December 2026, 09:30 UTC."""
        return f"{self.day(at)}, {at.astimezone(UTC):%H:%M} UTC"

    def number(self, number: int) -> str:
        return words.number(number) if self.language == OWN else f"{number:,}"

    def sentence(self, text: str) -> str:
        return words.sentence(text)

    def words_of(self, id: str) -> str:
        """A name of the desk as this language reads it; one that no file has, read aloud."""
        return self(words.words_of(id))

    def several(self, said: Iterable[str]) -> str:
        """`a, b and c`."""
        given = list(said)
        return words.several(given) if self.language == OWN else format_list(given, locale=self.language)

    def knows(self, id: str) -> bool:
        """Whether the console itself has words for it in this language."""
        return self.language == OWN or words.words_of(id) in compiled(PACKAGE, self.language)


ENGLISH = Tongue()


def tongue_of(request: Request[Any, Any, Any]) -> Tongue:
    """The language that was chosen here, else the browser's dearest that we speak."""
    chosen = request.cookies.get(COOKIE, "")
    return Tongue(speech_for(chosen if chosen in LANGUAGES else "", request.headers.get("accept-language", "")).language)


LANGUAGES_SHOWN = tuple(NAMES.items())


def country_name(language: str, code: str) -> str:
    """The country as the language calls it."""
    return Speech(language).country(code)
