"""What is found out about one store while its calendar is planned: whose time is over when, what waits for what, what cannot end.

Filled by the passes of `retention`, in their order; each pass reads what those before it wrote. Not taken: one big value that every pass makes anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from upheld.engine.estate.model import LiveForeignKey, StoreCatalogue, StoreMap
from upheld.engine.plan.calendar.covers import Cover, Covers
from upheld.engine.plan.calendar.endings import Group, Treatment
from upheld.engine.plan.ends import Ends, NoneLeft
from upheld.engine.plan.model import Replacement

Changes = tuple[tuple[str, Replacement], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Columns of one table that the calendar cannot end: `code` L301 no promise, L302 no end in the estate, L310, L311 and L313 not by this ending, L312 for a person to review."""

    code: str
    store: str
    table: str
    columns: tuple[str, ...]
    clauses: tuple[str, ...]
    reason: str
    help: str
    ends: Ends | None = None  # only rows for which this is over are concerned; None: all that hold something


@dataclass(frozen=True, slots=True)
class Spared:
    """People, by a list of root keys, whose data of these leaves (None: of any) stays for now: a case's hold, an ask that came first."""

    name: str
    leaves: frozenset[str] | None


@dataclass(slots=True)
class Judged:
    store: StoreMap
    live: StoreCatalogue
    covers: Covers
    spared: tuple[Spared, ...] = ()
    groups: dict[str, list[tuple[Group, Treatment]]] = field(default_factory=dict)
    ends: dict[tuple[str, str], Ends] = field(default_factory=dict)  # (table, column) → when its own promises are over
    stays: set[str] = field(default_factory=set)  # tables with personal cells that nothing ends
    whole: dict[str, Ends] = field(default_factory=dict)
    deletes: dict[str, Ends] = field(default_factory=dict)
    waits: dict[str, list[NoneLeft]] = field(default_factory=dict)  # table → rows elsewhere that count on its events
    passed: dict[str, list[NoneLeft]] = field(
        default_factory=dict
    )  # table → rows elsewhere whose way to their event leads over its rows
    afar: dict[str, list[Ends]] = field(
        default_factory=dict
    )  # table → that no row of another store counts on its events, by an identifier
    afar_passed: dict[str, list[Ends]] = field(default_factory=dict)  # the same of rows on the way
    circles: dict[str, list[NoneLeft]] = field(
        default_factory=dict
    )  # table → rows of a circle that may go now, and count on its events
    bare: dict[str, Ends] = field(default_factory=dict)  # as `deletes`, without the circles: these do not nest
    stuck: list[tuple[str, Cover]] = field(default_factory=list)  # (table, cover) of cells that no step ends: they still count
    findings: list[Finding] = field(default_factory=list)
    reach: set[tuple[str, str, str, bool]] = field(default_factory=set)
    nameless: dict[str, Ends] = field(default_factory=dict)  # anonymised tables → when a row is nobody's any more


def keys_into(work: Judged, table: str) -> Iterator[tuple[str, LiveForeignKey]]:
    for name, live in sorted(work.live.tables.items()):
        for key in live.foreign_keys:
            if key.target == table and live.kind != "partition":
                yield name, key
