"""What execution asks of a store, whatever the engine: transactions with a fence, statements with values, what became of a commit.

Both engines' sessions keep one connection open between asks, since opening one costs more than erasing one person. Threads do not share a
session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from upheld.engine.estate.drift.contents import Content
from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.plan.plans import StorePlan
from upheld.engine.stores.faults import StoreFault
from upheld.engine.stores.scanning import ScanResult
from upheld.engine.stores.scanning.model import OnTable
from upheld.engine.stores.sought import Sought
from upheld.engine.stores.sql.reading import Reading
from upheld.engine.stores.sql.statements import Param, Script, Statement

Values = Callable[[Param], object]
Ended = Literal["committed", "aborted", "running", "unknown"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Milliseconds: waiting for a lock, one statement, idle inside a transaction, a whole transaction."""

    lock_ms: int = 1_000
    statement_ms: int = 120_000
    idle_ms: int = 30_000
    transaction_ms: int = 300_000


@dataclass(frozen=True, slots=True)
class Answered:
    """What one statement of several came to. `touched` counts an effect's rows, or is the number that a counting statement returned.

    A fault means that this statement and all after it did nothing that may stand.
    """

    rows: Sequence[tuple[object, ...]] = ()
    touched: int = 0
    fault: StoreFault | None = None


class Store(Protocol):
    """One connected store. Every method raises StoreFault, and nothing of a driver."""

    name: str
    engine: str

    def catalogue(self) -> StoreCatalogue: ...
    def scanned(self, place: str, sample: int = 1000, on_table: OnTable | None = None) -> ScanResult: ...
    def contents(
        self, live: StoreCatalogue, columns: Mapping[str, Sequence[str]], place: str
    ) -> dict[tuple[str, str], Content]: ...
    def script(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script: ...
    def counting(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script: ...
    def reading(
        self, plan: StorePlan, catalogue: StoreCatalogue, region: str = ""
    ) -> tuple[Script, dict[int, list[Reading]]]: ...
    def begin(self, fence: int | None = None, *, snapshot: bool = False, deferred: bool = False) -> None: ...
    def fingerprint(self) -> str: ...
    def rows(self, statement: Statement, values: Values) -> list[tuple[object, ...]]: ...
    def run(self, statement: Statement, values: Values) -> int: ...
    def together(
        self,
        statements: Sequence[Statement],
        values: Values,
        meanwhile: Callable[[], None] | None = None,
        seals: bool = False,
    ) -> list[Answered]: ...
    def stream(self, statement: Statement, values: Values) -> Iterator[list[tuple[object, ...]]]: ...
    def seal(self) -> str: ...
    def commit(self) -> None: ...
    def rest(self) -> None: ...  # what the store does beside others after a commit has ended
    def rollback(self) -> None: ...
    def ended(self, token: str) -> Ended: ...
    def texts(self, table: str, columns: Sequence[str], bearing: str = "") -> Iterator[bytes]: ...
    def bearing(self, tables: Mapping[str, Sequence[str]], sought: Sought) -> Iterator[tuple[str, list[str | None]]]: ...
    def refresh(self, views: Sequence[tuple[str, bool]]) -> None: ...
    def lag(self) -> float | None: ...
    def take_statistics(self, tables: Sequence[str]) -> None: ...
    def compact(self, tables: Sequence[str]) -> None: ...
    def close(self) -> None: ...


def returned(rows: Sequence[tuple[object, ...]]) -> Answered:
    """The answer of a statement that returns rows; rows that went together are counted by the statement itself."""
    first = rows[0][0] if len(rows) == 1 else 0
    return Answered(rows, first if isinstance(first, int) else 0)


def is_empty(statement: Statement, values: Values) -> bool:
    """Nothing feeds the statement, so it can find nothing and need not be sent."""
    return bool(statement.needs) and not any(values(param) for param in statement.needs)
