"""What an access answers: rows as they stand in the stores, and what was left out, in the order of the estate.

Assumes that `rows` yields each row once and is read once, by one reader, while the store's snapshot is open. Holds no
decision: which columns and rows are the subject's was decided by the plan (docs/fates.md, section 5). Not taken: one list
of rows in memory; a person may have 200,000.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from upheld.engine.plan.model import Why


@dataclass(frozen=True, slots=True)
class AccessColumn:
    """One returned column. `leaf` is its category (`email-address`), or empty for keys and events without a leaf."""

    name: str
    leaf: str = ""
    title: str = ""  # the leaf in the notice's words


@dataclass(frozen=True, slots=True)
class Withheld:
    """A column that this table has and the answer does not, with the reason.

    `not-personal`: it says nothing of a person · `others`: it is another person's · `review`: somebody reads it first ·
    `right`: the sentence that grants the access leaves it out, and is named in `says`.
    """

    column: str
    because: Literal["not-personal", "others", "review", "right"]
    says: str = ""


@dataclass(frozen=True, slots=True)
class Stays:
    """Cells that an erasure left: `columns` of this table stay on `ground` until `until`; None: as long as `why` says."""

    columns: tuple[str, ...]
    ground: str
    until: date | None
    why: Why


@dataclass(frozen=True, slots=True)
class Review:
    """One text that waits for a person's review: where it lies, never the text."""

    key: tuple[object, ...]
    column: str


@dataclass(frozen=True, slots=True)
class AccessTable:
    """One table's part of an answer. A row is a tuple in the order of `columns`; a JSON cell holds its personal members."""

    store: str
    table: str
    title: str
    columns: tuple[AccessColumn, ...]
    rows: Iterable[tuple[object, ...]]
    withheld: tuple[Withheld, ...] = ()
    review: Iterable[Review] = ()
    stays: tuple[Stays, ...] = ()
    why: tuple[str, ...] = ()  # purposes that the notice names for these leaves, in its own words
    kept_for: str = ""  # how long, in the notice's own words
    told: tuple[str, ...] = ()  # to whom data of these kinds were given, as the disclosure ledger says, with the last day
    told_whole: tuple[str, ...] = ()  # recipients of whom the ledger holds all; of anybody else it may hold a part
    disputed: tuple[tuple[str, date], ...] = ()  # columns that the person says are wrong, and since when, until it is decided
    sources: tuple[str, ...] = ()  # from whom the notice says these leaves come
    may_tell: tuple[str, ...] = ()  # whom the notice lets us tell of these leaves
    place: str = ""  # the country where the store stands


@dataclass(frozen=True, slots=True)
class Moment:
    """When a store was read: one snapshot, at `at`; `lag_s` where a replica answered."""

    store: str
    at: datetime
    lag_s: float | None = None


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """One subject's answer to one ask. `tables` is read once, in order; `unreached` stores make the answer incomplete."""

    ask: str
    subject: str  # the opaque reference, never an identifier
    regime: str | None
    moments: tuple[Moment, ...]
    tables: Iterable[AccessTable]
    contested: int = 0  # rows that a shared identifier reaches; a person decides
    unreached: tuple[str, ...] = ()
    controller: str = ""
    rights: tuple[str, ...] = ()  # each a sentence, with its citation
    authority: str = ""  # where to complain
    checkpoint: str = ""  # the ledger's signed state, as printed on the answer
