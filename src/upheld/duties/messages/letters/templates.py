"""Two data files become what a letter of a kind is made of: its parts, and the contents that law wants.

A file that cannot be read so is a fault of the package: it fails at the first use, and a test reads all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

from upheld.duties.messages.errors import MessageFault

VERBS = (
    "contents",
    "table",
    "say",
    "head",
    "date",
    "small",
    "link",
    "code",
    "list",
    "text",
)  # in this order: others are keys of these, too


@dataclass(frozen=True, slots=True)
class Slot:
    """One part as the file says it: `verb` (say, head, date, link, …) of `name`, when `when` is given and `unless` is not."""

    verb: str
    name: str
    when: str = ""
    unless: str = ""
    small: str = ""
    head: str = ""
    columns: tuple[str, ...] = ()
    routes: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of letter. `needs` and `may` are all the values it takes; `law` names the list of contents that counts."""

    kind: str
    to: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    slots: tuple[Slot, ...]
    law: str = ""
    right: str = ""
    subject: str = ""
    title: str = ""
    reference: str = "reference"
    pdf: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What one entry of a law's list asks of a letter."""

    needs: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    when: str = ""
    route: bool = False
    optional: Mapping[str, str] = field(default_factory=dict)


@cache
def templates() -> Mapping[str, Template]:
    """Every kind of letter, in the order of the file."""
    return {kind: _template(kind, body) for kind, body in _file("letters.yaml").items()}


def template(kind: str) -> Template:
    """The kind's template; R402 if there is none."""
    if kind not in templates():
        raise MessageFault("R402", f"There is no letter {kind!r}.", f"Letters: {', '.join(templates())}.")
    return templates()[kind]


@cache
def contents(law: str) -> Mapping[str, Content]:
    """What the entries of a law's list (`refusal`, `extension`, `acknowledgement`) ask, by id or prose."""
    return {
        entry: Content(
            tuple(body.get("needs", ())),
            tuple(body.get("says", ())),
            tuple(body.get("for", ())),
            body.get("when", ""),
            body.get("route", False),
            dict(body.get("optional", {})),
        )
        for entry, body in _file("contents.yaml")[law].items()
    }


def _template(kind: str, body: Mapping[str, Any]) -> Template:
    return Template(
        kind,
        body["to"],
        tuple(body["needs"]),
        tuple(body.get("may", ())),
        tuple(_slot(part) for part in body["parts"]),
        body.get("law", ""),
        body.get("right", ""),
        body.get("subject", f"{kind}.subject"),
        f"{kind}.title",
        body.get("reference", "reference"),
        body.get("pdf", False),
    )


def _slot(part: Mapping[str, Any]) -> Slot:
    verb = next(verb for verb in VERBS if verb in part)
    return Slot(
        verb,
        part[verb],
        part.get("if", ""),
        part.get("unless", ""),
        part.get("small", "") if verb != "small" else "",
        part.get("head", "") if verb != "head" else "",
        tuple(part.get("columns", ())),
        part.get("routes", False),
    )


@cache
def _file(name: str) -> dict[str, Any]:
    source = resources.files("upheld.duties.messages.letters") / name
    return yaml.load(source.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
