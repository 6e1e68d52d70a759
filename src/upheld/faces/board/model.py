"""What the board is made of: controls called for, evidence found, the state of each clause.

Frozen values. Holds no row of anybody: evidence carries counts and moments only. Not taken: a percentage; a clause is kept
or it is not, and the margin says how far it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

State = Literal["kept", "unproven", "broken", "unbound", "informs", "attested", "outside"]
STATES: tuple[State, ...] = ("kept", "unproven", "broken", "unbound", "informs", "attested", "outside")
Canary = Literal["count", "rolled back", "shadow", "marked"]
Outcome = Literal["held", "failed", "not run"]


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One control that a clause's keys call for. `id` is `family:detail`; `says` names it in the margin.

    `promises` are those that call for it; `wall` is true when it guards a gate's wall and so needs a witness beside it.
    """

    id: str
    says: str
    promises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the world the probe reached: `8 of 9 stores`."""

    reached: int
    of: int
    noun: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One exercise of one control. `scope` holds clause ids; empty means every clause that calls for the control.

    `twin_red` is the moment the probe's twin last went red on its planted fault, None if it never did. `bypasses` are the
    ways round that nobody attested. `detail` holds counts by name. `entry` is the number in the ledger once sequenced,
    `leaf` the id that was inserted. `says` is one sentence without any value from a row.
    """

    control: str
    probe: str
    at: datetime
    exercised: int
    outcome: Outcome
    canary: Canary
    scope: frozenset[str] = frozenset()
    twin_red: datetime | None = None
    bypasses: tuple[str, ...] = ()
    coverage: Coverage | None = None
    detail: Mapping[str, int] = field(default_factory=dict)
    says: str = ""
    mend: str = ""
    leaf: str = ""
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Attestation:
    """A named person signed what only people can do. Never drawn as kept; lapses at `until`."""

    clause: str
    by: str
    role: str
    at: datetime
    until: datetime
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a control was found broken, and whether somebody closed it. Only a closed cause lets it be kept again."""

    id: str
    control: str
    scope: frozenset[str]
    opened: datetime
    says: str
    closed: datetime | None = None
    because: str = ""
    by: str = ""


Standing = Literal["held", "failed", "stale", "hollow", "not run", "missing"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A need with how its control stands now. `hollow`: it ran, but nothing was exercised or its twin was not red."""

    need: Need
    standing: Standing
    evidence: Evidence | None = None
    why: str = ""
    fresh_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What stands under a broken or unbound clause: what, since when, how to mend."""

    title: str
    text: str
    mend: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClauseState:
    """One clause in its state. `margin` is what the margin says; `age` runs from the oldest evidence that it rests on."""

    id: str
    state: State
    controls: tuple[Judged, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    margin: str = ""
    finding: Finding | None = None
    age: timedelta | None = None
    attested: Attestation | None = None


Ability = Literal["proven", "unproven", "broken", "not built"]
ABILITIES: tuple[Ability, ...] = ("proven", "unproven", "broken", "not built")


@dataclass(frozen=True, slots=True)
class Capability:
    """`id` such as `C004`. `controls`: all that must hold for it; none: nothing shows it."""

    id: str
    name: str
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CapabilityState:
    """One capability at one moment. *Proven*: every control ran freshly and held. *Broken*: one failed. *Not built*: one does not exist. *Unproven* otherwise."""

    capability: Capability
    state: Ability
    controls: tuple[Judged, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(each.evidence for each in self.controls if each.evidence is not None)

    @property
    def why(self) -> str:
        """What keeps it from being proven, first; empty where it is."""
        return next((each.why or each.standing for each in self.controls if each.standing != "held"), "")


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of an inclusion path, from the leaf up: the sibling's hash (hex), and the side on which it stands."""

    sibling: str
    left: bool


@dataclass(frozen=True, slots=True)
class LedgerPath:
    """An entry joined to a signed checkpoint of `size` entries."""

    entry: int
    leaf_hash: str
    size: int
    root: str
    signed: datetime | None
    steps: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The notice in its states at one moment. `history` holds, by clause, the last state of each day that had a run.

    `paths` are by entry number. `checkpoint` is the size of the ledger that the page was read from, None without ledger.
    """

    notice: str
    at: datetime
    clauses: tuple[ClauseState, ...]
    history: Mapping[str, tuple[tuple[date, State], ...]] = field(default_factory=dict)
    paths: Mapping[int, LedgerPath] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    checkpoint: int | None = None
    ledger_verified: bool = True
    capabilities: tuple[CapabilityState, ...] = ()

    def abilities(self) -> dict[Ability, int]:
        """Capabilities by state, all four, zeros included."""
        counts: dict[Ability, int] = dict.fromkeys(ABILITIES, 0)
        for one in self.capabilities:
            counts[one.state] += 1
        return counts

    def totals(self) -> dict[State, int]:
        """Clauses by state, all seven, zeros included."""
        counts: dict[State, int] = dict.fromkeys(STATES, 0)
        for clause in self.clauses:
            counts[clause.state] += 1
        return counts

    def clause(self, clause_id: str) -> ClauseState:
        """The clause of this id; KeyError if the notice has none."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)
