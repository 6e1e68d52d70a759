"""A letter becomes a PDF by typst: tagged for screen readers (PDF/UA-1), one A4 page for an ordinary letter.

The letter goes in as data, so nothing in it is markup. Fonts are those of the library and of the machine; nothing is fetched. A letter with
a character that no font here has cannot be PDF/UA; it is then a plain tagged PDF, and the letter is still sent.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib import resources

import typst

from upheld.duties.messages.letters.model import Letter

STANDARD = "ua-1"


def to_pdf(letter: Letter) -> bytes:
    """The letter as PDF. Some 20 ms; the first call reads the machine's fonts (0.3 s)."""
    try:
        return _compiled(letter, pdf_standards=STANDARD)
    except typst.TypstError:
        return _compiled(letter)


def to_picture(letter: Letter) -> bytes:
    """The letter's first page as PNG, for looking at."""
    pages = _compiled(letter, format="png", ppi=110.0)
    return pages[0] if isinstance(pages, list) else pages


def _compiled(letter: Letter, **how: object) -> bytes:
    said = json.dumps({name: value for name, value in asdict(letter).items() if name not in ("text", "html")})
    made = typst.compile(_source(), sys_inputs={"letter": said}, **how)  # type: ignore[call-overload]
    return made  # type: ignore[no-any-return]


@cache
def _source() -> bytes:
    return (resources.files("upheld.duties.messages.letters") / "letter.typ").read_bytes()
