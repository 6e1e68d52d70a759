"""Law as frozen values: a regime's clocks, rights, proofs, grounds, contents, ages; each with its citation.

Assumes the package's regime files. Knows ids only: the notice's names are resolved on the floor above. No age, deadline
or list of law may stand in code; what a file does not say is absent, never guessed. Not taken: a class per regime; a
new regime is a new file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T_co = TypeVar("T_co", covariant=True)
Unit = Literal["hours", "days", "working days", "weeks", "months", "years"]
MEMORY = "memory"  # the source of a fact that nobody has seen in a text


@dataclass(frozen=True, slots=True)
class Fact(Generic[T_co]):
    """A value of law with where it stands. Unconfirmed facts decide too, and are labelled wherever they are shown."""

    value: T_co
    cite: str
    confidence: str
    source: str
    text: str = ""
    applies_from: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether somebody saw the fact in a text; confidence alone confirms nothing."""
        return self.source != MEMORY


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in one calendar unit."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Extension:
    """One lengthening of a clock, counted from the clock's own start; the subject is told within `notify_within`."""

    by: Fact[Span]
    times: int
    when: tuple[str, ...]
    notify_within: Span
    must_state: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline of law. `start` is an event id of the language; a `length` of None has no number in the statute."""

    id: str
    rights: tuple[str, ...]
    length: Fact[Span | None]
    start: str | None
    extension: Extension | None = None
    pauses: tuple[Fact[str], ...] = ()
    must_state: tuple[str, ...] = ()
    word: str = ""
    qualifier: str = ""
    on_miss: str = ""


@dataclass(frozen=True, slots=True)
class Regime:
    """One body of law. Tuples keep the order of the file; mappings are keyed by right or by age id."""

    id: str
    name: str
    jurisdiction: str
    as_of: str
    words: Mapping[str, str]
    rolls_forward: Fact[bool]
    rights: tuple[Fact[str], ...]
    parts: Mapping[str, str]
    clocks: Mapping[str, Clock]
    proof: Mapping[str, Fact[tuple[str, ...]]]
    withheld: Mapping[str, tuple[Fact[str], ...]]
    owed: Mapping[str, tuple[Fact[str], ...]]
    contents: Mapping[str, tuple[Fact[str], ...]]
    never_disclosed: tuple[Fact[str], ...]
    while_restricted: tuple[Fact[str], ...]
    refusal: tuple[Fact[str], ...]
    fee: Fact[str]
    authority: Fact[str]
    ages: Mapping[str, Fact[int]]
    ages_by_country: Mapping[str, Fact[Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class LawTerms:
    """What `law` means for one right under one regime: within, proof, unless, contents, fee. None: law says nothing."""

    regime: str
    right: str
    clock: Clock | None
    acknowledge: Clock | None
    proof: Fact[tuple[str, ...]] | None
    unless: tuple[Fact[str], ...]
    contents: tuple[Fact[str], ...]
    fee: Fact[str]
    refusal: tuple[Fact[str], ...]
    authority: Fact[str]


@dataclass(frozen=True, slots=True)
class Law:
    """Every regime the package knows, by id with hyphens (`eu-gdpr`)."""

    regimes: Mapping[str, Regime]
