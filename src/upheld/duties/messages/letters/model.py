"""Letters as frozen values: parts in reading order, from which text, HTML and PDF are made alike.

What a person or a recipient wrote lies in parts as plain text and is never read as markup by any of the three.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Form = Literal["paragraph", "head", "date", "small", "list", "table", "link", "code", "address"]


@dataclass(frozen=True, slots=True)
class Firm:
    """Who writes: `contact` is the address for answers; `signed_by` and `role` stand under the letter."""

    name: str
    address: tuple[str, ...] = ()
    contact: str = ""
    phone: str = ""
    signed_by: str = ""
    role: str = ""
    ledger_link: str = ""
    country: str = ""  # where the firm sits (`IE`): where a wrong of its was done


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom a person may complain to. `confirmed`: somebody looked name and address up."""

    name: str
    address: tuple[str, ...] = ()
    web: str = ""
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a letter. `text` for all but lists and tables; `small` under a date line; `rows` as wide as `columns`."""

    form: Form
    text: str = ""
    small: str = ""
    items: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to be sent: the same words as `text` and as `html`, and as PDF by `to_pdf`.

    `to`: name and address lines of whom it is written to. `unconfirmed`: facts of law placed in it that nobody has seen in a text, for
    the desk. `with_pdf`: the PDF goes with the e-mail.
    """

    kind: str
    language: str
    subject: str
    title: str
    greeting: str
    firm: Firm
    to: tuple[str, ...]
    reference: str
    day: str
    parts: tuple[Part, ...]
    footer: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    with_pdf: bool = False
    text: str = ""
    html: str = ""


def letter_to_json(letter: Letter) -> str:
    """The letter as JSON text, to be sealed."""
    return json.dumps(asdict(letter), ensure_ascii=False, separators=(",", ":"))


def letter_from_json(text: str) -> Letter:
    """The letter that `letter_to_json` wrote."""
    said: Mapping[str, Any] = json.loads(text)
    firm = said["firm"]
    return Letter(
        **{
            **said,
            "firm": Firm(**{**firm, "address": tuple(firm["address"])}),
            "parts": tuple(_part(part) for part in said["parts"]),
            **{name: tuple(said[name]) for name in ("to", "footer", "unconfirmed")},
        }
    )


def _part(said: Mapping[str, Any]) -> Part:
    rows = tuple(tuple(row) for row in said["rows"])
    return Part(**{**said, "items": tuple(said["items"]), "columns": tuple(said["columns"]), "rows": rows})
