"""The typed program: promises as frozen values, every name resolved, every group flattened to its leaves.

Assumes nothing; builds nothing. `compile` makes a Program from notices, `decide` and `engine.plan` read it. There is no
text left to interpret here: `law` and settings are already resolved, per regime. Not taken: a rule object with methods
per verb; there is one kind of Promise and one decision, so that walls and permissions can meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

Modality = Literal["may", "will", "never"]
Verb = Literal[
    "collect",
    "use",
    "disclose",
    "message",
    "publish",
    "locate",
    "place",
    "retain",
    "grant",
    "offer",
    "tell",
    "protect",
]
FLOW_VERBS: tuple[Verb, ...] = ("collect", "use", "disclose", "message", "publish", "locate")
Ending = Literal["erase", "anonymise", "aggregate", "hide", "hand-over", "review"]
State = Literal["isolated", "hidden", "locked", "held", "suspended", "stored-only", "frozen", "marked-disputed"]
Key = str  # a key of language.md section 2, as written: "for", "to", "in", "as", "needs" …


class Kind(StrEnum):
    """What a name names. One name has one kind in a program."""

    DATA = "data"
    PURPOSE = "purpose"
    PARTY = "party"
    GROUP = "group"
    SURFACE = "surface"
    EVENT = "event"
    FACT = "fact"
    GROUND = "ground"
    RECORD = "record"
    AGREEMENT = "agreement"
    MEASURE = "measure"
    PLACE = "place"
    MESSAGE = "message"
    FORM = "form"
    STANDARD = "standard"
    SOURCE = "source"
    CHANNEL = "channel"
    CHOICE = "choice"
    RIGHT = "right"
    TOPIC = "topic"
    ITEM = "item"  # contents, proofs
    FEATURE = "feature"
    BASIS = "basis"
    REGIME = "regime"
    STATISTIC = "statistic"
    TRACKER = "tracker"
    ROLE = "role"
    THREAT = "threat"
    ACT = "act"
    SETTING = "setting"
    VALUE = "value"  # closed word lists without a meaning of their own: any, none, strictly-necessary …


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A resolved name. Written `kind:id` in JSON."""

    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    def __hash__(self) -> int:
        # Deciding is mostly set work over names; a string keeps its hash, an enumeration and a tuple do not.
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Name) and self.id == other.id and self.kind is other.kind)


# The moment at which the last fact of a promise's `while` stopped being true. No notice names it and no column holds it.
WHILE_ENDED = Name(Kind.EVENT, "while-ended")


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """The rule that decides: law (`GDPR`, `17(3)(b)`) or a clause (`qualer`, `retention.3`)."""

    source: str
    at: str
    confidence: str = ""
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """Where a promise was said. `clauses` bear the notice's prefix (`qualer.retention.1`)."""

    notice: str
    version: date
    clauses: tuple[str, ...]
    line: int
    file: str = ""
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in one calendar unit. Hours and working days do not convert to the others."""

    amount: int
    unit: Literal["hours", "days", "working days", "weeks", "months", "years"]


@dataclass(frozen=True, slots=True)
class Birthday:
    years: int


Fixed = Literal["at once", "end of session", "end of request", "without end"]


@dataclass(frozen=True, slots=True)
class After:
    """`low` to `high` after `of`; a plain period has low == high. `named` keeps an estate column's or setting's name."""

    low: Period
    high: Period
    of: Moment
    named: str | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    period: Period
    of: Moment


@dataclass(frozen=True, slots=True)
class Pick:
    latest: bool
    of: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class At:
    """A fixed moment: one of four words, a date or a birthday."""

    what: Fixed | date | Birthday


Moment = Name | After | Ahead | Pick | At


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Narrowing key: any one of `names` (for, to, from, on, in, as, ground …)."""

    key: Key
    names: frozenset[Name]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Demanding key: all of `names` (needs, under, contents, proof, holds)."""

    key: Key
    names: frozenset[Name]


@dataclass(frozen=True, slots=True)
class Known:
    """A fact of the subject must stand at `wanted` (when, unless, choice, group membership, regime).

    `key` says which key it came from. Several names under `when` become several Known; a `choice` is true only with a
    live yes.
    """

    key: Key
    fact: Name
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of `tests` holds (Kleene or): group membership or regime given as a list."""

    tests: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Age:
    """Completed years at `Flow.at`: `below` exclusive upper bound, `least` inclusive lower bound."""

    below: int | None = None
    least: int | None = None


