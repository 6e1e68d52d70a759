"""A signed-in person's page: templates over the frame of the privacy centre, in the visitor's language; the texts are this room's own and the centre's."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from upheld.duties.messages.letters.catalogue import compiled, filled
from upheld.faces.app.desk import Desk
from upheld.faces.site.centre.page import Visit, framed
from upheld.faces.site.centre.words import Speech

PACKAGE = "upheld.faces.site.mine"
DAY, MOMENT = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Said:
    """This room's texts first, then the centre's, for the frame that both share."""

    speech: Speech

    @property
    def language(self) -> str:
        return self.speech.language

    def __call__(self, id: str, /, **values: object) -> str:
        own = compiled(PACKAGE, self.language)
        if id in own:
            return filled(own[id], {name: str(value) for name, value in values.items()})
        return self.speech(id, **values)

    def day(self, *given: object) -> str:
        """A day as the language writes it."""
        return self.speech.day(*given)  # type: ignore[arg-type]

    def value(self, stored: str) -> str:
        """What a cell holds, for reading: a day as the language writes it, a moment with its time and zone; all else stays as it stands."""
        with suppress(ValueError):
            if DAY.fullmatch(stored):
                return self.day(date.fromisoformat(stored))
            if MOMENT.match(stored):
                at = datetime.fromisoformat(stored)
                return f"{self.day(at)}, {at:%H:%M} {at.tzname() or ''}".strip()
        return stored


def render(desk: Desk, visit: Visit, template: str, **values: object) -> str:
    """The page as HTML."""

    def words_for(ids: tuple[str, ...]) -> tuple[str, ...]:
        return desk.labels.words_for(ids, visit.say.language)

    return (
        _templates()
        .get_template(template)
        .render(**{**framed(desk, visit), "say": Said(visit.say), "words_for": words_for, **values})
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader(PACKAGE), PackageLoader("upheld.faces.site.centre")]),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
