"""The .po files of the package become what the letters say, by language.

Compiled at the first use and kept. A message has variants by right (`answer.title/erasure`) and by regime (`remedies.authority@eu-gdpr`); the
nearest one counts. Never falls back to another language: a missing text is a fault of the package, which a test finds.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from gettext import GNUTranslations
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from upheld.duties.messages.errors import MessageFault

LANGUAGES = ("en", "fr", "de", "es")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@cache
def texts(language: str) -> Mapping[str, str]:
    """Every message of the language by its id. MessageFault R402 for a language that the letters do not know."""
    if language not in LANGUAGES:
        raise MessageFault("R402", f"No letter is written in {language!r}.", f"Languages: {', '.join(LANGUAGES)}.")
    return compiled("upheld.duties.messages.letters", language)


@cache
def compiled(package: str, language: str) -> Mapping[str, str]:
    """Every message of `texts/LANGUAGE.po` in the package, by its id. FileNotFoundError where there is none."""
    source = resources.files(package) / "texts" / f"{language}.po"
    catalog = read_po(io.BytesIO(source.read_bytes()), locale=language, abort_invalid=True)
    machine = io.BytesIO()
    write_mo(machine, catalog)
    machine.seek(0)
    spoken = GNUTranslations(machine)
    return {str(message.id): spoken.gettext(str(message.id)) for message in catalog if message.id}


def said(language: str, id: str, right: str = "", regime: str = "") -> str:
    """The message with its placeholders unfilled, by its nearest variant. StopIteration if the package has none: a test finds it."""
    known = texts(language)
    return next(known[variant] for variant in _variants(id, right, regime) if variant in known)


def has(language: str, id: str) -> bool:
    """Whether the language has this very message."""
    return id in texts(language)


def placeholders(text: str) -> frozenset[str]:
    """Names of the values that a message takes."""
    return frozenset(PLACEHOLDER.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The message with its values. One pass: braces inside a value stay what they are. R401 names a value that is not there."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise MessageFault("R401", f"The letter needs `{name}`.")
        return values[name]

    return PLACEHOLDER.sub(value, text)


def _variants(id: str, right: str, regime: str) -> Iterator[str]:
    if right and regime:
        yield f"{id}/{right}@{regime}"
    if regime:
        yield f"{id}@{regime}"
    if right:
        yield f"{id}/{right}"
    yield id
