"""A letter becomes plain text and HTML that say the same; nothing in either is fetched, and nothing that anybody wrote is markup.

The page has one style element and no other: no picture, no font, no address but the links that the letter bears.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from upheld.duties.messages.letters.model import Letter, Part

WIDTH = 76


def as_text(letter: Letter) -> str:
    """The letter in plain text, lines of at most 76 characters save links and what cannot be broken."""
    blocks = [
        *_head(letter),
        _wrapped(letter.title),
        letter.greeting,
        *(_block(part) for part in letter.parts),
        "\n".join(filter(None, (letter.firm.signed_by, letter.firm.role))),
        "-- \n" + "\n".join(map(_wrapped, letter.footer)),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def as_html(letter: Letter) -> str:
    """The letter as a whole HTML page for an e-mail."""
    return _page().render(letter=letter)


def _head(letter: Letter) -> Iterator[str]:
    firm = letter.firm
    yield "\n".join(filter(None, (firm.name, *firm.address, firm.contact, firm.phone)))
    yield "\n".join((*letter.to, "", letter.reference, letter.day))


def _block(part: Part) -> str:
    match part.form:
        case "head":
            return f"{_wrapped(part.text)}\n{'-' * min(WIDTH, len(part.text))}"
        case "date":
            return textwrap.indent("\n".join(filter(None, (_wrapped(part.text, 3), _wrapped(part.small, 3)))), "   ")
        case "list":
            return "\n".join(textwrap.indent(_wrapped(item, 2), "  ").replace("  ", "- ", 1) for item in part.items)
        case "address":
            return "\n".join(f"   {row}" for row in part.items)
        case "table":
            return "\n".join(_row(part.columns, row) for row in part.rows)
        case "link" | "code":
            return f"   {part.text}"
    return _wrapped(part.text)


def _row(columns: tuple[str, ...], row: tuple[str, ...]) -> str:
    first, *rest = row
    titles = columns[1:] if len(columns) > 2 else ("",) * len(rest)
    said = [f"{title}: {cell}" if title else cell for title, cell in zip(titles, rest, strict=True) if cell]
    return "\n".join([_wrapped(f"- {first}"), *(textwrap.indent(_wrapped(cell, 2), "  ") for cell in said)])


def _wrapped(text: str, indent: int = 0) -> str:
    return textwrap.fill(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)


@cache
def _page() -> Template:
    loader = PackageLoader("upheld.duties.messages.letters", ".")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("letter.html")
