"""One YAML file to one labelled schema: tables, columns, how values are made, and what each column truly holds.

A column is one line, `labels | recipe | modifiers`. Labels are the categories that a privacy lead would accept, the best first;
a column with more than one is ambiguous, and any of them is right. Labels alone (`chinook.yaml`) describe a database that stands
already. Nothing here knows how a detector decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
HALVES = ("tuning", "held_out")
FURTHER = "further"
OPEN = ("tuning", FURTHER)  # what whoever tunes may read
# What a column may hold besides data of a person. `json` and `free-text` are personal: they may hold anything.
NEUTRAL = frozenset({"key", "not-personal", "event"})
# What the vocabulary (DPV) also calls it, wider or narrower: an answer in these words is right wherever the label is.
ALSO = {
    "physical-address": ("street", "house-number", "postal-code", "city", "region", "country", "locality", "domicile"),
    "location": ("gps-coordinate", "current-location", "home-location", "geographic"),
    "email-address": ("email-address-personal", "email-address-work"),
    "bank-account": ("financial-account-number", "financial-account"),
    "official-id": ("passport", "tax", "personal-documents"),
    "health": ("medical-health", "health-record", "health-history", "physical-health", "individual-health-history"),
    "vehicle-license": ("vehical-license-number", "vehical-license-registration", "vehicle"),
    "religion": ("religious-belief",),
    "ethnicity": ("ethnic-origin", "race"),
    "job": ("professional",),
    "salary": ("income",),
    "income": ("salary",),
    "biometric": ("fingerprint", "facial-print"),
    "political-opinion": ("political-affiliation",),
    "nationality": ("citizenship",),
    "criminal-offence": ("criminal",),
    "criminal-conviction": ("criminal",),
    "browser-history": ("browsing-behaviour",),
    "prescription": ("health",),
    "json": ("free-text",),
    "communication": ("free-text", "own-writing"),
    "own-writing": ("free-text",),
}
LANGUAGES = ("Dutch", "English", "French", "German", "Italian", "Spanish")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a value is made: the name of the recipe, its argument as written, and its share among the recipes of its column."""

    name: str
    argument: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the labels that are right for it, and how its values are made."""

    name: str
    labels: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    null: float = 0.0
    blank: float = 0.0
    type: str | None = None
    primary: bool = False
    foreign: bool = False
    unique: bool = False

    @property
    def personal(self) -> bool:
        """Whether it surely holds personal data: no acceptable label is neutral."""
        return NEUTRAL.isdisjoint(self.labels)

    def accepts(self, category: str) -> bool:
        """Whether the category is right for this column."""
        return category in self.labels or any(category in ALSO.get(label, ()) for label in self.labels)


@dataclass(frozen=True, slots=True)
class Table:
    """One table and its columns in order."""

    name: str
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """One firm's database."""

    name: str
    language: str
    locale: str
    country: str
    trade: str
    tables: tuple[Table, ...]

    def labels(self) -> dict[tuple[str, str], Column]:
        """The truth by table and column."""
        return {(table.name, column.name): column for table in self.tables for column in table.columns}


def schemas(half: str) -> Iterator[Schema]:
    """The schemas of one half, by name."""
    for path in sorted((HERE / half).glob("*.yaml")):
        yield read(path)


@cache
def read(path: Path) -> Schema:
    """The schema that stands in the file.

    Raises ValueError for a line that is no column, naming file, table and column.
    """
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    tables = tuple(_table(path.stem, name, columns) for name, columns in said["tables"].items())
    return Schema(path.stem, said["language"], said["locale"], said["country"], said["trade"], tables)


def halves(names: dict[str, str]) -> dict[str, str]:
    """The half of each schema, from its language: in each language the half with the smaller SHA-256 of their names is for tuning.

    With an odd number in a language, the half is rounded down. Fixed by the names alone, so that nobody chooses.
    """
    chosen = {}
    for language in set(names.values()):
        ordered = sorted((name for name in names if names[name] == language), key=lambda n: sha256(n.encode()).hexdigest())
        chosen |= {name: HALVES[0] if place < len(ordered) // 2 else HALVES[1] for place, name in enumerate(ordered)}
    return chosen


def _table(schema: str, name: str, columns: dict[str, object]) -> Table:
    spread = int.from_bytes(sha256(f"{schema}.{name}".encode()).digest()[:4], "big")
    rows = int(str(columns.get("=rows", 200 + spread % spread_of(spread))))
    made = tuple(_column(f"{schema}.{name}", str(key), str(line)) for key, line in columns.items() if key != "=rows")
    return Table(name, rows, made)


def spread_of(drawn: int) -> int:
    """Most tables are small, some are large: the number of rows beyond 200."""
    return 1000 if drawn % 7 == 0 else 250


def _column(table: str, name: str, line: str) -> Column:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) > 3 or not all(parts):
        raise ValueError(f"{table}.{name}: a column is `labels | recipe | modifiers`.")
    given: dict[str, str] = {}
    for word in parts[2].split(";") if len(parts) == 3 else ():
        key, _, value = word.strip().partition("=")
        given[key] = value
    if unknown := set(given) - {"null", "blank", "type", "pk", "fk", "unique"}:
        raise ValueError(f"{table}.{name}: no such modifier: {', '.join(sorted(unknown))}.")
    return Column(
        name=name,
        labels=tuple(parts[0].split()),
        recipes=tuple(_recipe(part.strip()) for part in parts[1].split(" / ")) if len(parts) > 1 else (),
        null=float(given.get("null", 0)),
        blank=float(given.get("blank", 0)),
        type=given.get("type"),
        primary="pk" in given,
        foreign="fk" in given,
        unique="unique" in given,
    )


def _recipe(text: str) -> Recipe:
    head, _, argument = text.partition(" ")
    name, _, weight = head.partition("*")
    return Recipe(name, argument.strip(), int(weight or 1))
