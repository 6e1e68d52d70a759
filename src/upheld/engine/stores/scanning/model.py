"""What a scan says: of a column, of a table, of a store. No value of a row stands in any of these."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from upheld.engine.estate.model import LiveTable, StoreCatalogue

Degree = Literal["proven", "likely", "undetermined"]
OnTable = Callable[[str, int, int], None]  # table, tables done, tables in all


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column seems to hold: the entry for the file (empty if undetermined), how sure, and why, without any value."""

    entry: str
    degree: Degree
    why: str
    leaf: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A proposed owning link."""

    columns: tuple[str, ...]
    parent: str
    targets: tuple[str, ...]
    why: str
    role: str = "owner"


@dataclass(frozen=True, slots=True)
class Finding:
    """All that is proposed for one table."""

    live: LiveTable
    columns: Mapping[str, Guess]
    root: str = ""
    root_why: str = ""
    identifies: Mapping[str, str] = field(default_factory=dict)  # column → one | several
    links: tuple[Link, ...] = ()
    identity: Mapping[str, str] = field(default_factory=dict)  # column → kind
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`text` is the draft of the estate file, `catalogue` what goes into `estate.lock`; counts of columns by degree.

    `left_out`: tables that the draft does not map; their columns are not counted.
    """

    text: str
    catalogue: StoreCatalogue
    proven: int
    likely: int
    undetermined: int
    guesses: Mapping[tuple[str, str], Guess]
    left_out: tuple[str, ...] = ()


def snake(name: str) -> str:
    """`CustomerId` → `customer_id`: names of tables and columns in one writing."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).replace(" ", "_").replace("-", "_").lower()


def singular(table: str) -> str:
    """The kind of person a table's row is: `Customers` → `customer`, `people` → `person`."""
    word = snake(table).rsplit(".", 1)[-1].replace("_", "-")
    if word.endswith("people"):
        return word[: -len("people")] + "person"
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