Test = AnyOf | AllOf | Known | Some | Age


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise. `scope` says where it stands or what it covers; `door` (walls only) what opens it.

    `terms` holds the verb's remaining keys as written and resolved, for controls and plans: key → names or text.
    """

    id: str  # stable within the program: clause, then running number: qualer.keep.2#1
    source: Source
    modality: Modality
    verb: Verb
    object: frozenset[Name]
    scope: tuple[Test, ...] = ()
    door: tuple[Test, ...] | None = None
    excepts: frozenset[str] = frozenset()  # clause ids of walls or periods
    end: Moment | None = None  # until
    lasting: tuple[Name, ...] = ()  # while
    due: Moment | None = None  # within
    blocks: Name | None = None  # before
    every: Period | None = None
    then: Ending | None = None
    state: State | None = None  # meanwhile
    overwritten: Period | None = None
    terms: Mapping[Key, tuple[Name, ...]] = field(default_factory=dict)
    law: bool = False  # a promise of law: no exception of the notice passes it
    lasts: Period | Moment | None = None  # offer: a period counts from the yes itself
    window: Period | None = None  # grant: how far back the answer reaches


@dataclass(frozen=True, slots=True)
class Resolution:
    """Two clauses that cannot both be literally true, or one that says two things; one alone opens nothing and closes nothing."""

    clauses: tuple[str, ...]
    prevails: str
    because: str
    by: str
    dated: date
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    value: str
    said_in: str  # notice or deployment
    because: str = ""
    by: str = ""
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """What a `define` block or the built-in terms say of a name. `leaves` are flattened; a leaf's are itself alone."""

    name: Name
    leaves: frozenset[Name]
    keys: Mapping[Key, tuple[Name, ...]] = field(default_factory=dict)
    moments: Mapping[Key, Moment] = field(default_factory=dict)  # at, latest, earliest, quiet, ends, lasts
    periods: Mapping[Key, Period] = field(default_factory=dict)  # quiet, lasts
    tests: tuple[Test, ...] = ()  # of a group: what makes a member (when, age, regime); empty: told by facts
    clause: str = ""  # where defined; empty for built-in terms
    line: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence or list item of the published notice, in order. `text` is plain text, `binding` what the file says."""

    id: str
    section: str
    text: str
    line: int
    binding: Literal["bound", "informs", "outside", "unbound"]
    promises: tuple[str, ...] = ()  # ids of Promise
    defines: tuple[Name, ...] = ()
    html: str = ""
    file: str = ""  # the notice's file or the annex that it stands in


@dataclass(frozen=True, slots=True)
class NoticeVersion:
    notice: str
    title: str
    language: str
    updated: date
    effective: date
    controller: str
    regimes: tuple[Name, ...]
    clauses: tuple[Clause, ...]
    file: str = ""
    supplements: str = ""  # the base notice this one supplements
    covers: tuple[Test, ...] = ()  # what a supplement covers (of, on, regime)
    prevails: bool = False  # a supplement that replaces the base's same verb and object in what it covers
    officer: str = ""  # a role, or `none`; empty: not said
    officer_reason: str = ""  # why there is none
    retired: tuple[str, ...] = ()  # clause ids of earlier versions, never used again


@dataclass(frozen=True, slots=True)
class Program:
    """Everything the notices promise. `digest` is SHA-256 (hex) over the RFC 8785 form of the program's JSON."""

    notices: tuple[NoticeVersion, ...]
    names: Mapping[Name, Definition]
    promises: tuple[Promise, ...]
    resolutions: tuple[Resolution, ...]
    settings: tuple[Setting, ...]
    digest: str


# ---- deciding ------------------------------------------------------------------------------------------------------

Truth = bool | None  # None: unknown
Facts = Mapping[Name, bool | date | int | str | None]  # absent means unknown


@dataclass(frozen=True, slots=True)
class Record:
    """A filed record that a flow cites. It serves only its own subject, while open and unexpired."""

    kind: Name
    subject: str
    open: bool = True
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Personal data about to do one of the six things. `keys` are the flow's own answers: for, to, from, on, in …"""

    verb: Verb
    data: frozenset[Name]
    keys: Mapping[Key, frozenset[Name]]
    subject: str
    at: datetime
    cited: frozenset[Record] = frozenset()
    tenant: Name | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, for one data leaf: `says` is one fixed sentence of the decision; `promise` names the promise, if one decided."""

    code: Literal["undecidable", "wall", "nothing-permits", "untold", "permitted", "missing-key", "unknown-name"]
    says: str
    data: Name | None = None
    promise: str | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    promise: str
    due: Moment | None
    blocks: Name | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or refused, with the promises that determined it (ids), reasons and duties. Never an exception."""

    allowed: bool
    determining: tuple[str, ...]
    reasons: tuple[Reason, ...]
    duties: tuple[Duty, ...] = ()
