"""Law as frozen values: a regime's clocks, rights, proofs, grounds, contents, ages; each with its citation.

Assumes the package's regime files. Knows ids only: the notice's names are resolved on the floor above. No age, deadline
or list of law may stand in code; what a file does not say is absent, never guessed. Not taken: a class per regime; a
new regime is a new file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

T_co = TypeVar("T_co", covariant=True)
Unit = Literal["hours", "days", "working days", "weeks", "months", "years"]
ClockKind = Literal["deadline", "floor", "wait", "expiry", "lookback", "theirs"]
MEMORY = "memory"  # the source of a fact that nobody has seen in a text


@dataclass(frozen=True, slots=True)
class Fact(Generic[T_co]):
    """A value of law with where it stands. Unconfirmed facts decide too, and are labelled wherever they are shown.

    `inherited_from` names the regime whose text this one shares; `more` holds what else the file says of it.
    """

    value: T_co
    cite: str
    confidence: str
    source: str
    text: str = ""
    applies_from: str = ""
    inherited_from: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def confirmed(self) -> bool:
        """Whether somebody saw the fact in a text; confidence alone confirms nothing."""
        return self.source != MEMORY


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list that the law gives. `cite` is its own, or empty: then the list's counts."""

    id: str
    text: str = ""
    cite: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


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
    notify_from: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """What a trigger (`identity`, `clarification`, `fee`) does to a clock.

    `effect`: `pause-inclusive` takes out the days from asking to answer, both counted; `suspend` those after asking up to
    the answer; `restart` begins anew at the answer; `none` changes nothing.
    """

    effect: Fact[str]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline of law. `start` is an event id of the language; a `length` of None has no number in the statute.

    `kind`: a `deadline` of ours, a `floor` (at least so long), a `wait` (not before), an `expiry` (no longer than), a
    `lookback` (so far back), or a deadline that is `theirs`. `misses` names what lateness counts as.
    """

    id: str
    rights: tuple[str, ...]
    length: Fact[Span | None]
    start: str | None
    extension: Extension | None = None
    no_extension: Fact[None] | None = None
    pauses: tuple[Pause, ...] = ()
    must_state: tuple[str, ...] = ()
    word: str = ""
    qualifier: str = ""
    misses: str = ""
    on_miss: str = ""
    kind: ClockKind = "deadline"
    starts: str = ""
    start_code: str | None = None
    first_day_counts: bool = False
    ends_day_before: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom people may complain to. `place`: ISO code of its country or part of it (`CA-QC`); empty: each place has its own.

    `by`: which places of a person lead here (residence, work, infringement); empty: under this regime everybody's. `fact` says where its name stands;
    `web` is its page's address, confirmed as the name is; `reach` are postal addresses and numbers, `reach_confirmed` whether somebody saw these in a text.
    """

    name: str
    place: str
    fact: Fact[str]
    by: tuple[str, ...] = ()
    known_as: str = ""
    reach: tuple[str, ...] = ()
    reach_confirmed: bool = True
    note: str = ""
    web: str = ""

    @property
    def called(self) -> str:
        """The name, with what it is known as."""
        return f"{self.name} ({self.known_as})" if self.known_as else self.name

    @property
    def ways(self) -> tuple[str, ...]:
        """Its page, then addresses and numbers."""
        return tuple(filter(None, (self.web, *self.reach)))

    @property
    def confirmed(self) -> bool:
        """Whether somebody saw both the name and the way to it in a text."""
        return self.fact.confirmed and (self.reach_confirmed or not self.reach)


@dataclass(frozen=True, slots=True)
class Regime:
    """One body of law. Tuples keep the order of the file; mappings are keyed by right, age or place.

    `facts` holds every fact of every facet by its path (`erasure.exceptions`, `records.2`); the rest are readings of them.
    A reading of None, or an empty one, means that the regime does not regulate it.
    """

    id: str
    name: str
    jurisdiction: str
    as_of: str
    model: str
    words: Mapping[str, str]
    instruments: tuple[str, ...]
    not_regulated: tuple[str, ...]
    rolls: Fact[tuple[str, ...]]
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
    message: tuple[Fact[str], ...]
    breach: Mapping[str, tuple[Fact[str], ...]]
    opt_in: tuple[Fact[str], ...]
    opt_out_of_customers: tuple[Fact[str], ...]
    absent: Fact[tuple[str, ...]] | None
    fee: Fact[str]
    officer: Fact[str] | None
    told: Fact[tuple[str, ...]] | None
    purposes: Fact[str] | None
    basis: Fact[str] | None
    retention: Fact[str] | None
    transfers: Fact[str] | None
    home: Fact[tuple[str, ...]] | None
    ages: Mapping[str, Fact[int]]
    ages_by_country: Mapping[str, Fact[Mapping[str, int]]]
    facts: Mapping[str, Fact[Any]]
    places: Mapping[str, Fact[Mapping[str, Any]]]
    extends: str = ""
    authorities: tuple[Authority, ...] = ()
    answered_as: Mapping[str, str] = field(default_factory=dict)  # right → the right whose clock counts for its answer
    at_once: Fact[tuple[str, ...]] | None = None  # rights that count from the moment they are used, whenever they are answered


@dataclass(frozen=True, slots=True)
class LawTerms:
    """What `law` means for one right under one regime: within, proof, unless, contents, fee. None: law says nothing. `at_once`: the use that it is
    about ends at once, and the clock is of the answer alone."""

    regime: str
    right: str
    clock: Clock | None
    acknowledge: Clock | None
    proof: Fact[tuple[str, ...]] | None
    unless: tuple[Fact[str], ...]
    contents: tuple[Fact[str], ...]
    fee: Fact[str]
    refusal: tuple[Fact[str], ...]
    at_once: Fact[tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Law:
    """Every regime the package knows, by id with hyphens (`eu-gdpr`). A regime is read when it is first asked for."""

    regimes: Mapping[str, Regime]
