"""What would be done: asks, steps, plans, previews, outcomes, and the protocol of a store.

Frozen values. A plan holds no personal data: subjects are bound by reference. Its digest covers steps, clauses, catalogue
fingerprints and the number of subjects; execution demands it. `stores` and `execution` both stand on this file, so that
neither needs the other. Not taken: SQL in the plan; a step names tables, columns and predicates, a dialect writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from upheld.language.promises.model import Citation

if TYPE_CHECKING:
    from upheld.engine.plan.ends import Ends

AskKind = Literal["access", "erasure", "child-found", "retention", "replay-after-restore", "rectification", "closing"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, for how many subjects; who they are lies encrypted in our database under `id`.

    `version`: the published version whose promises the plan keeps (`qualer 2`); empty where none was published.
    """

    id: str  # A-0001
    kind: AskKind
    subjects: int
    regime: str | None = None
    version: str = field(default="", metadata={"left out": "empty"})


@dataclass(frozen=True, slots=True)
class Why:
    """Clauses and citations that a step rests on, and one sentence."""

    clauses: tuple[str, ...]
    cites: tuple[Citation, ...] = ()
    says: str = ""


# ---- row predicates: the few shapes a keep rule can have -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DueAfter:
    """Row is kept while `column` + period > today; a NULL column is kept and reported."""

    column: str
    amount: int
    unit: Literal["days", "months", "years"]


@dataclass(frozen=True, slots=True)
class Until:
    """Row is kept until a date that a case's hold states."""

    day: date


@dataclass(frozen=True, slots=True)
class Lasts:
    """Row is kept until `ends` is over: an event of a row that owns it, of a member of a group; what is not known keeps it."""

    ends: Ends


@dataclass(frozen=True, slots=True)
class KeepRule:
    """Cells of `columns` of this table stay on `ground`. `subjects` None: every subject of the ask; else refs of a hold."""

    ground: str
    columns: tuple[str, ...]
    ends: DueAfter | Until | Lasts
    why: Why
    subjects: frozenset[str] | None = None


# ---- replacements --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetNull:
    pass


@dataclass(frozen=True, slots=True)
class SetToken:
    """A random token per row, lower-case hex, cut to `length`."""

    length: int | None


@dataclass(frozen=True, slots=True)
class SetValue:
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class RemovePaths:
    """Remove these members of a JSON document; `others` also removes every undeclared one, keeping `declared`."""

    paths: tuple[str, ...]
    others: bool = False
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coarser:
    """The value made coarser: the first day of its `year`, `month` or `decade`; its `first` letters; the foot of its `band`."""

    to: Literal["year", "month", "decade", "first", "band"]
    size: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """The row's own mark is set: the moment, or true, where it was not."""


@dataclass(frozen=True, slots=True)
class Put:
    """The same value in every row, also where nothing stood."""

    value: str | int | bool


Replacement = SetNull | SetToken | SetValue | RemovePaths | Coarser | Mark | Put


# ---- outcomes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    rows: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Law, promise or map forbids it; a normal result. `code` has a page; `help` says what to do."""

    code: str
    reason: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The world broke; nothing of this chunk was committed. `retry` says whether the same plan may run again, `help` how it is mended."""

    code: str
    cause: str
    retry: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The line dropped between commit and reply. Never shown as done; `token` asks the engine."""

    token: str


Outcome = Done | Refused | Failed | Unknown


@dataclass(frozen=True, slots=True)
class Linked:
    """A verified identifier of a person of kind `kind`; `bearers`: root rows that bear it, the most of any root table.

    It links where at most one root row bears it; borne by more it is contested, by very many it is ignored. `spelt`: (store, spelling) of
    rows that bear it in a way which their engine's twin of the form does not recognise.
    """

    kind: str
    form: str
    normal: str
    bearers: int = 1
    spelt: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HeldCells:
    """Cells of one row that an earlier erasure left: found by the row's key, for nothing in the row need name anybody any more.

    `roles`: as what the person owned a shared row; empty where the row had one owner.
    """

    store: str
    table: str
    key: tuple[object, ...]
    columns: tuple[str, ...]
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says is wrong or missing, and what is right, as she writes both.

    It is about every column of `leaf`, or about one `place` (store, table, column), there of the row `key` alone where that is said. `was` None:
    nothing stands there. `whatever`: what stands there need not be known; of one column only. `now` None: nothing shall stand there.
    """

    now: str | None
    was: str | None = None
    leaf: str = ""
    place: tuple[str, str, str] | None = None
    key: tuple[object, ...] | None = None
    whatever: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """One subject, resolved. `ref` is opaque and random; root keys are by store and table.

    Held only in memory and, encrypted, in our database. `identifiers` are verified: by the ask, or borne by a bound root. `held`: what
    erasures before left of this person, for an access alone.
    """

    ref: str
    roots: Mapping[tuple[str, str], tuple[tuple[object, ...], ...]]
    identifiers: tuple[Linked, ...] = ()
    contested: Mapping[tuple[str, str], tuple[tuple[object, ...], ...]] = field(default_factory=dict)
    held: tuple[HeldCells, ...] = ()
    roles: frozenset[str] = frozenset()  # as what she owned rows of shared tables that are bound by their own keys
    corrections: tuple[Correction, ...] = ()  # of a rectification: what she says is right
